// Numbers into figures that Python made without points: the one place that reads a trace's fill
// (deepfreq_core/schema/fills.py says what a fill may hold). It reduces nothing and knows no array.
//
// A moment is {run, shown, current, at, place, hidden}: the run's clock, dims and what never
// changes; the measurements shown, and the one at the head; the index of each cursor by dim; the
// clock's place on its axis; labels that are hidden, by dim.

const take = (list, i) => list?.[i < 0 ? list.length + i : i] ?? null;

// What one channel takes: nested lists along its dims taken as "all", in the array's order.
export function channel(fill, moment, each = {}, from = {}) {
  const [[name, how]] = Object.entries(fill);
  const { run, shown, current, at, place } = moment;
  const { clock } = run;
  const pick = (value, dims) => {
    if (!dims.length || value === null || value === undefined) return value ?? null;
    const [dim, ...rest] = dims;
    if (how[dim] === "all") return value.slice(from[dim] ?? 0).map((inner) => pick(inner, rest));
    const i = how[dim] === "each" || how[dim] === "facet" ? each[dim] : how[dim] === "at" ? at[dim] : how[dim];
    return pick(take(value, i), rest);
  };
  const dims = Object.keys(how).filter((dim) => dim !== clock.name);
  if (name in run.dims) return pick(coordinates(run.dims[name]), [name]);
  if (!(clock.name in how)) return pick(run.fixed[name], run.orders[name] ?? dims);
  const read = (m) => {
    if (name === clock.name) return place(m[name]);
    return pick(m.scalars[name] ?? m[name], run.orders[name] ?? []);
  };
  if (how[clock.name] === "all") return shown.map(read);
  const m = how[clock.name] === "at" ? current : take(shown, how[clock.name]);
  return m ? read(m) : null;
}

// Where the values of a dim stand on an axis: numbers at themselves, names at 0, 1, 2, …; none are
// known before the first measurement told them.
export const coordinates = (dim) => dim.values ?? dim.labels?.map((_, i) => i) ?? [];

// The traces of a figure for one moment; none for the values of a dim that are not known yet.
export function traces(figure, moment, isDark) {
  return figure.data.flatMap((template) => {
    const { fill, from = {}, own_max: isScaled, dark } = template.meta;
    return combinations(takenAs(template, "each", "facet"), moment.run.dims, from).map((each) => {
      const found = Object.fromEntries(
        Object.entries(fill).map(([name, part]) => [name, channel(part, moment, each, from)]),
      );
      if (isScaled) divide(found);
      return { ...template, ...(isDark ? dark : {}), ...look(template, each, moment), ...drawn(found, template, moment) };
    });
  });
}

// Dims that a template takes in one of these ways.
export const takenAs = ({ meta: { fill } }, ...hows) => [
  ...new Set(
    Object.values(fill).flatMap((part) =>
      Object.values(part).flatMap((how) => Object.keys(how).filter((dim) => hows.includes(how[dim]))),
    ),
  ),
];

function combinations(names, dims, from) {
  return names.reduce(
    (found, name) => {
      const indices = (dims[name].labels ?? []).map((_, i) => i).slice(from[name] ?? 0);
      return found.flatMap((each) => indices.map((i) => ({ ...each, [name]: i })));
    },
    [{}],
  );
}

// Name, colour and visibility of one trace of a family; the reference of a dim is dashed.
function look(template, each, { run, hidden }) {
  const names = Object.keys(each);
  if (!names.length) return { visible: true };
  const { line, meta } = template;
  const labels = names.map((name) => run.dims[name].labels[each[name]]);
  const short = names.map((name) => run.dims[name].short[each[name]]);
  const [dim] = names.map((name) => ({ ...run.dims[name], i: each[name] })).filter((d) => d.colors);
  const color = dim?.colors[dim.i] ?? line?.color;
  const isReference = dim && dim.reference === dim.i;
  return {
    name: labels.join(", "),
    meta: { ...meta, each, short: short.join(", "), isReference },
    visible: !names.some((name) => hidden[name]?.has(run.dims[name].labels[each[name]])),
    ...(line ? { line: { ...line, color, ...(isReference ? { dash: "dash", width: 0.75 * line.width } : {}) } } : {}),
    ...(template.fill ? { fillcolor: translucent(color) } : {}),
  };
}

function drawn(found, template, { shown, run }) {
  const { x, y, low, high, ...more } = found;
  if (template.meta.fill.low) return band(x, low, high);
  if (template.meta.fill.color) return dots(found, template, run);
  const times = run.clock.name in template.meta.fill.x ? shown.map((m) => m[run.clock.name]) : null;
  if (template.type === "heatmap") {
    const z = asRows(found.z, template.meta.fill, run);
    const [[dim]] = Object.values(template.meta.fill.y).map(Object.keys);
    const names = run.dims[dim]?.labels?.slice(template.meta.from?.[dim] ?? 0); // told to a pointer
    return { ...found, z, ...(names ? { text: z.map((row, i) => row.map(() => names[i])) } : {}), ...(times ? { customdata: z.map(() => times) } : {}) };
  }
  const isAlone = x?.length === 1; // one point makes no line: a marker shows it
  return {
    x: x ?? [],
    y: y ?? [],
    ...more,
    ...(times ? { customdata: times, cliponaxis: !isAlone } : {}),
    ...(template.mode ? {} : { mode: isAlone ? "lines+markers" : "lines", marker: { size: 8 } }),
  };
}

// Dots in the colours of numbers; none where these were not measured.
function dots({ x, y, color, ...more }, { marker, meta }, run) {
  if (!x || !color) return { x: [], y: [], marker: { ...marker, showscale: false } };
  const names = run.dims[meta.named]?.labels;
  if (!names) return { x, y, ...more, marker: { ...marker, color } };
  const bar = { ...marker.colorbar, tickmode: "array", tickvals: names.map((_, i) => i), ticktext: names };
  return { x, y, ...more, text: color.map((value) => names[Math.floor(value)]), marker: { ...marker, color, colorbar: bar } };
}

const band = (x, low, high) =>
  x && low?.some(Number.isFinite)
    ? { x: [...x, ...[...x].reverse()], y: [...high, ...[...low].reverse()] }
    : { x: [], y: [] };

// Rows of a map are its y values: an array whose first dim runs along x is turned.
function asRows(z, { z: part, y }, run) {
  const [[name, how]] = Object.entries(part);
  const [rows] = [run.clock.name, ...(run.orders[name] ?? [])].filter((dim) => how[dim] === "all");
  const isRows = Object.values(y)[0]?.[rows] === "all";
  return isRows || !z?.length ? (z ?? []) : z[0].map((_, i) => z.map((row) => row[i]));
}

// A line and its band by the line's largest value, where that is positive.
function divide(found) {
  const top = Math.max(...(found.y ?? []).filter(Number.isFinite));
  if (top > 0) for (const name of ["y", "low", "high"]) found[name] &&= found[name].map((v) => (v === null ? v : v / top));
}

const translucent = (color) => (/^#.{6}$/.test(color ?? "") ? `${color}2e` : color);
