// What days on the axis of time are: the expiry, a special session, a holiday that lies before a bar, contracts that
// were renewed, days without a row. A line or a band through the prices, with its words above the axis; words that would
// lie upon others are left out until there is room.

export function axisMarks() {
  return new AxisMarks();
}

/** Between two words, and beside a line. */
const GAP_PIXELS = 4;
/** Days without a row are a band, from the first bar of their room to the last. */
const BANDS = new Set(["not_collected", "no_trade"]);

class AxisMarks {
  constructor() {
    this.marks = [];
    this.colours = null;
    const drawIn = (target) => target.useMediaCoordinateSpace((scope) => this.drawIn(scope));
    this.views = [{ zOrder: () => "bottom", renderer: () => ({ draw: drawIn }) }];
  }

  attached({ chart, requestUpdate }) {
    this.chart = chart;
    this.requestUpdate = requestUpdate;
  }

  paneViews() {
    return this.views;
  }

  show(marks) {
    this.marks = marks;
    this.requestUpdate?.();
  }

  paint(colours) {
    this.colours = colours;
    this.requestUpdate?.();
  }

  drawIn({ context: pen, mediaSize: { width, height } }) {
    if (!this.colours || this.marks.length === 0) return;
    const { colours } = this;
    const scale = this.chart.timeScale();
    const half = scale.options().barSpacing / 2;
    pen.font = `11px ${colours.font}`;
    pen.textBaseline = "alphabetic";
    let free = 0;
    for (const { kind, from, to, text } of this.marks) {
      const left = scale.logicalToCoordinate(from) - half;
      const isBand = BANDS.has(kind);
      const right = isBand ? scale.logicalToCoordinate(to) + half : left;
      if (right < 0 || left > width) continue;
      if (isBand) {
        pen.fillStyle = colours.soft;
        pen.fillRect(left, 0, Math.max(1, right - left), height);
      } else {
        pen.strokeStyle = kind === "expiry" ? colours.measure : colours.muted;
        pen.setLineDash(kind === "expiry" ? [] : [2, 4]);
        pen.beginPath();
        pen.moveTo(Math.round(left) + 0.5, 0);
        pen.lineTo(Math.round(left) + 0.5, height);
        pen.stroke();
        pen.setLineDash([]);
      }
      const long = pen.measureText(text).width;
      const [before, after] = [left - GAP_PIXELS - long, Math.max(left, 0) + GAP_PIXELS];
      // A holiday lies before its bar, and leaves the room behind it to what begins there.
      const isBefore = kind === "closed" ? before >= free : after + long > width;
      const x = isBefore ? before : after;
      if (x < free) continue;
      pen.fillStyle = kind === "expiry" ? colours.measure : colours.muted;
      pen.fillText(text, x, height - 6);
      free = x + long + GAP_PIXELS * 2;
    }
  }
}
