// The run as the browser knows it: what came so far, and the polling that brings the rest.
// Polls every `pace` ms while the run is active, slower in a hidden tab and after errors, and not
// at all once it has finished: a finished run never changes.

const PACE = 350;
const PACE_HIDDEN = 3000;
const PACE_WORST = 8000;
const EAGER_MS = 3000;

export class SeriesFeed {
  constructor(source, onNews) {
    this.source = source;
    this.onNews = onNews;
    this.measurements = [];
    this.meta = null; // everything of the last answer but its measurements
    this.problem = null; // null | "unreachable" | "unknown_run" | a sentence
    this.errors = 0;
    this.eagerUntil = 0;
    this.wake = () => document.hidden || this.isAtRest || this.ask();
    document.addEventListener("visibilitychange", this.wake);
    if (source) this.ask();
    else this.givenUp = true;
  }

  // Whether nothing more will be asked: the run has finished, or there is no such run.
  get isAtRest() {
    return Boolean(this.givenUp || (this.meta && !this.meta.is_active && !this.errors));
  }

  // The run was resumed: ask again, and do not believe an answer from before that at once.
  wakeUp() {
    this.givenUp = false;
    this.eagerUntil = performance.now() + EAGER_MS;
    this.ask();
  }

  async ask() {
    if (this.closed || this.asking) return;
    clearTimeout(this.timer);
    this.asking = true;
    try {
      const url = new URL(this.source, document.baseURI);
      if (this.meta) {
        url.searchParams.set("since", this.meta.seq);
        url.searchParams.set("attempt", this.meta.attempt);
      }
      const answer = await fetch(url, { cache: "no-store", headers: { Accept: "application/json" } });
      if (answer.status === 404) return this.fail("unknown_run", false);
      if (answer.status === 500) return this.damage((await answer.json()).error);
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      this.take(await answer.json());
    } catch (error) {
      this.fail("unreachable", true);
    } finally {
      this.asking = false;
      this.plan();
    }
  }

  take(answer) {
    if (this.closed) return;
    const { measurements, ...meta } = answer;
    const before = this.meta;
    if (answer.reset || !before) this.measurements = [];
    const last = this.measurements.length ? this.measurements[this.measurements.length - 1].seq : -Infinity;
    const fresh = measurements.filter((m) => m.seq > last);
    this.measurements.push(...fresh);
    // The grid, the layers and the settings may come with the first answer only.
    this.meta = { ...before, ...meta };
    this.errors = 0;
    this.problem = null;
    this.onNews(fresh.length > 0);
  }

  // What is stored of the run cannot be trusted: nothing of it is drawn any more.
  damage(sentence) {
    if (this.closed) return;
    this.measurements = [];
    this.meta = { ...this.meta, state: "damaged", is_active: false };
    this.fail(sentence, false);
  }

  fail(problem, tryAgain) {
    if (this.closed) return;
    this.errors += 1;
    this.problem = problem;
    this.givenUp = !tryAgain;
    if (this.errors > 1 || !tryAgain) this.onNews(false);
  }

  plan() {
    if (this.closed || (this.isAtRest && performance.now() > this.eagerUntil)) return;
    const pace = document.hidden ? PACE_HIDDEN : PACE;
    this.timer = setTimeout(() => this.ask(), Math.min(pace * 2 ** this.errors, PACE_WORST));
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.wake);
  }
}
