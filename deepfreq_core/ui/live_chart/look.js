// Colours of the page, from Streamlit's CSS variables, put into a figure's layout.

const clone = (value) => JSON.parse(JSON.stringify(value));

export function pageColors(node) {
  const style = getComputedStyle(node);
  const read = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
  const text = read("--st-text-color", "#25303b");
  const background = read("--st-background-color", "#ffffff");
  return {
    text,
    background,
    muted: mix(text, background, 0.32),
    grid: mix(text, background, 0.88),
    font: read("--st-font", "sans-serif"),
    isDark: luminance(background) < 0.4,
  };
}

// A template's layout in the page's colours. Its "nothing yet" line goes: the sentence above says why.
export function dress(template, colors, hasData) {
  const layout = clone(template.layout);
  layout.font = { ...layout.font, color: colors.muted, family: colors.font };
  for (const axis of [layout.xaxis, layout.yaxis]) {
    Object.assign(axis, { gridcolor: colors.grid, linecolor: colors.grid, spikecolor: colors.muted, spikethickness: 1 });
  }
  const font = { ...layout.hoverlabel?.font, color: colors.text, family: colors.font };
  layout.hoverlabel = { ...layout.hoverlabel, bgcolor: colors.background, bordercolor: colors.grid, font };
  layout.annotations = [];
  // A logarithmic axis without numbers would show decades of nothing.
  if (!hasData && layout.yaxis.type === "log") Object.assign(layout.yaxis, { showticklabels: false, showgrid: false });
  layout.shapes = [];
  return layout;
}

function channels(color) {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = color;
  const hex = probe.fillStyle;
  if (hex.startsWith("#")) return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  return hex.match(/[\d.]+/g).slice(0, 3).map(Number);
}

function mix(a, b, share) {
  const [x, y] = [channels(a), channels(b)];
  return `rgb(${x.map((value, i) => Math.round(value * (1 - share) + y[i] * share)).join(",")})`;
}

function luminance(color) {
  const [r, g, b] = channels(color).map((value) => value / 255);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
