// The skeleton of the live view. Text goes in as text only, never as HTML.

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

export function buildSkeleton() {
  const ui = {};
  const keep = (name, node) => (ui[name] = node);
  const plot = (name, label) =>
    keep(name, el("div", { class: `df-plot df-plot-${name}`, role: "img", "aria-label": label }));

  const deltaSlider = keep(
    "delta",
    el("input", { type: "range", min: "0", max: "1", step: "1", value: "0", "aria-label": "filter at 1/δ", "data-testid": "df-delta" }),
  );
  const epochSlider = keep(
    "epoch",
    el("input", { type: "range", min: "0", max: "1", step: "any", value: "0", "aria-label": "epoch shown", "data-testid": "df-epoch" }),
  );

  ui.root = el("section", { class: "df", "aria-label": "Live view of a run" }, [
    el("header", { class: "df-head" }, [
      keep("sentence", el("p", { class: "df-sentence", role: "status", "aria-live": "polite", "data-testid": "df-sentence" })),
      el("div", { class: "df-status" }, [
        keep("state", el("span", { class: "df-state", "data-testid": "df-state" })),
        keep("detail", el("span", { class: "df-detail", "data-testid": "df-detail" })),
        keep("numbers", el("span", { class: "df-numbers", "data-testid": "df-numbers" })),
      ]),
      keep("bar", el("div", { class: "df-bar", role: "progressbar", "aria-label": "training progress", "aria-valuemin": "0", "aria-valuemax": "100" }, [
        keep("barFill", el("div", { class: "df-bar-fill" })),
      ])),
      keep("notice", el("p", { class: "df-notice", role: "alert", hidden: true, "data-testid": "df-notice" })),
    ]),
    el("div", { class: "df-main" }, [
      el("div", { class: "df-tools" }, [
        el("h3", { class: "df-title", text: "Low-frequency ratio of every layer" }),
        el("div", { class: "df-delta" }, [
          el("span", { text: "filter at 1/δ =", "aria-hidden": "true" }),
          deltaSlider,
          keep("deltaValue", el("output", { class: "df-value", "aria-hidden": "true", "data-testid": "df-delta-value" })),
        ]),
      ]),
      el("div", { class: "df-layers" }, [
        keep("chips", el("div", { class: "df-chips", role: "group", "aria-label": "layers shown" })),
        keep("unzoom", button("unzoom", "whole range", { hidden: true })),
        keep("log", button("log", "log epochs", { "aria-pressed": "false", title: "Logarithmic epoch axis: shows what happens in the first epochs" })),
        keep("projector", button("projector", "projector", { "aria-pressed": "false", title: "Larger type and thicker lines" })),
      ]),
      plot("ratio", "Low-frequency ratio of every layer against epoch"),
      el("div", { class: "df-epoch" }, [
        keep("play", button("play", "▶", { "aria-label": "play from the start" })),
        epochSlider,
        keep("live", button("live", "⇥ live", { "data-testid": "df-live" })),
      ]),
    ]),
    el("div", { class: "df-row" }, [
      el("div", { class: "df-panel" }, [
        el("div", { class: "df-tools" }, [
          keep("densityTitle", el("h3", { class: "df-title" })),
          keep("normalized", button("small", "÷ maximum", { "aria-pressed": "true", title: "Divide each curve by its own maximum, as the paper does" })),
        ]),
        plot("density", "Ratio density of every layer against inverse delta"),
      ]),
      el("div", { class: "df-panel" }, [
        el("div", { class: "df-tools" }, [
          el("h3", { class: "df-title", text: "Training" }),
          keep("tabs", el("div", { class: "df-tabs", role: "group", "aria-label": "training quantity" })),
        ]),
        plot("training", "Training curves"),
      ]),
      el("div", { class: "df-panel" }, [
        el("div", { class: "df-tools" }, [el("h3", { class: "df-title", text: "Layer × epoch" })]),
        plot("map", "Map of the low-frequency ratio by layer and epoch"),
      ]),
    ]),
    el("details", { class: "df-details" }, [
      el("summary", { text: "Numbers by layer" }),
      el("table", { class: "df-table" }, [
        el("thead", {}, [keep("tableHead", el("tr"))]),
        keep("tableBody", el("tbody", { "data-testid": "df-table" })),
      ]),
      keep("facts", el("p", { class: "df-facts" })),
    ]),
  ]);
  return ui;
}
