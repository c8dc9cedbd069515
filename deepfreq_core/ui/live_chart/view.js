// The live view: one run, its feed, its charts, and what the reader has chosen.
// Chosen (kept through every update): k, the index of 1/δ; head, the measurement shown, null =
// the newest; curtain, whether what comes after the head is hidden; hidden layers; zoom; tab.

import * as charts from "./charts.js";
import { buildSkeleton, el } from "./dom.js";
import { epochAxis } from "./epochs.js";
import { dress, pageColors } from "./look.js";
import { digits, percent, timeLeft } from "./numbers.js";
import { Plot, loadPlotly } from "./plot.js";
import { SeriesFeed } from "./series.js";
import { sentenceOf } from "./words.js";

const REPLAY_MS = 13000; // a recorded run from its first to its last measurement
const HOLD_MS = 7000; // how long a looping replay rests at its end
const TABS = { loss: "loss", accuracy: "accuracy", gradient: "gradient" };

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
    ui.delta.addEventListener("input", () => {
      this.k = Number(ui.delta.value);
      this.schedule();
    });
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

  showBeta(beta) {
    const grid = this.grid;
    this.k = grid.reduce((best, value, i) => (Math.abs(value - beta) < Math.abs(grid[best] - beta) ? i : best), 0);
    this.schedule();
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

  // The 1/δ shown first: where, before training, a quarter of the varying part of the labels
  // passes. That leaves room above for what training does.
  firstK() {
    const first = this.feed.measurements[0];
    const n = this.grid.length;
    for (let k = 0; k < n; k++) {
      const mean = first.lfr.slice(1).reduce((sum, row) => sum + row[k], 0) / (first.lfr.length - 1);
      const floor = Math.min(...first.lfr.slice(1).map((row) => row[0]));
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
    if (this.k === null && all.length && this.grid.length) this.k = this.firstK();
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
    this.renderWords(s);
    this.renderControls(s);
    this.renderTable(s);
    if (this.plots.ratio && this.isFitting) this.renderCharts(s);
  }

  renderWords(s) {
    const { ui, data, feed } = this;
    const { words } = data;
    const meta = feed.meta ?? {};
    const state = data.recorded ? "recorded" : !data.source ? "idle" : (meta.state ?? "connecting");
    const at = (m) => ({
      ratios: m.lfr.slice(1).map((row) => row[s.k]),
      errors: m.lfr_se ? m.lfr_se.slice(1).map((row) => row[s.k]) : null,
    });
    const before = feed.measurements.length ? at(feed.measurements[0]) : null;
    const now = s.index > 0 ? at(s.current) : null;
    const sentence = before ? sentenceOf(before, now, data.rule, words) : words.empty[state];
    setText(ui.sentence, sentence);

    ui.root.dataset.state = state;
    const request = meta.request ? (meta.request === "stop" ? words.stopping : words.pausing) : null;
    setText(ui.state, request ?? words.states[state].word);
    const progress = meta.progress;
    const parts = [];
    if (!data.recorded && progress && !["waiting", "failed", "lost"].includes(state)) {
      const epoch = Math.floor(progress.epoch);
      parts.push(progress.n_epochs ? `epoch ${epoch} of ${progress.n_epochs}` : `epoch ${epoch}`);
    }
    if (meta.is_active && state === "running") parts.push(timeLeft(meta.eta_s ?? NaN));
    if (state === "waiting" && Number.isFinite(meta.queue_position)) {
      parts.push(meta.queue_position > 1 ? `${meta.queue_position - 1} before it in the queue` : "next in the queue");
    }
    if (words.states[state].next) parts.push(words.states[state].next);
    if (data.recorded && data.recorded_note) parts.push(data.recorded_note);
    setText(ui.detail, parts.filter(Boolean).join(" · "));
    setText(ui.numbers, s.current ? numbersOf(s.current) : "");

    const share = progress?.n_epochs ? Math.min(1, progress.epoch / progress.n_epochs) : 0;
    ui.bar.classList.toggle("df-gone", Boolean(data.recorded) || !meta.is_active);
    ui.barFill.style.width = `${100 * share}%`;
    ui.bar.setAttribute("aria-valuenow", String(Math.round(100 * share)));
    if (feed.problem) this.note(words[feed.problem]);
    else this.note(meta.error && (state === "failed" || state === "lost") ? meta.error : "");
  }

  note(text) {
    setText(this.ui.notice, text);
    this.ui.notice.hidden = !text;
  }

  renderControls(s) {
    const { ui } = this;
    const n = s.grid.length;
    ui.delta.max = String(Math.max(1, n - 1));
    ui.delta.disabled = n === 0;
    if (document.activeElement !== ui.delta || Number(ui.delta.value) !== s.k) ui.delta.value = String(s.k);
    const beta = s.grid[s.k];
    const value = n === 0 ? "" : beta === 0 ? "0 (δ = ∞)" : `${digits(beta)} (δ = ${digits(1 / beta)})`;
    setText(ui.deltaValue, value);
    ui.delta.setAttribute("aria-valuetext", value);

    const { range, toSlider } = this.axis;
    [ui.epoch.min, ui.epoch.max] = range.map(String);
    ui.epoch.disabled = s.index < 0;
    ui.epoch.value = String(toSlider(s.current?.epoch ?? 0));
    ui.epoch.setAttribute("aria-valuetext", s.current ? `epoch ${s.current.epoch}` : "nothing measured yet");
    const isActive = this.feed.meta?.is_active;
    const isFollowing = this.head === null && !this.curtain;
    setText(ui.live, isActive ? "⇥ live" : "⇥ end");
    ui.live.setAttribute("aria-label", isActive ? "back to live" : "show the whole run");
    ui.live.classList.toggle("df-away", isFollowing);
    ui.live.disabled = isFollowing;
    setText(ui.play, this.isReplaying ? "❚❚" : "▶");
    ui.play.setAttribute("aria-label", this.isReplaying ? "pause the replay" : "replay the run");
    ui.play.classList.toggle("df-away", s.index < 1 || Boolean(isActive));
    ui.play.disabled = s.index < 1 || Boolean(isActive);
    ui.unzoom.hidden = !Object.values(this.plots).some((plot) => plot.isZoomed);
    setText(ui.densityTitle, s.current ? `Ratio density at epoch ${s.current.epoch}` : "Ratio density");
    ui.normalized.setAttribute("aria-pressed", String(this.normalized));
    ui.log.setAttribute("aria-pressed", String(this.isLog));
    this.renderChips();
    this.renderTabs();
  }

  renderChips() {
    const { ui, data } = this;
    const lines = data.figures.screen.ratio.data.filter((trace) => trace.meta.role === "line");
    const key = lines.map((trace) => trace.name).join();
    if (ui.chips.dataset.key !== key) {
      ui.chips.dataset.key = key;
      ui.chips.replaceChildren(
        ...lines.map((trace) => {
          const chip = el("button", { type: "button", class: "df-chip", text: trace.name });
          chip.style.setProperty("--df-color", trace.line.color);
          chip.dataset.layer = trace.meta.layer;
          chip.addEventListener("click", () => this.toggleLayer(trace.meta.layer));
          return chip;
        }),
      );
    }
    for (const chip of ui.chips.children) {
      chip.setAttribute("aria-pressed", String(!this.hidden.has(Number(chip.dataset.layer))));
    }
  }

  toggleLayer(layer) {
    if (!this.hidden.delete(layer)) this.hidden.add(layer);
    this.schedule();
  }

  renderTabs() {
    const { ui } = this;
    const first = this.feed.measurements[0];
    const has = {
      loss: true,
      accuracy: !first || Number.isFinite(first.scalars.train_accuracy),
      gradient: !first || Boolean(first.gradient_norm),
    };
    if (!has[this.tab]) this.tab = "loss";
    if (!ui.tabs.children.length) {
      for (const [name, text] of Object.entries(TABS)) {
        const tab = el("button", { type: "button", class: "df-button df-small", text });
        tab.dataset.tab = name;
        tab.addEventListener("click", () => {
          this.tab = name;
          this.plots.training?.unzoom();
          this.schedule();
        });
        ui.tabs.append(tab);
      }
    }
    for (const tab of ui.tabs.children) {
      tab.hidden = !has[tab.dataset.tab];
      tab.setAttribute("aria-pressed", String(tab.dataset.tab === this.tab));
    }
  }

  renderTable(s) {
    const { ui } = this;
    const names = this.feed.meta?.layers ?? [];
    if (!s.current || !names.length) return ui.tableBody.replaceChildren();
    const first = this.feed.measurements[0];
    const heads = ["layer", "LFR before training", `LFR at epoch ${s.current.epoch}`, "1/δ of the RDF peak"];
    ui.tableHead.replaceChildren(...heads.map((text) => el("th", { scope: "col", text })));
    ui.tableBody.replaceChildren(
      ...names.map((name, layer) => {
        const density = s.current.rdf[layer];
        const peak = charts.peakOf(s.grid, density);
        const cells = [first.lfr[layer][s.k], s.current.lfr[layer][s.k]].map((v) => v?.toFixed(3) ?? "–");
        return el("tr", {}, [
          el("th", { scope: "row", text: name }),
          ...[...cells, digits(peak)].map((text) => el("td", { text })),
        ]);
      }),
    );
    const facts = this.feed.meta.facts ?? {};
    const told = ["device", "backend", "threads"].filter((name) => facts[name] !== undefined);
    setText(ui.facts, told.map((name) => `${name}: ${facts[name]}`).join(" · "));
  }

  // The right end of the epoch axis. It grows in doublings where the end of the run is not known,
  // so that it rarely moves; a finished run ends where its measurements end.
  lastEpochOnAxis() {
    const { meta, measurements } = this.feed;
    const last = measurements.length ? measurements[measurements.length - 1].epoch : 0;
    if (!meta) return 10;
    if (!meta.is_active) return last || 10;
    const planned = meta.progress?.n_epochs ?? meta.config?.training?.epochs ?? 1;
    if (!meta.config?.training?.stop_loss) return Math.max(planned, last, 1);
    let top = 10;
    while (top < last) top *= 2;
    return Math.max(1, Math.min(top, Math.max(planned, last)));
  }

  renderCharts(s) {
    const { data, plots, colors } = this;
    const templates = data.figures[this.isProjector ? "projector" : "screen"];
    const look = data.looks[this.isProjector ? "projector" : "screen"];
    const has = s.shown.length > 0;
    const why = "";
    const epochs = { ...this.axis.layout, range: this.axis.range };
    const isAway = s.current && (this.head !== null || this.curtain) && !this.curtain;
    const cursor = isAway ? [charts.verticalLine(this.axis.place(s.current.epoch), colors.text)] : [];

    const ratio = charts.ratioTraces(templates.ratio, s);
    const layout = dress(templates.ratio, colors, has, why);
    Object.assign(layout.xaxis, epochs);
    layout.yaxis.range = [0, 1];
    layout.shapes = cursor;
    const ratioAxis = { range: plots.ratio.range("yaxis", layout.yaxis.range), isLog: false };
    const height = plots.ratio.area?.height ?? 300;
    layout.annotations.push(...charts.endLabels(ratio, look, height, ratioAxis, this.isLog));
    plots.ratio.draw(ratio, layout).then(() => this.alignSlider());

    const density = charts.densityTraces(templates.density, s);
    const densityLayout = dress(templates.density, colors, has, why);
    const range = has ? charts.densityRange(this.feed.measurements, s.grid) : [0, 1];
    densityLayout.xaxis.range = range;
    densityLayout.margin = { ...densityLayout.margin, r: 12, t: look.label * 1.5 };
    if (!this.normalized) densityLayout.yaxis.title.text = "RDF = dLFR / d(1/δ)";
    if (this.normalized) densityLayout.yaxis.range = [lowest(density), 1.04];
    densityLayout.shapes = has ? [charts.verticalLine(s.grid[s.k], colors.muted, "dot")] : [];
    const shownRange = plots.density.range("xaxis", range);
    const width = plots.density.area?.width ?? 300;
    if (has) densityLayout.annotations.push(...charts.peakLabels(density, look, width, shownRange));
    plots.density.draw(density, densityLayout);

    const training = templates[this.tab];
    const scalars = charts.scalarTraces(training, s);
    const trainingLayout = dress(training, colors, has, why);
    Object.assign(trainingLayout.xaxis, epochs);
    trainingLayout.shapes = cursor;
    const isLogY = trainingLayout.yaxis.type === "log";
    if (isLogY && has) {
      trainingLayout.yaxis.range = charts.logRange(scalars);
      Object.assign(trainingLayout.yaxis, charts.logTicks(trainingLayout.yaxis.range));
    }
    if (has) {
      const axis = { range: plots.training.range("yaxis", trainingLayout.yaxis.range), isLog: isLogY };
      const room = plots.training.area?.height ?? 160;
      trainingLayout.annotations.push(...charts.endLabels(scalars, look, room, axis, this.isLog));
    }
    plots.training.draw(scalars, trainingLayout);

    const map = charts.mapTraces(templates.map, s);
    const mapLayout = dress(templates.map, colors, has, why);
    Object.assign(mapLayout.xaxis, epochs);
    mapLayout.shapes = cursor.map((line) => ({ ...line, layer: "above" }));
    map[0].colorbar = { ...map[0].colorbar, tickfont: { ...map[0].colorbar.tickfont, color: colors.muted } };
    plots.map.draw(map, mapLayout);
  }

  // The epoch slider runs exactly under the epoch axis of the chart above it.
  alignSlider() {
    const area = this.plots.ratio?.area;
    if (!area) return;
    this.ui.epoch.parentElement.style.setProperty("--df-left", `${area.left}px`);
    this.ui.epoch.parentElement.style.setProperty("--df-right", `${area.right}px`);
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

// Room for negative densities of hidden layers; the raw input may leave the picture below.
const lowest = (traces) =>
  1.05 * Math.min(0, ...traces.filter((t) => t.meta.role === "line" && t.meta.layer > 0 && t.visible).flatMap((t) => t.y));

function numbersOf(measurement) {
  const { scalars } = measurement;
  const parts = [`at epoch ${measurement.epoch}`];
  if (Number.isFinite(scalars.train_loss)) parts.push(`training loss ${digits(scalars.train_loss)}`);
  if (Number.isFinite(scalars.test_accuracy)) parts.push(`test accuracy ${percent(scalars.test_accuracy)}`);
  return parts.join(" · ");
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
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
