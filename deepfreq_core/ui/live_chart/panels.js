// Everything of the view that is not a chart: words, sliders, buttons, the table.

import { peakOn } from "./charts.js";
import { el, setText } from "./dom.js";
import { digits, duration, percent } from "./numbers.js";
import { learningOf, sentenceOf } from "./words.js";

const TABS = { loss: "loss", accuracy: "accuracy", gradient: "gradient" };

export function renderWords(view, s) {
  const { ui, data, feed } = view;
  const { words } = data;
  const meta = feed.meta ?? {};
  const state = data.recorded ? "recorded" : !data.source ? "idle" : (meta.state ?? "connecting");
  const at = (m) => ({
    ratios: m.lfr.slice(1).map((row) => row[s.k]),
    errors: m.lfr_se ? m.lfr_se.slice(1).map((row) => row[s.k]) : null,
  });
  const before = feed.measurements.length ? at(feed.measurements[0]) : null;
  const now = s.index > 0 ? at(s.current) : null;
  const names = (meta.layers ?? []).slice(1);
  const loss = (m) => m?.scalars.train_loss;
  const bar = meta.facts?.mean_answer_loss;
  let learning = "learned";
  if (meta.diverged) learning = "diverged";
  else if (now) learning = learningOf(loss(feed.measurements[0]), loss(s.current), bar, data.rule);
  ui.root.dataset.learning = learning;
  const sentence = before
    ? sentenceOf(before, now, names, learning, data.rule, words)
    : words.empty[state];
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
  if (state === "running" && Number.isFinite(meta.eta_s)) parts.push(`${duration(meta.eta_s)} left`);
  if (state === "waiting" && Number.isFinite(meta.queue_position)) {
    const starts = Number.isFinite(meta.starts_in_s) ? `; starts in ${duration(meta.starts_in_s)}` : "";
    parts.push((meta.queue_position ? `${meta.queue_position} before it` : "next in the queue") + starts);
  }
  if (words.states[state].next) parts.push(words.states[state].next);
  if (data.recorded && data.recorded_note) parts.push(data.recorded_note);
  setText(ui.detail, parts.filter(Boolean).join(" · "));
  setText(ui.numbers, s.current ? numbersOf(s.current) : "");

  const share = progress?.n_epochs ? Math.min(1, progress.epoch / progress.n_epochs) : 0;
  ui.bar.classList.toggle("df-gone", Boolean(data.recorded) || !meta.is_active);
  ui.barFill.style.width = `${100 * share}%`;
  ui.bar.setAttribute("aria-valuenow", String(Math.round(100 * share)));
  if (feed.problem) view.note(words[feed.problem] ?? feed.problem);
  else view.note(meta.error && (state === "failed" || state === "lost") ? meta.error : "");
}

export function renderControls(view, s) {
  const { ui } = view;
  const n = s.grid.length;
  ui.delta.max = String(Math.max(1, n - 1));
  ui.delta.disabled = n === 0;
  if (document.activeElement !== ui.delta || Number(ui.delta.value) !== s.k) ui.delta.value = String(s.k);
  const beta = s.grid[s.k];
  const value = n === 0 ? "" : beta === 0 ? "0 (δ = ∞)" : `${digits(beta)} (δ = ${digits(1 / beta)})`;
  setText(ui.deltaValue, value);
  ui.delta.setAttribute("aria-valuetext", value);

  const { range, toSlider } = view.axis;
  [ui.epoch.min, ui.epoch.max] = range.map(String);
  ui.epoch.disabled = s.index < 0;
  ui.epoch.value = String(toSlider(s.current?.epoch ?? 0));
  ui.epoch.setAttribute("aria-valuetext", s.current ? `epoch ${s.current.epoch}` : "nothing measured yet");
  const isActive = view.feed.meta?.is_active;
  const isFollowing = view.head === null && !view.curtain;
  setText(ui.live, isActive ? "⇥ live" : "⇥ end");
  ui.live.setAttribute("aria-label", isActive ? "back to live" : "show the whole run");
  ui.live.classList.toggle("df-away", isFollowing);
  ui.live.disabled = isFollowing;
  setText(ui.play, view.isReplaying ? "❚❚" : "▶");
  ui.play.setAttribute("aria-label", view.isReplaying ? "pause the replay" : "replay the run");
  ui.play.classList.toggle("df-away", s.index < 1 || Boolean(isActive));
  ui.play.disabled = s.index < 1 || Boolean(isActive);
  ui.unzoom.hidden = !Object.values(view.plots).some((plot) => plot.isZoomed);
  setText(ui.densityTitle, s.current ? `Ratio density at epoch ${s.current.epoch}` : "Ratio density");
  ui.normalized.setAttribute("aria-pressed", String(view.normalized));
  ui.log.setAttribute("aria-pressed", String(view.isLog));
  renderChips(view);
  renderTabs(view);
}

function renderChips(view) {
  const { ui, data } = view;
  const lines = data.figures.screen.ratio.data.filter((trace) => trace.meta.role === "line");
  const key = lines.map((trace) => trace.name).join();
  if (ui.chips.dataset.key !== key) {
    ui.chips.dataset.key = key;
    ui.chips.replaceChildren(
      ...lines.map((trace) => {
        const chip = el("button", { type: "button", class: "df-chip", text: trace.name });
        chip.style.setProperty("--df-color", trace.line.color);
        chip.dataset.layer = trace.meta.layer;
        chip.addEventListener("click", () => view.toggleLayer(trace.meta.layer));
        return chip;
      }),
    );
  }
  for (const chip of ui.chips.children) {
    chip.setAttribute("aria-pressed", String(!view.hidden.has(Number(chip.dataset.layer))));
  }
}

function renderTabs(view) {
  const { ui } = view;
  const first = view.feed.measurements[0];
  const has = {
    loss: true,
    accuracy: !first || Number.isFinite(first.scalars.train_accuracy),
    gradient: !first || Boolean(first.gradient_norm),
  };
  if (!has[view.tab]) view.tab = "loss";
  if (!ui.tabs.children.length) {
    for (const [name, text] of Object.entries(TABS)) {
      const tab = el("button", { type: "button", class: "df-button df-small", text });
      tab.dataset.tab = name;
      tab.addEventListener("click", () => {
        view.tab = name;
        view.plots.training?.unzoom();
        view.schedule();
      });
      ui.tabs.append(tab);
    }
  }
  for (const tab of ui.tabs.children) {
    tab.hidden = !has[tab.dataset.tab];
    tab.setAttribute("aria-pressed", String(tab.dataset.tab === view.tab));
  }
}

export function renderTable(view, s) {
  const { ui } = view;
  const names = view.feed.meta?.layers ?? [];
  if (!s.current || !names.length) return ui.tableBody.replaceChildren();
  const first = view.feed.measurements[0];
  const heads = ["layer", "LFR before training", `LFR at epoch ${s.current.epoch}`, "1/δ of the RDF peak"];
  ui.tableHead.replaceChildren(...heads.map((text) => el("th", { scope: "col", text })));
  ui.tableBody.replaceChildren(
    ...names.map((name, layer) => {
      const density = s.current.rdf[layer];
      const peak = peakOn(s.grid, density);
      const cells = [first.lfr[layer][s.k], s.current.lfr[layer][s.k]].map((v) => v?.toFixed(3) ?? "–");
      return el("tr", {}, [
        el("th", { scope: "row", text: name }),
        ...[...cells, digits(peak)].map((text) => el("td", { text })),
      ]);
    }),
  );
  const facts = view.feed.meta.facts ?? {};
  const told = ["device", "backend", "threads"].filter((name) => facts[name] !== undefined);
  setText(ui.facts, told.map((name) => `${name}: ${facts[name]}`).join(" · "));
}

function numbersOf(measurement) {
  const { scalars } = measurement;
  const parts = [`at epoch ${measurement.epoch}`];
  if (Number.isFinite(scalars.train_loss)) parts.push(`training loss ${digits(scalars.train_loss)}`);
  if (Number.isFinite(scalars.test_accuracy)) parts.push(`test accuracy ${percent(scalars.test_accuracy)}`);
  return parts.join(" · ");
}
