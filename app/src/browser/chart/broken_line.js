// A line that breaks where a value is missing: the library's own goes on to the next one. A value alone is a dot.

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
    return { color: "#888888", lineWidth: 1.5 };
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
    const dot = this.options.lineWidth * 0.9 * down;
    pen.beginPath();
    const alone = [];
    for (let at = first; at < end; at += 1) {
      const { x, time, originalData } = bars[at];
      const y = priceToY(originalData.value);
      if (y === null) continue;
      const goesOn = at > first && time - bars[at - 1].time <= step;
      if (goesOn) pen.lineTo(x * across, y * down);
      else pen.moveTo(x * across, y * down);
      const isFollowed = at + 1 < bars.length && bars[at + 1].time - time <= step;
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
