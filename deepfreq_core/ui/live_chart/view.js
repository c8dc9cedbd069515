// The live view: one run, its feed, its charts, and what the reader has chosen.
// Chosen (kept through every update): k, the index of 1/δ; head, the measurement shown, null =
// the newest; curtain, whether what comes after the head is hidden; hidden layers; zoom; tab.

import { buildSkeleton, setText } from "./dom.js";
import { renderCharts } from "./drawing.js";
import { epochAxis } from "./epochs.js";
import { pageColors } from "./look.js";
import { renderControls, renderTable, renderWords } from "./panels.js";
import { Plot, loadPlotly } from "./plot.js";
import { SeriesFeed } from "./series.js";

const REPLAY_MS = 13000; // a recorded run from its first to its last measurement
const HOLD_MS = 7000; // how long a looping replay rests at its end

export class LiveView {
  constructor(parent, data, send) {
    this.ui = buildSkeleton();
    parent.append(this.ui.root);
    this.hidden = new Set();
    this.k = null;
    this.tab = "loss";
    this.normalized = true;
    this.isProjector = readChoice("projector") === "1";
    this.isLog = readChoice("log") === "1";
    this.plots = {};
    this.listen();
    this.resizer = new ResizeObserver(() => this.schedule());
    this.resizer.observe(this.ui.root);
    this.foldSettings();
    this.update(data, send);
    loadPlotly(data.plotly).then(
      (Plotly) => this.closed || this.makePlots(Plotly),
      () => this.note("The chart library could not be loaded from this server. Reload the page."),
    );
  }

  // Called again whenever Python sends other data, or the theme changes.
  update(data, send) {
    this.data = data;
    this.send = send;
    if (data.source !== this.feed?.source) {
      this.forget();
      this.feed?.close();
      this.feed = new SeriesFeed(data.source, (isFresh) => this.news(isFresh));
    } else if (data.is_active && this.feed.isAtRest) {
      this.feed.wakeUp();
    }
    this.schedule();
  }

  forget() {
    this.k = null;
    this.head = null;
    this.curtain = false;
    this.isReplaying = false;
    this.reported = null;
    for (const plot of Object.values(this.plots)) plot.unzoom();
    clearTimeout(this.replayTimer);
  }

  makePlots(Plotly) {
    const onZoom = () => this.schedule();
    const toEpoch = (x) => this.showEpoch(x < 1 && this.isLog ? 0 : x);
    this.plots = {
      ratio: new Plot(Plotly, this.ui.ratio, { onZoom, onClick: toEpoch }),
      density: new Plot(Plotly, this.ui.density, { onZoom, onClick: (beta) => this.showBeta(beta) }),
      training: new Plot(Plotly, this.ui.training, { onZoom, onClick: toEpoch }),
      map: new Plot(Plotly, this.ui.map, { onZoom, onClick: toEpoch }),
    };
    this.schedule();
  }

  // --- what the reader does ------------------------------------------------------------------

  listen() {
    const { ui } = this;
    ui.delta.addEventListener("input", () => this.showK(Number(ui.delta.value)));
    ui.delta.addEventListener("change", () => linkTo(this.grid[this.k])); // once, at the end of a drag
    ui.epoch.addEventListener("input", () => this.showEpoch(this.axis.fromSlider(Number(ui.epoch.value))));
    ui.epoch.addEventListener("keydown", (event) => this.stepEpoch(event));
    ui.live.addEventListener("click", () => this.backToLive());
    ui.play.addEventListener("click", () => (this.isReplaying ? this.pause() : this.play()));
    ui.unzoom.addEventListener("click", () => {
      for (const plot of Object.values(this.plots)) plot.unzoom();
    });
    ui.projector.addEventListener("click", () => {
      this.isProjector = !this.isProjector;
      keepChoice("projector", this.isProjector ? "1" : "0");
      this.foldSettings();
      this.schedule();
    });
    ui.log.addEventListener("click", () => {
      this.isLog = !this.isLog;
      keepChoice("log", this.isLog ? "1" : "0");
      for (const plot of Object.values(this.plots)) plot.unzoom();
      this.schedule();
    });
    ui.normalized.addEventListener("click", () => {
      this.normalized = !this.normalized;
      this.plots.density?.unzoom();
      this.schedule();
    });
  }

  // A projector has few pixels: the form beside the charts folds; its own button brings it back.
  foldSettings() {
    const fold = '[data-testid="stSidebarCollapseButton"] button[aria-expanded="true"]';
    if (this.isProjector) document.querySelector(fold)?.click();
  }

  showEpoch(epoch) {
    const all = this.feed.measurements;
    if (!all.length) return;
    let nearest = 0;
    all.forEach((m, i) => {
      if (Math.abs(m.epoch - epoch) < Math.abs(all[nearest].epoch - epoch)) nearest = i;
    });
    this.showIndex(nearest);
  }

  showIndex(index) {
    this.pause();
    this.head = Math.max(0, Math.min(index, this.feed.measurements.length - 1));
    this.schedule();
  }

  showK(k) {
    this.k = k;
    this.schedule();
  }

  showBeta(beta) {
    this.showK(this.nearestK(beta));
    linkTo(this.grid[this.k]);
  }

  nearestK(beta) {
    const { grid } = this;
    return grid.reduce((best, value, i) => (Math.abs(value - beta) < Math.abs(grid[best] - beta) ? i : best), 0);
  }

  stepEpoch(event) {
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5 };
    const n = this.feed.measurements.length;
    const to = { Home: 0, End: n - 1 }[event.key] ?? this.headIndex + steps[event.key];
    if (!n || Number.isNaN(to)) return;
    event.preventDefault();
    this.showIndex(to);
  }

  backToLive() {
    this.pause();
    this.head = null;
    this.curtain = false;
    this.schedule();
  }

  play() {
    this.isReplaying = true;
    this.curtain = true;
    if (this.headIndex >= this.feed.measurements.length - 1) this.head = 0;
    this.schedule();
    this.planReplay();
  }

  pause() {
    this.isReplaying = false;
    clearTimeout(this.replayTimer);
    this.schedule();
  }

  planReplay() {
    clearTimeout(this.replayTimer);
    const n = this.feed.measurements.length;
    const isAtEnd = this.headIndex >= n - 1;
    if (isAtEnd && !this.data.loop) return this.pause();
    const wait = isAtEnd ? HOLD_MS : Math.min(700, Math.max(60, REPLAY_MS / n));
    this.replayTimer = setTimeout(() => {
      if (!document.hidden) {
        this.head = isAtEnd ? 0 : this.headIndex + 1;
        this.schedule();
      }
      this.planReplay();
    }, isAtEnd || this.head > 0 ? wait : 1500);
  }

  // --- what the run does ---------------------------------------------------------------------

  news(isFresh) {
    const { meta } = this.feed;
    if (meta && this.data.loop && this.head === null && isFresh) {
      this.curtain = true;
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.head = null;
      else {
        this.head = 0;
        this.play();
      }
    }
    // Tell Python once about each change of state, so that the buttons beside us follow.
    const now = meta && `${meta.state}/${meta.attempt}`;
    if (now && this.data.state && now !== this.data.state && now !== this.reported) {
      this.reported = now;
      this.send("changed", now);
    }
    // Networks that name their layers themselves: figures for as many lines are asked for.
    const names = this.feed.meta?.layers;
    if (names && !this.isFitting && this.askedFor !== names.join()) {
      this.askedFor = names.join();
      this.send("changed", `layers/${names.length}`);
    }
    this.schedule();
  }

  get isFitting() {
    const first = this.feed.measurements[0];
    const lines = this.data.figures.screen.ratio.data.filter((trace) => trace.meta.role === "line");
    return !first || first.lfr.length === lines.length;
  }

  get grid() {
    return this.feed.meta?.inverse_delta ?? [];
  }

  get headIndex() {
    return this.head ?? this.feed.measurements.length - 1;
  }

  // The 1/δ that the link names, where the grid reaches that far; else null.
  linkedK() {
    const beta = linkedBeta();
    const { grid } = this;
    return beta >= grid[0] && beta <= 1.001 * grid[grid.length - 1] ? this.nearestK(beta) : null;
  }

  // The 1/δ shown first: where, before training, a tenth of the varying part of the labels
  // passes. That leaves room above for what training does.
  firstK() {
    const first = this.feed.measurements[0];
    const n = this.grid.length;
    for (let k = 0; k < n; k++) {
      const mean = first.lfr.slice(1).reduce((sum, row) => sum + row[k], 0) / (first.lfr.length - 1);
      const lowest = Math.min(...first.lfr.slice(1).map((row) => row[0]));
      const floor = this.feed.meta.facts?.lfr_floor ?? lowest; // runs of before did not keep it
      if ((mean - floor) / (1 - floor) >= 0.1) return k;
    }
    return Math.floor(n / 2);
  }

  // --- drawing -------------------------------------------------------------------------------

  schedule() {
    if (this.frame || this.closed) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = null;
      if (this.closed) return;
      if (Object.values(this.plots).some((plot) => plot.isBusy)) {
        setTimeout(() => this.schedule(), 120);
        return;
      }
      this.render();
    });
  }

  render() {
    const all = this.feed.measurements;
    if (this.k === null && all.length && this.grid.length) this.k = this.linkedK() ?? this.firstK();
    if (this.k !== null) this.k = Math.min(this.k, Math.max(0, this.grid.length - 1));
    const index = Math.min(this.headIndex, all.length - 1);
    this.colors = pageColors(this.ui.root);
    this.axis = epochAxis(this.isLog, this.lastEpochOnAxis());
    const s = {
      shown: this.curtain ? all.slice(0, index + 1) : all,
      current: index >= 0 ? all[index] : null,
      index,
      axis: this.axis,
      grid: this.grid,
      k: this.k ?? 0,
      hidden: this.hidden,
      normalized: this.normalized,
      mapScale: this.data.map_scales[this.colors.isDark ? "dark" : "light"],
    };
    this.ui.root.classList.toggle("df-is-projector", this.isProjector);
    this.ui.projector.setAttribute("aria-pressed", String(this.isProjector));
    renderWords(this, s);
    renderControls(this, s);
    renderTable(this, s);
    if (this.plots.ratio && this.isFitting) renderCharts(this, s);
  }

  note(text) {
    setText(this.ui.notice, text);
    this.ui.notice.hidden = !text;
  }

  toggleLayer(layer) {
    if (!this.hidden.delete(layer)) this.hidden.add(layer);
    this.schedule();
  }

  // The right end of the epoch axis. It grows in doublings where the end of the run is not known,
  // so that it rarely moves; a finished run ends where its measurements end, and one that was
  // stopped or failed is seen to be unfinished.
  lastEpochOnAxis() {
    const { meta, measurements } = this.feed;
    const last = measurements.length ? measurements[measurements.length - 1].epoch : 0;
    if (!meta) return 10;
    if (meta.state === "done") return last || 10;
    const planned = meta.progress?.n_epochs || meta.config?.training?.epochs || 10;
    if (!meta.config?.training?.stop_loss) return Math.max(planned, last, 1);
    let top = 10;
    while (top < last) top *= 2;
    return Math.max(1, Math.min(top, Math.max(planned, last)));
  }

  close() {
    this.closed = true;
    clearTimeout(this.replayTimer);
    cancelAnimationFrame(this.frame);
    this.feed?.close();
    this.resizer.disconnect();
    for (const plot of Object.values(this.plots)) plot.purge();
    this.ui.root.remove();
  }
}

// The chosen 1/δ stands in the address behind #, which the server never sees: no rerun comes of it.
const LINKED = "inverse-delta";

function linkedBeta() {
  return parseFloat(new URLSearchParams(location.hash.slice(1)).get(LINKED) ?? "");
}

function linkTo(beta) {
  if (!Number.isFinite(beta)) return;
  history.replaceState(history.state, "", `#${LINKED}=${Number(beta.toPrecision(4))}`);
}

function readChoice(name) {
  try {
    return localStorage.getItem(`deepfreq.${name}`);
  } catch {
    return null;
  }
}

function keepChoice(name, value) {
  try {
    localStorage.setItem(`deepfreq.${name}`, value);
  } catch {
    /* private windows may refuse; the choice then lasts as long as the page */
  }
}
