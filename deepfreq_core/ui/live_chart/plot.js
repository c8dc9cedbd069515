// One Plotly chart that is only ever updated in place. The reader's zoom is kept here and handed
// back with every update; it ends with a double click or the "whole range" button. While the
// reader drags, updates wait.

let library = null;

export function loadPlotly(address) {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  library ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: address, onload: () => resolve(window.Plotly) });
    script.onerror = () => {
      library = null;
      reject(new Error("plotly.min.js did not load"));
    };
    document.head.append(script);
  });
  return library;
}

const CONFIG = { displayModeBar: false, responsive: false, showTips: false, doubleClick: false, scrollZoom: false };

export class Plot {
  constructor(Plotly, node, { onZoom, onClick }) {
    this.Plotly = Plotly;
    this.node = node;
    this.zoom = {};
    this.onZoom = onZoom;
    this.onClick = onClick;
  }

  get isBusy() {
    return Boolean(this.node._dragging);
  }

  get isZoomed() {
    return Object.keys(this.zoom).length > 0;
  }

  unzoom() {
    this.zoom = {};
    this.onZoom();
  }

  // Size of the plot area in pixels, after the first drawing.
  get area() {
    const size = this.node._fullLayout?._size;
    return size ? { left: size.l, right: size.r, width: size.w, height: size.h } : null;
  }

  // What an axis will show: the reader's zoom, else this, else what it showed last.
  range(axis, automatic) {
    return this.zoom[axis] ?? automatic ?? this.node._fullLayout?.[axis]?.range?.slice();
  }

  async draw(data, layout) {
    const { clientWidth: width, clientHeight: height } = this.node;
    if (!width || !height) return;
    const full = { ...layout, width, height, autosize: false };
    for (const axis of ["xaxis", "yaxis"]) {
      if (this.zoom[axis]) full[axis] = { ...full[axis], range: this.zoom[axis], autorange: false };
    }
    const before = this.area;
    await this.Plotly.react(this.node, data, full, CONFIG);
    // Labels were placed for the size before; where it changed, once more.
    const after = this.area;
    if (before?.height !== after.height || before?.width !== after.width) this.onZoom();
    if (!this.wired) this.wire();
  }

  wire() {
    this.wired = true;
    this.node.on("plotly_relayout", (change) => this.noteZoom(change));
    this.node.on("plotly_doubleclick", () => this.unzoom());
    this.node.on("plotly_click", (event) => this.onClick(event.points[0]));
  }

  noteZoom(change) {
    for (const axis of ["xaxis", "yaxis"]) {
      const low = change[`${axis}.range[0]`];
      const high = change[`${axis}.range[1]`];
      if (low !== undefined && high !== undefined) this.zoom[axis] = [low, high];
    }
    this.onZoom();
  }

  purge() {
    if (this.wired) this.Plotly.purge(this.node);
  }
}
