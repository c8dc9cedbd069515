// The four charts of the view, drawn for one moment.

import * as charts from "./charts.js";
import { dress } from "./look.js";

export function renderCharts(view, s) {
  const { data, plots, colors } = view;
  const templates = data.figures[view.isProjector ? "projector" : "screen"];
  const look = data.looks[view.isProjector ? "projector" : "screen"];
  const has = s.shown.length > 0;
  const epochs = { ...view.axis.layout, range: view.axis.range };
  const isAway = s.current && view.head !== null && !view.curtain;
  const cursor = isAway ? [charts.verticalLine(view.axis.place(s.current.epoch), colors.text)] : [];

  const ratio = charts.ratioTraces(templates.ratio, s);
  const layout = dress(templates.ratio, colors, has);
  Object.assign(layout.xaxis, epochs);
  layout.yaxis.range = [0, 1];
  layout.shapes = cursor;
  const ratioAxis = { range: plots.ratio.range("yaxis", layout.yaxis.range), isLog: false };
  const height = plots.ratio.area?.height ?? 300;
  layout.annotations.push(...charts.endLabels(ratio, look, height, ratioAxis, view.isLog));
  plots.ratio.draw(ratio, layout).then(() => alignSlider(view));

  const density = charts.densityTraces(templates.density, s);
  const densityLayout = dress(templates.density, colors, has);
  const gridAxis = charts.gridAxis(s.grid);
  const range = has ? charts.densityRange(view.feed.measurements, s.grid, gridAxis) : [0, 1];
  Object.assign(densityLayout.xaxis, gridAxis.isLog ? { type: "log", dtick: decades(range) } : {}, { range });
  densityLayout.margin = { ...densityLayout.margin, r: 12, t: look.label * 1.5 };
  if (!view.normalized) densityLayout.yaxis.title.text = "RDF = dLFR / d(1/δ)";
  if (view.normalized) densityLayout.yaxis.range = [lowest(density), 1.04];
  densityLayout.shapes = has ? [charts.verticalLine(s.grid[s.k], colors.muted, "dot")] : [];
  const shownRange = plots.density.range("xaxis", range);
  const width = plots.density.area?.width ?? 300;
  if (has) densityLayout.annotations.push(...charts.peakLabels(density, look, width, shownRange, gridAxis));
  plots.density.draw(density, densityLayout);

  const training = templates[view.tab];
  const scalars = charts.scalarTraces(training, s);
  const trainingLayout = dress(training, colors, has);
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
    trainingLayout.annotations.push(...charts.endLabels(scalars, look, room, axis, view.isLog));
  }
  plots.training.draw(scalars, trainingLayout);

  const map = charts.mapTraces(templates.map, s);
  const mapLayout = dress(templates.map, colors, has);
  Object.assign(mapLayout.xaxis, epochs);
  mapLayout.shapes = cursor.map((line) => ({ ...line, layer: "above" }));
  map[0].colorbar = { ...map[0].colorbar, tickfont: { ...map[0].colorbar.tickfont, color: colors.muted } };
  plots.map.draw(map, mapLayout);
}

// The epoch slider runs exactly under the epoch axis of the chart above it.
function alignSlider(view) {
  const area = view.plots.ratio?.area;
  if (!area) return;
  view.ui.epoch.parentElement.style.setProperty("--df-left", `${area.left}px`);
  view.ui.epoch.parentElement.style.setProperty("--df-right", `${area.right}px`);
}

// Whole decades between two ticks.
const decades = ([low, high]) => Math.max(1, Math.ceil((high - low) / 4));

// Room for negative densities of hidden layers; the raw input may leave the picture below.
const lowest = (traces) =>
  1.05 * Math.min(0, ...traces.filter((t) => t.meta.role === "line" && t.meta.layer > 0 && t.visible).flatMap((t) => t.y));
