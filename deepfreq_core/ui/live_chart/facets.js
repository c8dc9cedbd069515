// Small charts of one figure, one for each value of a dim: squares side by side under their names,
// in as many rows as the width needs.

import { takenAs } from "./fills.js";

const SMALLEST = 100; // sides in pixels
const LARGEST = 230;
const GAP = 10;

export const facetDim = (figure) => figure.data.flatMap((template) => takenAs(template, "facet"))[0];

// n squares in a box so wide, with so much room for a name above each.
export function squares(n, width, head) {
  const most = Math.max(1, Math.floor((width + GAP) / (SMALLEST + GAP)));
  const rows = Math.max(1, Math.ceil(n / most));
  const columns = Math.max(1, Math.ceil(n / rows));
  const side = Math.min(LARGEST, Math.floor((width - 2 - GAP * (columns - 1)) / columns));
  const places = Array.from({ length: n }, (_, i) => ({
    left: 1 + (i % columns) * (side + GAP), // half of a frame's line lies outside of it
    top: head + Math.floor(i / columns) * (side + head),
  }));
  return { side, places, height: rows * (side + head) + 2 };
}

// The figure's axes once for each value, and every trace on those of its value. Sets the height that
// this takes; the name of the value at the dim's cursor is bold.
export function layOut(plot, dim, name, data, layout, chosen, { look, colors }) {
  const width = plot.node.clientWidth;
  const labels = dim.labels ?? [];
  const { side, places, height } = squares(labels.length, width, 1.7 * look.font);
  Object.assign(plot.node.style, { height: `${height}px`, minHeight: "0" });
  const { xaxis, yaxis } = layout;
  layout.margin = { l: 0, r: 0, t: 0, b: 0 };
  places.forEach(({ left, top }, i) => {
    const k = i ? i + 1 : "";
    layout[`xaxis${k}`] = { ...xaxis, domain: [left / width, (left + side) / width], anchor: `y${k}` };
    layout[`yaxis${k}`] = { ...yaxis, domain: [1 - (top + side) / height, 1 - top / height], anchor: `x${k}` };
    layout.annotations.push({
      ...{ name: `facet ${labels[i]}`, text: i === chosen ? `<b>${labels[i]}</b>` : labels[i], showarrow: false },
      ...{ xref: "paper", yref: "paper", x: left / width, y: 1 - top / height, xanchor: "left", yanchor: "bottom" },
      font: { size: look.font, color: i === chosen ? colors.text : colors.muted },
    });
  });
  for (const trace of data) {
    const i = trace.meta.each[name];
    Object.assign(trace, i ? { xaxis: `x${i + 1}`, yaxis: `y${i + 1}` } : {});
  }
}
