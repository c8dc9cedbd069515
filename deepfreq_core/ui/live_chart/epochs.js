// The epoch axis: linear, or logarithmic with epoch 0 (before training) in its own place at the
// left. Everything that has an epoch axis, the slider too, asks here.

const ZERO = 0.4; // where epoch 0 stands on the logarithmic axis

export function epochAxis(isLog, top) {
  if (!isLog) {
    return {
      range: [0, top],
      place: (epoch) => epoch,
      toSlider: (epoch) => epoch,
      fromSlider: (value) => value,
      layout: { type: "linear", tickformat: "d", ...(top <= 8 ? { dtick: 1 } : {}) },
    };
  }
  const place = (epoch) => Math.max(epoch, ZERO);
  const ticks = [ZERO];
  for (let decade = 1; decade <= top; decade *= 10) {
    for (const step of [1, 2, 5]) if (step * decade <= top) ticks.push(step * decade);
  }
  return {
    range: [Math.log10(ZERO), Math.log10(Math.max(top, 1))],
    place,
    toSlider: (epoch) => Math.log10(place(epoch)),
    fromSlider: (value) => (10 ** value < (ZERO + 1) / 2 ? 0 : 10 ** value),
    layout: {
      type: "log",
      hoverformat: ".0f", // epoch 0, which stands at ZERO, is called 0
      tickmode: "array",
      tickvals: ticks,
      ticktext: ticks.map((tick) => (tick === ZERO ? "0" : String(tick))),
    },
  };
}
