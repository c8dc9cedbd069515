// What Streamlit calls: once when the component appears, and again after every change of its data
// or of the theme. One view lives in one element; only the newest call's clean-up closes it.

import { LiveView } from "./view.js";

const views = new WeakMap();

export default function live({ data, parentElement, setTriggerValue }) {
  let entry = views.get(parentElement);
  if (entry && !entry.view.closed) entry.view.update(data, setTriggerValue);
  else {
    entry = { view: new LiveView(parentElement, data, setTriggerValue), calls: 0 };
    views.set(parentElement, entry);
  }
  const call = ++entry.calls;
  return () => call === entry.calls && entry.view.close();
}
