// The rectangle between two points that are measured. What lies between them is reckoned and told by Rust.

export function ruler() {
  return new Ruler();
}

class Ruler {
  constructor() {
    this.from = this.to = this.moving = null;
    this.colours = null;
    const drawIn = (target) => target.useMediaCoordinateSpace((scope) => this.drawIn(scope));
    this.views = [{ zOrder: () => "top", renderer: () => ({ draw: drawIn }) }];
  }

  attached({ chart, series, requestUpdate }) {
    Object.assign(this, { chart, series, requestUpdate });
  }

  paneViews() {
    return this.views;
  }

  /** A point is `{ at, price }`: a bar and a price. */
  show(from, to) {
    this.from = from;
    this.to = to;
    this.moving = null;
    this.requestUpdate?.();
  }

  /** Where the second point would be. */
  towards(point) {
    this.moving = point;
    this.requestUpdate?.();
  }

  paint(colours) {
    this.colours = colours;
    this.requestUpdate?.();
  }

  drawIn({ context: pen }) {
    const end = this.to ?? this.moving;
    if (!this.from || !this.colours) return;
    const scale = this.chart.timeScale();
    const place = ({ at, price }) => [scale.logicalToCoordinate(at), this.series.priceToCoordinate(price)];
    const [x, y] = place(this.from);
    if (x === null || y === null) return;
    pen.strokeStyle = this.colours.measure;
    pen.fillStyle = this.colours.measure;
    const dot = (atX, atY) => {
      pen.beginPath();
      pen.arc(atX, atY, 3, 0, 2 * Math.PI);
      pen.fill();
    };
    dot(x, y);
    if (!end) return;
    const [endX, endY] = place(end);
    if (endX === null || endY === null) return;
    pen.fillStyle = this.colours.measureSoft;
    pen.fillRect(Math.min(x, endX), Math.min(y, endY), Math.abs(endX - x), Math.abs(endY - y));
    pen.beginPath();
    pen.moveTo(x, y);
    pen.lineTo(endX, endY);
    pen.stroke();
    pen.fillStyle = this.colours.measure;
    dot(endX, endY);
  }
}
