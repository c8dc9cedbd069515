// The skeleton of the live view, built from the declared panels. Text goes in as text only, never
// as HTML.

import { families } from "./drawing.js";

export function el(tag, properties = {}, children = []) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "text") node.textContent = value;
    else if (name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const button = (name, text, more = {}) =>
  el("button", { type: "button", class: `df-button df-${name}`, text, ...more });

// Fixed parts, and for the declared ones: `groups` by name {plot, title, tabs}, `cursors` by dim
// {input, output}, `chips` by dim, `asides` by section: what an instrument below the first says.
export function buildSkeleton({ clock, dims, sections, table }) {
  const ui = { groups: {}, cursors: {}, chips: {}, asides: {} };
  const keep = (name, node) => (ui[name] = node);
  const body = sections.map((section, i) => buildSection(ui, section, { clock, dims, isFirst: i === 0, keep }));
  const rows = table ? ` by ${dims[table.dim].long_name}` : "";
  ui.root = el("section", { class: "df", "aria-label": "Live view of a run" }, [
    el("header", { class: "df-head" }, [
      keep("sentence", el("p", { class: "df-sentence", role: "status", "aria-live": "polite", "data-testid": "df-sentence" })),
      el("div", { class: "df-status" }, [
        keep("state", el("span", { class: "df-state", "data-testid": "df-state" })),
        keep("detail", el("span", { class: "df-detail", "data-testid": "df-detail" })),
        keep("numbers", el("span", { class: "df-numbers", "data-testid": "df-numbers" })),
      ]),
      keep("bar", el("div", { class: "df-bar", role: "progressbar", "aria-label": "progress", "aria-valuemin": "0", "aria-valuemax": "100" }, [
        keep("barFill", el("div", { class: "df-bar-fill" })),
      ])),
      keep("notice", el("p", { class: "df-notice", role: "alert", hidden: true, "data-testid": "df-notice" })),
    ]),
    ...body,
    keep("details", el("details", { class: "df-details" }, [
      el("summary", { text: `Numbers${rows}` }),
      el("table", { class: "df-table" }, [
        el("thead", {}, [keep("tableHead", el("tr"))]),
        keep("tableBody", el("tbody", { "data-testid": "df-table" })),
      ]),
      keep("facts", el("p", { class: "df-facts" })),
    ])),
  ]);
  return ui;
}

// One instrument: its main charts, with chips above, and the quieter ones in a row. What is for the
// whole run stands at the first: tools above its first chart, the slider of the clock under it.
function buildSection(ui, section, { clock, dims, isFirst, keep }) {
  const [main, row] = [true, false].map((is) => section.groups.filter((group) => (group.place === "main") === is));
  const fresh = families(main.flatMap((group) => group.panels)).filter((dim) => !ui.chips[dim]);
  const line = fresh.map((dim) => (ui.chips[dim] = el("div", { class: "df-chips", role: "group", "aria-label": `${dims[dim].long_name}s shown` })));
  const under = [];
  if (isFirst) {
    line.push(
      keep("unzoom", button("unzoom", "whole range", { hidden: true })),
      keep("log", button("log", `log ${clock.plural}`, { "aria-pressed": "false", title: `Logarithmic ${clock.long_name} axis: shows what happens at the beginning` })),
      keep("projector", button("projector", "projector", { "aria-pressed": "false", title: "Larger type and thicker lines" })),
    );
    under.push(el("div", { class: "df-clock" }, [
      keep("play", button("play", "▶", { "aria-label": "play from the start" })),
      keep("clock", el("input", { type: "range", min: "0", max: "1", step: "any", value: "0", "aria-label": `${clock.long_name} shown`, "data-testid": "df-clock" })),
      keep("live", button("live", "⇥ live", { "data-testid": "df-live" })),
    ]));
  }
  const layers = line.length ? [el("div", { class: "df-layers" }, line)] : [];
  const [first, ...others] = main.map((group) => [toolsOf(ui, group, dims), plotOf(ui, group)]);
  const top = first ? [first[0], ...layers, first[1], ...under] : [...layers, ...under];
  const aside = isFirst ? [] : [(ui.asides[section.name] = el("p", { class: "df-aside" }))];
  return el("div", { class: "df-section" }, [
    ...aside,
    ...[top, ...others].map((nodes) => el("div", { class: "df-main" }, nodes)),
    el("div", { class: "df-row" }, row.map((group) => el("div", { class: "df-panel" }, [toolsOf(ui, group, dims), plotOf(ui, group)]))),
  ]);
}

// Title, tabs where several charts share the place, and the sliders that are new here.
function toolsOf(ui, group, dims) {
  const title = el("h3", { class: "df-title" });
  const tabs = el("div", { class: "df-tabs", role: "group", "aria-label": "what is drawn" });
  const fresh = group.cursors.filter((dim) => dims[dim] && !ui.cursors[dim]);
  ui.groups[group.name] = { title, tabs };
  return el("div", { class: "df-tools" }, [title, ...fresh.map((dim) => cursorOf(ui, dim, dims[dim].title)), ...(group.panels.length > 1 ? [tabs] : [])]);
}

function cursorOf(ui, dim, text) {
  const label = text.replace(/ *=$/, "");
  const input = el("input", { type: "range", min: "0", max: "1", step: "1", value: "0", "aria-label": label, "data-testid": "df-cursor", "data-dim": dim });
  const output = el("output", { class: "df-value", "aria-hidden": "true", "data-testid": "df-cursor-value" });
  ui.cursors[dim] = { input, output };
  return el("div", { class: "df-cursor" }, [el("span", { text, "aria-hidden": "true" }), input, output]);
}

function plotOf(ui, group) {
  const plot = el("div", { class: `df-plot df-plot-${group.place}`, role: "img", "data-group": group.name });
  ui.groups[group.name].plot = plot;
  return plot;
}
