// One chart of the view, drawn for one moment.

import { decadeTicks, decadesOf, dimAxis, thinned } from "./axes.js";
import { facetDim, layOut } from "./facets.js";
import { takenAs, traces } from "./fills.js";
import { endLabels, peakLabels } from "./labels.js";
import { dress } from "./look.js";

const TICKS = 8; // names that an axis has room for

export function drawPanel(plot, panel, moment, view) {
  const { figure } = panel;
  const { run } = moment;
  const meta = figure.layout.meta ?? {};
  const hasData = moment.shown.length > 0;
  const isOverClock = meta.x === run.clock.name;
  const data = traces(figure, moment, view.colors.isDark);
  const layout = dress(figure, view.colors, hasData);
  const ranges = (axis) => run.ranges[`${panel.name}.${axis}`];

  if (isOverClock) {
    Object.assign(layout.xaxis, view.axis.layout, { range: view.axis.range });
    const range = plot.range("xaxis", view.axis.range);
    if (layout.xaxis.ticktext) layout.xaxis.ticktext = thinned(layout.xaxis, range, plot.area?.width ?? 300, view.look.font);
  } else bindAxis(layout.xaxis, run.dims[meta.x], ranges("x"));
  bindAxis(layout.yaxis, run.dims[meta.y], ranges("y"));
  // Numbers of an axis that nothing has set yet would be Plotly's own, from −1 to 6.
  for (const axis of hasData ? [] : [layout.xaxis, layout.yaxis]) if (!axis.range && !axis.tickvals) axis.showticklabels = false;
  const isLogY = layout.yaxis.type === "log";
  if (isLogY && hasData && !ranges("y")) {
    layout.yaxis.range = decadesOf(data);
    Object.assign(layout.yaxis, decadeTicks(layout.yaxis.range));
  }
  layout.shapes = cursorLine(meta.x, moment, view, panel);
  if (hasData && meta.end_names) {
    const axis = { range: plot.range("yaxis", layout.yaxis.range), isLog: isLogY };
    if (axis.range) layout.annotations.push(...endLabels(data, view.look, plot.area?.height ?? 300, axis, layout.xaxis.type === "log"));
  }
  if (hasData && meta.peak_names) {
    const range = plot.range("xaxis", layout.xaxis.range);
    const isLogX = layout.xaxis.type === "log";
    layout.margin = { ...layout.margin, r: 12, t: view.look.label * 1.5 };
    if (range) layout.annotations.push(...peakLabels(data, meta.peak_names, moment, view.look, plot.area?.width ?? 300, range, isLogX));
  }
  for (const owner of data.flatMap((trace) => [trace, trace.marker ?? {}])) {
    if (owner.colorbar) owner.colorbar = { ...owner.colorbar, tickfont: { ...owner.colorbar.tickfont, color: view.colors.muted } };
  }
  if (meta.square) layout.margin = squared(layout.margin, plot.node);
  const dim = facetDim(figure);
  if (dim) layOut(plot, run.dims[dim], dim, data, layout, moment.at[dim], view);
  return plot.draw(data, layout);
}

// Margins that leave a square. Plotly's own equal scales leave dots displaced after a change of size.
function squared({ l, r, t, b }, { clientWidth: width, clientHeight: height }) {
  const spare = width - l - r - (height - t - b);
  return { l, t, r: r + Math.max(0, spare), b: b + Math.max(0, -spare) };
}

function bindAxis(axis, dim, range) {
  Object.assign(axis, dimAxis(dim, TICKS));
  if (!range) return;
  const isLog = axis.type === "log";
  axis.range = isLog ? range.map(Math.log10) : range;
  if (isLog) axis.dtick = Math.max(1, Math.ceil((axis.range[1] - axis.range[0]) / 4));
}

// Where the cursor of the dim along x stands; the clock's only where the head was moved.
function cursorLine(name, { run, current, at }, { axis, colors, head, curtain }, { figure }) {
  const isMap = figure.data.some((trace) => trace.type === "heatmap");
  const line = (x, color) => ({
    ...{ type: "line", x0: x, x1: x, y0: 0, y1: 1, yref: "y domain" },
    ...{ line: { color, width: 1.5, dash: "dot" }, layer: isMap ? "above" : "below" },
  });
  if (name === run.clock.name) return current && head !== null && !curtain ? [line(axis.place(current[name]), colors.text)] : [];
  const dim = run.dims[name];
  return dim?.title && dim.values && at[name] !== undefined && current ? [line(dim.values[at[name]], colors.muted)] : [];
}

// Dims whose values a reader may hide: those that make families of lines here.
export const families = (panels) => [...new Set(panels.flatMap(({ figure }) => figure.data.flatMap((template) => takenAs(template, "each"))))];
