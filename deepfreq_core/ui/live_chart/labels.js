// Names at the ends of lines and above peaks: which are written, and pushed apart so that none
// covers another.

import { channel } from "./fills.js";

const last = (values) => values.findLastIndex(Number.isFinite);

const note = (name, trace, text, look, more) => ({
  name: `${name} ${trace.name}`,
  text,
  showarrow: false,
  font: { size: look.label, color: trace.line.color },
  ...more,
});

// Names at the right ends of lines, spread over `height` pixels that stand for `range`.
// Plotly takes the place of a note on a logarithmic axis as a logarithm.
export function endLabels(traces, look, height, { range, isLog }, isLogX) {
  const [low, high] = range;
  const perPixel = (high - low) / height;
  const onAxis = (value) => (isLog ? Math.log10(value) : value);
  const half = look.label / 2;
  const all = traces
    .filter((trace) => trace.name && trace.visible && trace.line && !trace.fill)
    .map((trace) => ({ trace, i: last(trace.y) }))
    .filter(({ trace, i }) => i >= 0 && Number.isFinite(onAxis(trace.y[i])));
  const ends = named(all.length, look.label_gap, height - 2 * half).map((n) => all[n]);
  const wishes = ends.map(({ trace, i }) => (onAxis(trace.y[i]) - low) / perPixel);
  const places = spread(wishes, look.label_gap, half, height - half);
  return ends.map(({ trace, i }, n) =>
    note("end", trace, trace.name, look, {
      ...{ x: isLogX ? Math.log10(trace.x[i]) : trace.x[i], y: low + places[n] * perPixel },
      ...{ xanchor: "left", xshift: 7 },
    }),
  );
}

// Short names above the places that `fill` gives for each line, spread sideways: read from left to
// right they are the order of the lines along the axis.
export function peakLabels(traces, fill, moment, look, width, range, isLog) {
  const gap = 1.25 * look.label;
  const all = traces
    .filter((trace) => trace.visible && !trace.fill && trace.y.length)
    .map((trace) => ({ trace, value: channel(fill, moment, trace.meta.each) ?? NaN })) // null is no place
    .map(({ trace, value }) => ({ trace, at: isLog ? Math.log10(value) : value }))
    .filter(({ at }) => at >= range[0] && at <= range[1]);
  const peaks = named(all.length, gap, width - look.label).map((n) => all[n]);
  const perPixel = (range[1] - range[0]) / width;
  const wishes = peaks.map(({ at }) => (at - range[0]) / perPixel);
  const places = spread(wishes, gap, look.label / 2, width - look.label / 2);
  return peaks.map(({ trace }, n) =>
    note("peak", trace, trace.meta.short, look, {
      ...{ x: range[0] + places[n] * perPixel, y: 1 },
      ...{ yref: "y domain", yanchor: "bottom" },
    }),
  );
}

// Positions moved as little as needed to lie `wantedGap` apart between `low` and `high`, order
// kept; where there is no room for all at this gap, it shrinks.
export function spread(positions, wantedGap, low, high) {
  const n = positions.length;
  const gap = Math.min(wantedGap, (high - low) / Math.max(n - 1, 1));
  const order = positions.map((_, i) => i).sort((a, b) => positions[a] - positions[b]);
  const blocks = []; // neighbours that are too close share one, at the mean of their wishes
  for (const i of order) {
    blocks.push([positions[i], 1]);
    while (blocks.length > 1) {
      const [a, nA] = blocks[blocks.length - 2];
      const [b, nB] = blocks[blocks.length - 1];
      if (b - a >= (gap * (nA + nB)) / 2) break;
      blocks.splice(-2, 2, [(a * nA + b * nB) / (nA + nB), nA + nB]);
    }
  }
  const placed = blocks.flatMap(([middle, size]) => Array.from({ length: size }, (_, i) => middle + gap * (i - (size - 1) / 2)));
  for (let i = 0; i < n; i++) placed[i] = Math.max(placed[i], low + gap * i);
  for (let i = n - 1; i >= 0; i--) placed[i] = Math.min(placed[i], high - gap * (n - 1 - i));
  const result = new Array(n);
  order.forEach((i, place) => (result[i] = placed[place]));
  return result;
}

// All of n labels, or the first, the last and as many between, evenly, as there is room for.
export function named(n, gap, room) {
  const length = Math.min(n, Math.max(2, Math.floor(room / gap) + 1));
  return Array.from({ length }, (_, i) => Math.floor((i * (n - 1)) / Math.max(1, length - 1) + 0.5));
}
