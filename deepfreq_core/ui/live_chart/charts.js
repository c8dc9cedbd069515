// Fills the figures that figures/*.py built (styles, axes, one trace a layer, marked by `meta`)
// with numbers. What a layer looks like is decided there, not here.

import { named, spread } from "./labels.js";

export const clone = (value) => JSON.parse(JSON.stringify(value));

// LFR (or `key`) of one layer over the measurements shown, at grid index k.
const column = (shown, key, layer, k) => shown.map((m) => m[key][layer][k]);

function band(x, y, error) {
  if (!error || !error.length) return { x: [], y: [] };
  const up = y.map((value, i) => value + 2 * error[i]);
  const down = y.map((value, i) => value - 2 * error[i]);
  return { x: [...x, ...[...x].reverse()], y: [...up, ...down.reverse()] };
}

function fill(template, hidden, numbers) {
  return template.data.map((trace) => {
    const { layer } = trace.meta;
    const visible = layer === undefined || !hidden.has(layer);
    return { ...trace, ...numbers(trace.meta), visible };
  });
}

export function ratioTraces(template, s) {
  const x = s.shown.map((m) => s.axis.place(m.epoch));
  return fill(template, s.hidden, ({ role, layer }) => {
    const y = column(s.shown, "lfr", layer, s.k);
    if (role === "line") return { x, y, ...epochHover(s), ...onePoint(x) };
    const sampled = s.shown.length && s.shown[0].lfr_se;
    return band(x, y, sampled ? column(s.shown, "lfr_se", layer, s.k) : null);
  });
}

export function densityTraces(template, s) {
  const { current, grid } = s;
  return fill(template, s.hidden, ({ role, layer }) => {
    if (!current) return { x: [], y: [] };
    const scale = s.normalized ? ownMaximum(current.rdf[layer]) : 1;
    const y = current.rdf[layer].map((value) => value / scale);
    if (role === "line") return { x: grid, y };
    return band(grid, y, current.rdf_se ? current.rdf_se[layer].map((e) => e / scale) : null);
  });
}

export function mapTraces(template, s) {
  const x = s.shown.map((m) => s.axis.place(m.epoch));
  const layers = template.data[0].y;
  const z = layers.map((layer) => column(s.shown, "lfr", layer, s.k));
  const text = layers.map(() => s.shown.map((m) => String(m.epoch)));
  return [{ ...template.data[0], x, z, text, colorscale: s.mapScale }];
}

export function scalarTraces(template, s) {
  const x = s.shown.map((m) => s.axis.place(m.epoch));
  return fill(template, s.hidden, (meta) => ({
    x,
    ...epochHover(s),
    ...onePoint(x),
    y: s.shown.map((m) =>
      meta.role === "gradient" ? (m.gradient_norm || [])[meta.column] ?? null : m.scalars[meta.name] ?? null,
    ),
  }));
}

// One point alone makes no line; a marker shows it.
const onePoint = (x) => ({ mode: x.length === 1 ? "lines+markers" : "lines", marker: { size: 8 }, cliponaxis: x.length > 1 });
const epochHover = (s) => ({ customdata: s.shown.map((m) => m.epoch) });

// A grid of 1/δ in even ratios is drawn on a logarithmic axis, one in even steps on a linear one.
// `place` takes a value to the axis, where Plotly counts decades, and `value` takes it back.
export function gridAxis(grid) {
  const n = grid.length;
  const step = (i) => Math.log(grid[i + 1] / grid[i]);
  const isLog = n > 2 && grid[0] > 0 && Math.abs(step(0) / step(n - 2) - 1) < 0.05; // they come rounded
  return isLog
    ? { isLog, place: Math.log10, value: (place) => 10 ** place }
    : { isLog, place: (value) => value, value: (place) => place };
}

// 1/δ at which a density curve is largest, also between the values of its grid.
export function peakOn(grid, values) {
  const axis = gridAxis(grid);
  return axis.value(peakOf(grid.map(axis.place), values));
}

// Where a curve is largest, between the places of its points (parabola through three of them).
export function peakOf(grid, values) {
  const i = values.indexOf(Math.max(...values));
  if (i <= 0 || i >= values.length - 1) return grid[i];
  const [a, b, c] = [values[i - 1], values[i], values[i + 1]];
  const shift = (0.5 * (a - c)) / (a - 2 * b + c);
  return grid[i] + (Number.isFinite(shift) ? shift : 0) * (grid[i + 1] - grid[i]);
}

export const ownMaximum = (values) => {
  const largest = Math.max(...values.filter(Number.isFinite));
  return largest > 0 ? largest : 1;
};

const last = (values) => {
  for (let i = values.length - 1; i >= 0; i--) if (Number.isFinite(values[i])) return i;
  return -1;
};

// Names at the right ends of lines, spread over `height` pixels that stand for `range`.
// Plotly takes the place of a note on a logarithmic axis as a logarithm.
export function endLabels(traces, look, height, { range, isLog }, isLogX) {
  const [low, high] = range;
  const perPixel = (high - low) / height;
  const onAxis = (value) => (isLog ? Math.log10(value) : value);
  const half = look.label / 2;
  const all = traces
    .filter((trace) => trace.name && trace.visible && last(trace.y) >= 0)
    .map((trace) => ({ trace, i: last(trace.y) }))
    .filter(({ trace, i }) => Number.isFinite(onAxis(trace.y[i])));
  const ends = named(all.length, look.label_gap, height - 2 * half).map((n) => all[n]);
  const wishes = ends.map(({ trace, i }) => (onAxis(trace.y[i]) - low) / perPixel);
  const places = spread(wishes, look.label_gap, half, height - half);
  return ends.map(({ trace, i }, n) => ({
    name: `end ${trace.name}`,
    text: trace.name,
    x: isLogX ? Math.log10(trace.x[i]) : trace.x[i],
    y: low + places[n] * perPixel,
    xanchor: "left",
    xshift: 7,
    showarrow: false,
    font: { size: look.label, color: trace.line.color },
  }));
}

// Range of a logarithmic axis in decades, in steps of a fifth, so that it moves rarely.
export function logRange(traces) {
  const values = traces.flatMap((trace) => (trace.visible ? trace.y : [])).filter((value) => value > 0);
  if (!values.length) return [-3, 0];
  const low = Math.floor(5 * Math.log10(Math.min(...values)) - 0.3) / 5;
  const high = Math.ceil(5 * Math.log10(Math.max(...values)) + 0.3) / 5;
  return [low, high];
}

// Ticks for that many decades.
export const logTicks = ([low, high]) => ({ dtick: high - low < 1.7 ? "D2" : Math.ceil((high - low) / 5) });

// Names above the peaks of the density curves, spread sideways: read from left to right they are
// the order of the layers by frequency.
export function peakLabels(traces, look, width, range, { place }) {
  const gap = 1.25 * look.label;
  const all = traces
    .filter((trace) => trace.meta.role === "line" && trace.visible && trace.y.length)
    .map((trace) => ({ trace, at: peakOf(trace.x.map(place), trace.y) }))
    .filter(({ at }) => at >= range[0] && at <= range[1]);
  const peaks = named(all.length, gap, width - look.label).map((n) => all[n]);
  const perPixel = (range[1] - range[0]) / width;
  const wishes = peaks.map(({ at }) => (at - range[0]) / perPixel);
  const places = spread(wishes, gap, look.label / 2, width - look.label / 2);
  return peaks.map(({ trace }, n) => ({
    name: `peak ${trace.name}`,
    text: trace.meta.layer === 0 ? "in" : String(trace.meta.layer),
    x: range[0] + places[n] * perPixel,
    y: 1,
    yref: "y domain",
    yanchor: "bottom",
    showarrow: false,
    font: { size: look.label, color: trace.line.color },
  }));
}

// How far along 1/δ anything happens: beyond it no hidden layer's density, at any epoch so far,
// is above a fiftieth of its maximum. It hardly moves after the first measurement. In places.
export function densityRange(measurements, grid, { place }) {
  let top = Math.min(4, grid.length - 1);
  for (const m of measurements) {
    for (const values of m.rdf.slice(1)) {
      const floor = ownMaximum(values) / 50;
      for (let k = grid.length - 1; k > top; k--) if (values[k] > floor) top = k;
    }
  }
  return [place(grid[0]), place(grid[top])];
}

export function verticalLine(x, color, dash = "dot") {
  return {
    type: "line",
    x0: x,
    x1: x,
    y0: 0,
    y1: 1,
    yref: "y domain",
    line: { color, width: 1.5, dash },
    layer: "below",
  };
}
