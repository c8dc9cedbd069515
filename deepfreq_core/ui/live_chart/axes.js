// Axes: the clock's, linear or logarithmic, with what was before the start in its own place at the
// left; and those along other dims. Everything that has such an axis, the slider too, asks here.

import { coordinates } from "./fills.js";

const ZERO = 0.4; // where 0 stands on the logarithmic axis, in units of the first value after it
const TICK = new Intl.NumberFormat("en", { maximumSignificantDigits: 3, useGrouping: false });

export function clockAxis(clock, isLog, top, first) {
  if (!isLog) {
    const same = (value) => value;
    return {
      ...{ range: [0, top], place: same, toSlider: same, fromSlider: same },
      layout: { type: "linear", ...(clock.is_whole ? { tickformat: "d" } : {}), ...(clock.is_whole && top <= 8 ? { dtick: 1 } : {}) },
    };
  }
  const unit = clock.is_whole && clock.can_start_at_0 ? 1 : first;
  const zero = clock.can_start_at_0 ? ZERO * unit : unit;
  const place = (value) => Math.max(value, zero);
  const ticks = clock.can_start_at_0 ? [zero] : [];
  const most = top / unit < 1e3 ? [1, 2, 5] : [1]; // beyond three decades there is room for tens only
  for (let power = Math.floor(Math.log10(unit)); 10 ** power <= top; power++) {
    ticks.push(...most.map((step) => Number(`${step}e${power}`)).filter((tick) => tick >= unit && tick <= top));
  }
  return {
    range: [Math.log10(zero), Math.log10(Math.max(top, unit, 2 * zero))],
    place,
    toSlider: (value) => Math.log10(place(value)),
    fromSlider: (value) => (10 ** value < (zero + unit) / 2 ? 0 : 10 ** value),
    layout: {
      type: "log",
      ...(clock.is_whole ? { hoverformat: ".0f" } : {}), // 0, which stands at ZERO, is called 0
      tickmode: "array",
      tickangle: 0,
      tickvals: ticks,
      ticktext: ticks.map((tick) => (tick < unit ? "0" : TICK.format(tick))),
    },
  };
}

// Texts of a logarithmic clock's ticks for a chart that is so wide: without those that would touch.
export function thinned({ tickvals, ticktext }, [low, high], width, font) {
  let end = -Infinity;
  return ticktext.map((text, i) => {
    const middle = ((Math.log10(tickvals[i]) - low) / (high - low)) * width;
    const half = 0.25 * font * text.length;
    if (middle - half < end + 2) return "";
    end = middle + half;
    return text;
  });
}

// Layout of an axis along a dim: a grid in even ratios on a logarithmic one, names in their places.
export function dimAxis(dim, room) {
  if (!dim?.labels) return {};
  if (dim.values) return dim.is_log ? { type: "log" } : {};
  const every = Math.max(1, Math.ceil(dim.labels.length / room));
  const ticks = coordinates(dim).filter((i) => i % every === 0);
  return { tickmode: "array", tickvals: ticks, ticktext: ticks.map((i) => dim.short[i]) };
}

// Range of a logarithmic axis in decades, in steps of a fifth, so that it moves rarely.
export function decadesOf(traces) {
  const values = traces.flatMap((trace) => (trace.visible ? trace.y : [])).filter((value) => value > 0);
  if (!values.length) return [-3, 0];
  const low = Math.floor(5 * Math.log10(Math.min(...values)) - 0.3) / 5;
  const high = Math.ceil(5 * Math.log10(Math.max(...values)) + 0.3) / 5;
  return [low, high];
}

// Ticks for that many decades.
export const decadeTicks = ([low, high]) => ({ dtick: high - low < 1.7 ? "D2" : Math.ceil((high - low) / 5) });
