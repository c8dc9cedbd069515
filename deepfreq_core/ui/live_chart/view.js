// The live view: one run, its feed, its declared charts, and what the reader has chosen.
// Chosen (kept through every update): cursors, the value shown of each dim that has a slider;
// head, the measurement shown, null = the newest; curtain, whether what comes after the head is
// hidden; hidden labels of each dim; zoom; tabs.

import { clockAxis } from "./axes.js";
import { buildSkeleton, setText } from "./dom.js";
import { drawPanel } from "./drawing.js";
import { facetDim } from "./facets.js";
import { coordinates } from "./fills.js";
import { linkTo, linked } from "./link.js";
import { pageColors } from "./look.js";
import { renderControls, renderTable, renderWords } from "./panels.js";
import { Plot, loadPlotly } from "./plot.js";
import { SeriesFeed } from "./series.js";

const REPLAY_MS = 13000; // a recorded run from its first to its last measurement
const HOLD_MS = 7000; // how long a looping replay rests at its end

export class LiveView {
  constructor(parent, data, send) {
    this.parent = parent;
    this.plots = {};
    this.isProjector = choice("projector") ?? false;
    this.foldSettings();
    this.resizer = new ResizeObserver(() => this.schedule());
    this.update(data, send);
    loadPlotly(data.plotly).then(
      (Plotly) => {
        this.Plotly = Plotly;
        if (!this.closed) this.makePlots();
      },
      () => this.note("The chart library could not be loaded from this server. Reload the page."),
    );
  }

  // Called again whenever Python sends other data, or the theme changes.
  update(data, send) {
    this.data = data;
    this.send = send;
    const shape = JSON.stringify([data.view.clock, Object.keys(data.view.dims), data.view.sections.screen.map(namesOf)]);
    if (shape !== this.shape) this.build(shape);
    if (data.source !== this.feed?.source) {
      this.forget();
      this.feed?.close();
      this.feed = new SeriesFeed(data.source, (isFresh) => this.news(isFresh));
    } else if (data.is_active && this.feed.isAtRest) {
      this.feed.wakeUp();
    }
    this.schedule();
  }

  // Other panels than before: the charts are made anew.
  build(shape) {
    this.shape = shape;
    for (const plot of Object.values(this.plots)) plot.purge();
    this.ui?.root.remove();
    const { sections, ...about } = this.data.view;
    this.ui = buildSkeleton({ ...about, sections: sections.screen });
    this.parent.append(this.ui.root);
    this.resizer.disconnect();
    this.resizer.observe(this.ui.root);
    [this.hidden, this.cursors, this.tabs, this.plots] = [{}, {}, {}, {}];
    const { name, is_log: isLog } = about.clock;
    this.isLog = choice(`log.${name}`) ?? isLog;
    this.listen();
    if (this.Plotly) this.makePlots();
  }

  forget() {
    Object.assign(this, { cursors: {}, head: null, curtain: false, isReplaying: false, reported: null });
    this.unzoom();
    clearTimeout(this.replayTimer);
  }

  makePlots() {
    const onZoom = () => this.schedule();
    for (const group of this.groups) {
      const onClick = (point) => this.clicked(this.panelOf(group).figure, point);
      this.plots[group.name] = new Plot(this.Plotly, this.ui.groups[group.name].plot, { onZoom, onClick });
    }
    this.schedule();
  }

  get groups() {
    return this.data.view.sections[this.isProjector ? "projector" : "screen"].flatMap((section) => section.groups);
  }

  // The chart on show of those that share a place: the chosen one, where the run has its numbers.
  panelOf({ name, panels }) {
    const chosen = panels.find((panel) => panel.name === this.tabs[name]);
    return chosen && this.has(chosen) ? chosen : (panels.find((panel) => this.has(panel)) ?? panels[0]);
  }

  has(panel) {
    const [first] = this.feed.measurements;
    const known = (name) => first[name] !== undefined || Number.isFinite(first.scalars[name]) || name in this.run.fixed;
    return !first || panel.arrays.some(known);
  }

  // --- what the reader does ------------------------------------------------------------------

  listen() {
    const { ui } = this;
    for (const [dim, { input }] of Object.entries(ui.cursors)) {
      input.addEventListener("input", () => this.moveCursor(dim, Number(input.value)));
      input.addEventListener("change", () => linkTo(dim, this.cursors[dim])); // once, at the end of a drag
    }
    ui.clock.addEventListener("input", () => this.showMoment(this.axis.fromSlider(Number(ui.clock.value))));
    ui.clock.addEventListener("keydown", (event) => this.stepMoment(event));
    ui.live.addEventListener("click", () => this.backToLive());
    ui.play.addEventListener("click", () => (this.isReplaying ? this.pause() : this.play()));
    ui.unzoom.addEventListener("click", () => this.unzoom());
    ui.projector.addEventListener("click", () => {
      this.isProjector = !this.isProjector;
      choice("projector", this.isProjector);
      this.foldSettings();
      this.schedule();
    });
    ui.log.addEventListener("click", () => {
      this.isLog = !this.isLog;
      choice(`log.${this.run.clock.name}`, this.isLog);
      this.unzoom();
    });
  }

  // A projector has few pixels: the form beside the charts folds; its own button brings it back.
  foldSettings() {
    const fold = '[data-testid="stSidebarCollapseButton"] button[aria-expanded="true"]';
    if (this.isProjector) document.querySelector(fold)?.click();
  }

  unzoom() {
    for (const plot of Object.values(this.plots)) plot.unzoom();
  }

  // A place on an axis, or a small chart, was clicked: the cursor of its dim goes there.
  clicked(figure, { x, data }) {
    const { clock, dims } = this.run;
    const facet = facetDim(figure);
    const dim = facet ?? figure.layout.meta?.x;
    if (dim === clock.name) return this.showMoment(this.isLog && x < this.axis.place(0) * 1.5 ? 0 : x);
    if (!dims[dim]?.title || !dims[dim].labels) return;
    this.moveCursor(dim, facet ? data.meta.each[facet] : nearest(coordinates(dims[dim]), x));
    linkTo(dim, this.cursors[dim]);
  }

  moveCursor(dim, index) {
    const { values, labels } = this.run.dims[dim];
    this.cursors[dim] = (values ?? labels)[index];
    this.schedule();
  }

  toggle(dim, label) {
    const hidden = (this.hidden[dim] ??= new Set());
    if (!hidden.delete(label)) hidden.add(label);
    this.schedule();
  }

  showTab(group, panel) {
    this.tabs[group.name] = panel.name;
    this.plots[group.name]?.unzoom();
    this.schedule();
  }

  showMoment(value) {
    const all = this.feed.measurements;
    if (all.length) this.showIndex(nearest(all.map((m) => m[this.run.clock.name]), value));
  }

  showIndex(index) {
    this.pause();
    this.head = Math.max(0, Math.min(index, this.feed.measurements.length - 1));
  }

  stepMoment(event) {
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5 };
    const n = this.feed.measurements.length;
    const to = { Home: 0, End: n - 1 }[event.key] ?? this.headIndex + steps[event.key];
    if (!n || Number.isNaN(to)) return;
    event.preventDefault();
    this.showIndex(to);
  }

  backToLive() {
    this.pause();
    [this.head, this.curtain] = [null, false];
  }

  play() {
    [this.isReplaying, this.curtain] = [true, true];
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
      if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
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
    this.schedule();
  }

  // The run as charts take it: what was declared beforehand, and what it said of itself since.
  get run() {
    const { clock, dims, arrays } = this.data.view;
    const told = this.feed.meta ?? {};
    const known = Object.entries(dims).map(([name, dim]) => [name, { ...dim, ...told.dims?.[name] }]);
    return { clock, dims: Object.fromEntries(known), fixed: told.fixed ?? {}, orders: arrays, ranges: told.ranges ?? {} };
  }

  get headIndex() {
    return this.head ?? this.feed.measurements.length - 1;
  }

  // Index of each cursor in its dim: where the reader put it, else the link, else where Python
  // says that it is best seen.
  placeCursors({ dims }) {
    const at = {};
    for (const [name, dim] of Object.entries(dims)) {
      if (!dim.title || !dim.labels?.length) continue;
      const values = dim.values ?? dim.labels;
      const hasBegun = this.feed.measurements.length > 0;
      if (hasBegun) this.cursors[name] ??= linked(name, values) ?? dim.start ?? values[Math.floor(values.length / 2)];
      at[name] = dim.values ? nearest(values, this.cursors[name] ?? values[0]) : Math.max(0, values.indexOf(this.cursors[name]));
    }
    return at;
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
    const { run } = this;
    const index = Math.min(this.headIndex, all.length - 1);
    const first = all.find((m) => m[run.clock.name] > 0)?.[run.clock.name] ?? 1;
    this.colors = pageColors(this.ui.root);
    this.ui.root.style.colorScheme = this.colors.isDark ? "dark" : "light"; // tracks of the sliders
    this.axis = clockAxis(run.clock, this.isLog, this.lastOnAxis(run.clock), first);
    this.look = this.data.view.looks[this.isProjector ? "projector" : "screen"];
    const moment = {
      run,
      shown: this.curtain ? all.slice(0, index + 1) : all,
      current: index >= 0 ? all[index] : null,
      at: this.placeCursors(run),
      place: this.axis.place,
      hidden: this.hidden,
    };
    this.ui.root.classList.toggle("df-is-projector", this.isProjector);
    this.ui.projector.setAttribute("aria-pressed", String(this.isProjector));
    renderWords(this, moment);
    renderControls(this, moment);
    renderTable(this, moment);
    for (const group of this.groups) {
      const plot = this.plots[group.name];
      plot && drawPanel(plot, this.panelOf(group), moment, this).then(() => this.alignSlider(plot));
    }
  }

  // The slider of the clock runs exactly under the clock's axis of the chart above it.
  alignSlider(plot) {
    if (plot !== Object.values(this.plots)[0] || !plot.area) return;
    for (const side of ["left", "right"]) this.ui.clock.parentElement.style.setProperty(`--df-${side}`, `${plot.area[side]}px`);
  }

  note(text) {
    setText(this.ui.notice, text);
    this.ui.notice.hidden = !text;
  }

  // The right end of the clock's axis. It grows in doublings where the end of the run is not known,
  // so that it rarely moves; a finished run ends where its measurements end, and one that was
  // stopped or failed is seen to be unfinished.
  lastOnAxis({ name }) {
    const { meta, measurements } = this.feed;
    const last = measurements.length ? measurements[measurements.length - 1][name] : 0;
    if (!meta) return 10;
    if (meta.state === "done") return last || 10;
    const planned = meta.progress?.end || meta.planned?.end || 10;
    if (!meta.planned?.may_end_earlier) return Math.max(planned, last, 1);
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

const namesOf = ({ name, groups }) => [name, groups.map((group) => [group.name, group.panels.map((panel) => panel.name)])];

const nearest = (values, wanted) =>
  values.reduce((best, value, i) => (Math.abs(value - wanted) < Math.abs(values[best] - wanted) ? i : best), 0);

// A switch as the reader left it, null where never touched. Private windows may refuse to keep it:
// the choice then lasts as long as the page.
function choice(name, isOn) {
  try {
    if (isOn !== undefined) localStorage.setItem(`deepfreq.${name}`, isOn ? "1" : "0");
    return { 0: false, 1: true }[localStorage.getItem(`deepfreq.${name}`)] ?? null;
  } catch {
    return null;
  }
}
