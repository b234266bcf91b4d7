// A line that breaks where a value is missing: the library's own goes on to the next one. One that `joins` does so within
// a day. A value alone is a dot.

export function brokenLines() {
  return () => new BrokenLine();
}

class BrokenLine {
  renderer() {
    return { draw: (target, priceToY) => target.useBitmapCoordinateSpace((scope) => this.drawIn(scope, priceToY)) };
  }

  update(data, options) {
    this.data = data;
    this.options = options;
  }

  priceValueBuilder(item) {
    return [item.value];
  }

  isWhitespace(item) {
    return item.value === undefined;
  }

  defaultOptions() {
    return { color: "#888888", lineWidth: 1.5, joins: false };
  }

  drawIn({ context: pen, horizontalPixelRatio: across, verticalPixelRatio: down }, priceToY) {
    const { bars, visibleRange, barSpacing, conflationFactor } = this.data ?? {};
    if (!bars?.length || !visibleRange || visibleRange.from >= visibleRange.to) return;
    // The library places the bars in view alone. Those beside it, to which the line goes on, keep the place where they
    // were last seen, so every place is reckoned from one in view.
    const seen = bars[visibleRange.from];
    const placeOf = (bar) => seen.x + (bar.time - seen.time) * barSpacing;
    const step = Math.max(1, conflationFactor ?? 1);
    const [first, end] = [Math.max(0, visibleRange.from - 1), Math.min(bars.length, visibleRange.to + 1)];
    pen.lineWidth = this.options.lineWidth * down;
    pen.lineJoin = "bevel";
    pen.strokeStyle = this.options.color;
    pen.fillStyle = this.options.color;
    const day = (bar) => bar.originalData.day;
    const areJoined = (one, next) => next.time - one.time <= step || (this.options.joins && day(one) === day(next));
    const dot = this.options.lineWidth * 0.9 * down;
    const alone = [];
    // Values that lie in one column of pixels are one upright stroke from the least to the greatest of them.
    let column = null;
    const finish = () => {
      if (column && column.least !== column.greatest) {
        pen.lineTo(column.x, column.least);
        pen.lineTo(column.x, column.greatest);
        pen.lineTo(column.x, column.last);
      }
    };
    pen.beginPath();
    for (let at = first; at < end; at += 1) {
      const value = priceToY(bars[at].originalData.value);
      if (value === null) continue;
      const [x, y] = [Math.round(placeOf(bars[at]) * across), value * down];
      const goesOn = at > first && areJoined(bars[at - 1], bars[at]);
      if (goesOn && column?.x === x) {
        column.least = Math.min(column.least, y);
        column.greatest = Math.max(column.greatest, y);
        column.last = y;
        continue;
      }
      finish();
      column = { x, least: y, greatest: y, last: y };
      if (goesOn) pen.lineTo(x, y);
      else pen.moveTo(x, y);
      const isFollowed = at + 1 < bars.length && areJoined(bars[at], bars[at + 1]);
      if (!goesOn && !isFollowed) alone.push([x, y]);
    }
    finish();
    pen.stroke();
    for (const [x, y] of alone) pen.fillRect(x - dot, y - dot, 2 * dot, 2 * dot);
  }
}
