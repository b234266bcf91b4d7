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
    const { bars, visibleRange, conflationFactor } = this.data ?? {};
    if (!bars?.length || !visibleRange) return;
    const step = Math.max(1, conflationFactor ?? 1);
    const [first, end] = [Math.max(0, visibleRange.from - 1), Math.min(bars.length, visibleRange.to + 1)];
    pen.lineWidth = this.options.lineWidth * down;
    pen.lineJoin = "round";
    pen.strokeStyle = this.options.color;
    pen.fillStyle = this.options.color;
    const day = (bar) => bar.originalData.day;
    const areJoined = (one, next) => next.time - one.time <= step || (this.options.joins && day(one) === day(next));
    const dot = this.options.lineWidth * 0.9 * down;
    pen.beginPath();
    const alone = [];
    for (let at = first; at < end; at += 1) {
      const { x, originalData } = bars[at];
      const y = priceToY(originalData.value);
      if (y === null) continue;
      const goesOn = at > first && areJoined(bars[at - 1], bars[at]);
      if (goesOn) pen.lineTo(x * across, y * down);
      else pen.moveTo(x * across, y * down);
      const isFollowed = at + 1 < bars.length && areJoined(bars[at], bars[at + 1]);
      if (!goesOn && !isFollowed) alone.push([x * across, y * down]);
    }
    pen.stroke();
    pen.beginPath();
    for (const [x, y] of alone) {
      pen.moveTo(x + dot, y);
      pen.arc(x, y, dot, 0, 2 * Math.PI);
    }
    pen.fill();
  }
}
