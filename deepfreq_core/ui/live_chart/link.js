// Where cursors stand is kept in the address behind #, by value, which the server never sees: no
// rerun comes of it. `#layers.inverse_delta=0.28`; the older `#inverse-delta=0.28` is still read.

const keyOf = (dim) => dim.replace("/", ".");

// The value that the link gives a dim, where its values reach that far; else null.
export function linked(dim, values) {
  const hash = new URLSearchParams(location.hash.slice(1));
  const older = dim.split("/").pop().replaceAll("_", "-");
  const text = hash.get(keyOf(dim)) ?? hash.get(older);
  if (text === null) return null;
  if (typeof values[0] === "string") return values.includes(text) ? text : null;
  const value = parseFloat(text);
  return value >= values[0] && value <= 1.001 * values[values.length - 1] ? value : null;
}

export function linkTo(dim, value) {
  if (value === undefined) return;
  const hash = new URLSearchParams(location.hash.slice(1));
  hash.delete(dim.split("/").pop().replaceAll("_", "-"));
  hash.set(keyOf(dim), typeof value === "number" ? String(Number(value.toPrecision(4))) : value);
  history.replaceState(history.state, "", `#${hash}`);
}
