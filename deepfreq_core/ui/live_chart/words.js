// The sentence above the charts. The rule is that of figures/words.py; numbers and sentences come
// from there as data (`rule`, `words`), and a browser test compares the two on many cases.

export function orderOf(ratios, errors, rule) {
  const n = ratios.length;
  if (n < 2 || ratios.some((ratio) => !Number.isFinite(ratio))) return "flat";
  let total = 0;
  let untied = 0;
  for (let deep = 1; deep < n; deep++) {
    for (let shallow = 0; shallow < deep; shallow++) {
      const both = errors ? 2 * Math.hypot(errors[deep], errors[shallow]) : 0;
      const difference = ratios[deep] - ratios[shallow];
      if (Math.abs(difference) > Math.max(rule.tie, both)) {
        untied += 1;
        total += difference > 0 ? 1 : -1;
      }
    }
  }
  const pairs = (n * (n - 1)) / 2;
  if (2 * untied < pairs) return "flat";
  const tau = total / pairs;
  if (tau >= rule.clear) return "rising";
  return tau <= -rule.clear ? "falling" : "mixed";
}

// What training losses say, as in analysis/learning.py: null is not finite, undefined not measured.
export function learningOf(before, now, mean, rule) {
  if (now === undefined) return "learned";
  const known = [before, mean].filter(Number.isFinite);
  if (!Number.isFinite(now) || (known.length && now > rule.far * Math.max(...known))) return "diverged";
  if (Number.isFinite(mean)) return now >= rule.better * mean ? "nothing" : "learned";
  return known.length && now >= known[0] ? "nothing" : "learned";
}

// before, now: {ratios, errors} of hidden layers 1…L, or null where there is none; names: theirs.
export function sentenceOf(before, now, names, learning, rule, words) {
  if (!before) return words.nothing;
  if (learning !== "learned") return words.learning[learning];
  if (before.ratios.length < 2) return words.one_layer;
  const first = orderOf(before.ratios, before.errors, rule);
  if (!now) return words.start[first];
  const template = words.now[`${first}>${orderOf(now.ratios, now.errors, rule)}`];
  const lowest = names[now.ratios.indexOf(Math.max(...now.ratios))];
  const highest = names[now.ratios.indexOf(Math.min(...now.ratios))];
  return template.replace("{lowest}", () => lowest).replace("{highest}", () => highest);
}
