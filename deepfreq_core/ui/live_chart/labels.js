// Which labels are written, and pushed apart so that none covers another: as in figures/labels.py.

export function spread(positions, wantedGap, low, high) {
  const n = positions.length;
  if (n === 0) return [];
  const gap = Math.min(wantedGap, (high - low) / Math.max(n - 1, 1));
  const order = positions.map((_, i) => i).sort((a, b) => positions[a] - positions[b]);
  const blocks = [];
  for (const i of order) {
    blocks.push([positions[i], 1]);
    while (blocks.length > 1) {
      const [a, nA] = blocks[blocks.length - 2];
      const [b, nB] = blocks[blocks.length - 1];
      if (b - a >= (gap * (nA + nB)) / 2) break;
      blocks.splice(-2, 2, [(a * nA + b * nB) / (nA + nB), nA + nB]);
    }
  }
  const placed = [];
  for (const [middle, size] of blocks) {
    const first = middle - (gap * (size - 1)) / 2;
    for (let i = 0; i < size; i++) placed.push(first + gap * i);
  }
  for (let i = 0; i < n; i++) placed[i] = Math.max(placed[i], low + gap * i);
  for (let i = n - 1; i >= 0; i--) placed[i] = Math.min(placed[i], high - gap * (n - 1 - i));
  const result = new Array(n);
  order.forEach((i, place) => (result[i] = placed[place]));
  return result;
}

// All of n labels, or the first, the last and as many between, evenly, as there is room for.
export function named(n, gap, room) {
  const most = Math.max(2, Math.floor(room / gap) + 1);
  if (n <= most) return Array.from({ length: n }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.floor((i * (n - 1)) / (most - 1) + 0.5));
}
