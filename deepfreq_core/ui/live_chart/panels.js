// Everything of the view that is not a chart: words, sliders, buttons, the table.

import { channel } from "./fills.js";
import { el, setText } from "./dom.js";
import { digits, duration, percent } from "./numbers.js";

const MOST_CHIPS = 40; // more could not be told apart

export function renderWords(view, moment) {
  const { ui, data, feed } = view;
  const { words } = data;
  const meta = feed.meta ?? {};
  const { clock } = moment.run;
  const state = data.recorded ? "recorded" : !data.source ? "idle" : (meta.state ?? "connecting");
  const [headline, text] = headlineOf(view, moment) ?? ["", words.empty[state]];
  setText(ui.sentence, text);
  ui.root.dataset.headline = headline;
  ui.root.dataset.state = state;
  const request = meta.request ? (meta.request === "stop" ? words.stopping : words.pausing) : null;
  setText(ui.state, request ?? words.states[state].word);
  const { progress } = meta;
  const parts = [];
  if (!data.recorded && progress && !["waiting", "failed", "lost"].includes(state)) {
    const at = clock.is_whole ? Math.floor(progress.at) : digits(progress.at);
    parts.push(progress.end ? `${clock.long_name} ${at} of ${progress.end}` : `${clock.long_name} ${at}`);
  }
  if (state === "running" && Number.isFinite(meta.eta_s)) parts.push(`${duration(meta.eta_s)} left`);
  if (state === "waiting" && Number.isFinite(meta.queue_position)) {
    const starts = Number.isFinite(meta.starts_in_s) ? `; starts in ${duration(meta.starts_in_s)}` : "";
    parts.push((meta.queue_position ? `${meta.queue_position} before it` : "next in the queue") + starts);
  }
  if (words.states[state].next) parts.push(words.states[state].next);
  if (data.recorded && data.recorded_note) parts.push(data.recorded_note);
  setText(ui.detail, parts.filter(Boolean).join(" · "));
  setText(ui.numbers, moment.current ? numbersOf(view, moment) : "");

  const share = progress?.end ? Math.min(1, progress.at / progress.end) : 0;
  ui.bar.classList.toggle("df-gone", Boolean(data.recorded) || !meta.is_active);
  ui.barFill.style.width = `${100 * share}%`;
  ui.bar.setAttribute("aria-valuenow", String(Math.round(100 * share)));
  for (const [owner, node] of Object.entries(ui.asides)) {
    const said = feed.meta?.messages?.[moment.current?.asides?.[owner]];
    setText(node, said ? inWords(said, words) : "");
  }
  if (feed.problem) view.note(words[feed.problem] ?? feed.problem);
  else view.note(meta.error && (state === "failed" || state === "lost") ? meta.error : "");
}

// Key and text of the sentence: which one, Python has decided for each measurement and each place of
// the cursor. A training that failed for its loss is told so at its end.
function headlineOf({ data, feed, headIndex }, { current, at }) {
  const isAtEnd = headIndex === feed.measurements.length - 1;
  if (current && feed.meta.diverged && isAtEnd) return ["diverged", data.words.headlines.diverged];
  if (!current?.headline) return null;
  const cursor = data.view.headline_cursor;
  const index = current.headline[cursor ? (at[cursor] ?? 0) : 0] ?? current.headline[0];
  const message = feed.meta.messages[index];
  return [message.key, inWords(message, data.words)];
}

const inWords = ({ key, values }, { headlines }) =>
  Object.entries(values).reduce((said, [name, value]) => said.replaceAll(`{${name}}`, value), headlines[key] ?? key);

export function renderControls(view, moment) {
  const { ui } = view;
  const { run, at, current } = moment;
  for (const [name, { input, output }] of Object.entries(ui.cursors)) {
    const labels = run.dims[name].labels ?? [];
    const i = at[name] ?? 0;
    input.max = String(Math.max(1, labels.length - 1));
    input.disabled = labels.length === 0;
    if (document.activeElement !== input || Number(input.value) !== i) input.value = String(i);
    setText(output, labels[i] ?? "");
    input.setAttribute("aria-valuetext", labels[i] ?? "");
  }
  const { range, toSlider } = view.axis;
  const value = current?.[run.clock.name];
  [ui.clock.min, ui.clock.max] = range.map(String);
  ui.clock.disabled = !current;
  ui.clock.value = String(toSlider(value ?? 0));
  ui.clock.setAttribute("aria-valuetext", current ? momentOf(run, value) : "nothing measured yet");
  const isActive = view.feed.meta?.is_active;
  const isFollowing = view.head === null && !view.curtain;
  setText(ui.live, isActive ? "⇥ live" : "⇥ end");
  ui.live.setAttribute("aria-label", isActive ? "back to live" : "show the whole run");
  ui.live.classList.toggle("df-away", isFollowing);
  ui.live.disabled = isFollowing;
  setText(ui.play, view.isReplaying ? "❚❚" : "▶");
  ui.play.setAttribute("aria-label", view.isReplaying ? "pause the replay" : "replay the run");
  const cannotPlay = view.headIndex < 1 || Boolean(isActive);
  ui.play.classList.toggle("df-away", cannotPlay);
  ui.play.disabled = cannotPlay;
  ui.unzoom.hidden = !Object.values(view.plots).some((plot) => plot.isZoomed);
  ui.log.setAttribute("aria-pressed", String(view.isLog));
  for (const [name, node] of Object.entries(ui.chips)) renderChips(view, run.dims[name], name, node);
  for (const group of view.groups) renderGroup(view, group, moment);
}

export const momentOf = (run, value) => `${run.clock.long_name} ${run.clock.is_whole ? value : digits(value)}`;

function renderChips(view, dim, name, node) {
  const labels = dim.labels && dim.labels.length <= MOST_CHIPS ? dim.labels : [];
  const key = labels.join();
  if (node.dataset.key !== key) {
    node.dataset.key = key;
    node.replaceChildren(
      ...labels.map((label, i) => {
        const chip = el("button", { type: "button", class: "df-chip", text: label });
        chip.style.setProperty("--df-color", dim.colors?.[i] ?? "currentColor");
        chip.addEventListener("click", () => view.toggle(name, label));
        return chip;
      }),
    );
  }
  for (const chip of node.children) chip.setAttribute("aria-pressed", String(!view.hidden[name]?.has(chip.textContent)));
}

// Title and tabs of one place; a chart of which the run has no numbers is not offered.
function renderGroup(view, group, { run, current }) {
  const { title, tabs, plot } = view.ui.groups[group.name];
  const shown = view.panelOf(group);
  setText(title, current ? shown.title.replace("{at}", ` at ${momentOf(run, current[run.clock.name])}`) : shown.title.replace("{at}", ""));
  plot.setAttribute("aria-label", shown.about);
  if (!tabs.children.length) {
    for (const panel of group.panels) {
      const tab = el("button", { type: "button", class: "df-button df-small", text: panel.tab });
      tab.dataset.panel = panel.name;
      tab.addEventListener("click", () => view.showTab(group, panel));
      tabs.append(tab);
    }
  }
  for (const tab of tabs.children) {
    tab.hidden = !view.has(group.panels.find((panel) => panel.name === tab.dataset.panel));
    tab.setAttribute("aria-pressed", String(tab.dataset.panel === shown.name));
  }
}

export function renderTable(view, moment) {
  const { ui, data } = view;
  const { run, current } = moment;
  const { table } = data.view;
  const labels = table && run.dims[table.dim]?.labels;
  ui.details.hidden = !table;
  if (!current || !labels) return ui.tableBody.replaceChildren();
  const heads = [run.dims[table.dim].long_name, ...table.columns.map(({ title }) => title.replace("{at}", momentOf(run, current[run.clock.name])))];
  const columns = table.columns.map(({ fill, digits: n }) =>
    (channel(fill, moment) ?? []).map((value) => (n === null ? digits(value) : (value?.toFixed(n) ?? "–"))),
  );
  ui.tableHead.replaceChildren(...heads.map((text) => el("th", { scope: "col", text })));
  ui.tableBody.replaceChildren(
    ...labels.map((label, i) =>
      el("tr", {}, [el("th", { scope: "row", text: label }), ...columns.map((column) => el("td", { text: column[i] ?? "–" }))]),
    ),
  );
  const facts = view.feed.meta.facts ?? {};
  const told = ["device", "backend", "threads"].filter((name) => facts[name] !== undefined);
  setText(ui.facts, told.map((name) => `${name}: ${facts[name]}`).join(" · "));
}

function numbersOf({ data }, { run, current }) {
  const parts = [`at ${momentOf(run, current[run.clock.name])}`];
  for (const { name, text, is_share: isShare } of data.view.status) {
    const value = current.scalars[name];
    if (Number.isFinite(value)) parts.push(`${text} ${isShare ? percent(value) : digits(value)}`);
  }
  return parts.join(" · ");
}
