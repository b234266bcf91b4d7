// Hands columns to TradingView's Lightweight Charts and passes back what a person does with them. It knows no data
// source and formats no text for the page; that is Rust's. A picture is told part by part: `begin`, its candles, its
// lines, bars and marks, then `draw`.
//
// Times arrive shifted to IST, because the library draws epoch seconds as if they were UTC.

import { compact, fixed, followTheme, reader } from "./parts.js";

/** Bars on the screen at first, where there are many: less than a session of minutes. */
const BARS_AT_FIRST = 240;
/** Up to this many bars are all shown at first. */
const BARS_SHOWN_WHOLE = 400;
/** A tail that moves by no more than so many ticks is flat: an option that will expire worthless. */
const FLAT_TICKS = 4;
/** Empty bars kept free on the right. */
const MARGIN_BARS = 4;
/** So long after the last move the chart says where it stands. */
const REST_MS = 350;
const DAY_SECONDS = 86_400;
/** A point that is measured from catches a price of its bar so many pixels away. */
const CATCH_PIXELS = 8;

/**
 * Loads the library and draws an empty chart into the element. `told` gets what happens, by its name: `hover` with
 * the bar under the crosshair or -1, `seen` with the times that are seen, `moved` with them after a person moved them,
 * `measure` with both points as bar and price, or nothing.
 */
export async function openChart(element, address, numbers, marks, ruler, brokenLine, told) {
  const library = await import(address);
  return new Chart(library, element, numbers, { marks, ruler, brokenLine }, told);
}

class Chart {
  constructor(library, element, numbers, tools, told) {
    Object.assign(this, { library, element, tools, told });
    this.formats = formatsOf(numbers);
    /** What is shown, and the series of its parts. */
    this.picture = null;
    this.series = [];
    this.names = [];
    /** The moment or the range that is to be looked at, until it was. */
    this.wanted = null;
    this.hovered = -1;
    this.measuring = false;
    this.base = null;
    this.colours = readColours(element);
    this.chart = library.createChart(element, { ...chartOptions(this.colours), autoSize: true });
    this.candles = this.chart.addSeries(library.CandlestickSeries, {}, 0);
    this.candles.priceScale().applyOptions({ scaleMargins: { top: 0.06, bottom: 0.06 } });
    this.candles.attachPrimitive(tools.marks);
    this.candles.attachPrimitive(tools.ruler);
    this.chart.subscribeCrosshairMove((at) => this.hover(at));
    element.addEventListener("mouseleave", () => this.leave());
    this.chart.subscribeClick((at) => this.click(at));
    this.chart.timeScale().subscribeVisibleLogicalRangeChange(() => this.moved());
    for (const touch of ["wheel", "pointerdown", "touchstart"]) {
      element.addEventListener(touch, () => (this.touched = true), { passive: true, capture: true });
    }
    this.paint();
    this.stopFollowing = followTheme(() => {
      this.colours = readColours(this.element);
      this.paint();
    });
  }

  // The picture, part by part.

  begin(daily, tick, time) {
    this.next = { daily, tick, time, prices: null, parts: [], marks: [], indexed: false };
  }

  prices(open, high, low, close) {
    this.next.prices = { open, high, low, close };
  }

  /**
   * A line in the pane of a name. `price` is that of the candles; `left` too, with an axis of its own. `apart`: where
   * prices are indexed, it has its own base and not that of the candles.
   */
  line(pane, title, unit, shade, apart, values) {
    this.next.parts.push({ kind: "line", pane, title, unit, shade, apart, values });
  }

  bars(pane, title, unit, values) {
    this.next.parts.push({ kind: "bars", pane, title, unit, values });
  }

  /** From one bar to another, in words that stand above the axis of time. */
  mark(kind, from, to, text) {
    this.next.marks.push({ kind, from, to, text });
  }

  /** Shows what was told. The visible range stays where its times are shown again. */
  draw(indexed) {
    const scale = this.chart.timeScale();
    const range = this.picture?.time.length ? scale.getVisibleRange() : null;
    const shape = ({ parts }) => parts.map((part) => [part.kind, part.pane, part.title, part.unit, part.shade].join()).join("\n");
    const isOther = !this.picture || shape(this.picture) !== shape(this.next);
    const isMoved = !this.picture || !sameTimes(this.picture.time, this.next.time);
    this.picture = { ...this.next, indexed };
    if (isOther) this.arrange();
    const { daily, tick, marks } = this.picture;
    scale.applyOptions({ timeVisible: !daily });
    this.candles.applyOptions({
      priceFormat: { type: "custom", formatter: this.formats.rupees, minMove: tick },
      autoscaleInfoProvider: (original) => roomForPrices(original(), tick),
    });
    this.base = indexed ? this.baseFrom(0) : null;
    if (isMoved) this.hovered = -1;
    this.fill();
    this.tools.marks.show(marks);
    if (isMoved) this.measureNothing();
    if (isMoved || this.wanted !== null) this.place(range);
  }

  /** A series for each part, each pane with its name. */
  arrange() {
    for (const series of this.series) this.chart.removeSeries(series);
    const panes = new Map([["price", 0], ["left", 0]]);
    const { HistogramSeries, createTextWatermark } = this.library;
    this.names = [];
    this.series = this.picture.parts.map((part) => {
      const isNew = !panes.has(part.pane);
      if (isNew) panes.set(part.pane, new Set(panes.values()).size);
      const at = panes.get(part.pane);
      const options = {
        priceFormat: { type: "custom", formatter: this.formats[part.unit] ?? this.formats.rupees, minMove: MOVES[part.unit] ?? 0.01 },
        priceScaleId: part.pane === "left" ? "left" : "right",
        priceLineVisible: false,
        lastValueVisible: false,
      };
      const series = part.kind === "bars"
        ? this.chart.addSeries(HistogramSeries, options, at)
        : this.chart.addCustomSeries(this.tools.brokenLine(), { ...options, joins: isJoined(part) }, at);
      if (at > 0) {
        series.priceScale().applyOptions({ scaleMargins: { top: 0.24, bottom: part.kind === "bars" ? 0 : 0.08 } });
        if (isNew) {
          const mark = createTextWatermark(this.chart.panes()[at], paneName(part.title, this.colours));
          this.names.push({ name: part.title, mark });
        }
      }
      return series;
    });
    const shown = this.chart.panes();
    shown.forEach((pane, at) => pane.setStretchFactor(at === 0 ? 4 + shown.length : 2));
    this.chart.applyOptions({ leftPriceScale: { visible: this.picture.parts.some((part) => part.pane === "left") } });
    this.paintParts();
  }

  fill() {
    const { time, prices, parts } = this.picture;
    const scaleOf = (place) => (this.base ? 100 / this.base[place] : 1);
    this.candles.setData(this.candleItems(scaleOf(0)));
    parts.forEach((part, place) => {
      const isPrice = part.pane === "price";
      const factor = isPrice ? scaleOf(part.apart ? place + 1 : 0) : 1;
      const items = new Array(time.length);
      for (let at = 0; at < time.length; at += 1) {
        const value = part.values[at];
        items[at] = Number.isNaN(value)
          ? { time: time[at] }
          : { time: time[at], value: value * factor, day: Math.floor(time[at] / DAY_SECONDS) };
        if (part.kind === "bars" && prices) {
          items[at].color = prices.close[at] < prices.open[at] ? this.colours.downSoft : this.colours.upSoft;
        }
      }
      this.series[place].setData(items);
    });
  }

  candleItems(factor) {
    const { time, prices } = this.picture;
    const items = new Array(time.length);
    for (let at = 0; at < time.length; at += 1) {
      items[at] = !prices || Number.isNaN(prices.close[at])
        ? { time: time[at] }
        : {
            time: time[at],
            open: prices.open[at] * factor,
            high: prices.high[at] * factor,
            low: prices.low[at] * factor,
            close: prices.close[at] * factor,
          };
    }
    return items;
  }

  /** Of each line that is compared, and of the candles first: its value at the first bar from `from` on that all have. */
  baseFrom(from) {
    const { time, prices, parts } = this.picture;
    const compared = [prices.close, ...parts.map((part) => (part.apart ? part.values : null))];
    for (let at = Math.max(0, from); at < time.length; at += 1) {
      const values = compared.map((column) => (column ? column[at] : 1));
      if (values.every((value) => value > 0)) return values;
    }
    return compared.map((column) => (column ? firstValue(column) : 1));
  }

  // Where it is looked at.

  place(range) {
    const { time } = this.picture;
    const scale = this.chart.timeScale();
    const count = time.length;
    if (count === 0) return;
    if (this.wanted !== null) {
      this.lookAt(this.wanted);
    } else if (range && range.from < time[count - 1] && range.to > time[0]) {
      scale.setVisibleRange({ from: Math.max(range.from, time[0]), to: Math.min(range.to, time[count - 1]) });
    } else if (count <= BARS_SHOWN_WHOLE) {
      this.showAll();
    } else {
      const end = this.endOfMoves();
      scale.setVisibleLogicalRange({ from: end - BARS_AT_FIRST, to: end + MARGIN_BARS });
    }
  }

  /** A moment, brought into the middle with the crosshair on its bar, or the times of a range; now, or when there are candles. */
  lookAt(wanted) {
    this.wanted = wanted;
    const time = this.picture?.time ?? [];
    if (time.length === 0) return;
    this.wanted = null;
    const scale = this.chart.timeScale();
    if (wanted.length === 2) {
      const [from, to] = [Math.max(wanted[0], time[0]), Math.min(wanted[1], time[time.length - 1])];
      if (from < to) scale.setVisibleRange({ from, to });
      else this.showAll();
      return;
    }
    const at = this.barAt(wanted[0]);
    scale.setVisibleLogicalRange({ from: at - BARS_AT_FIRST / 2, to: at + BARS_AT_FIRST / 2 });
    // The crosshair goes where the bar is, once the range is drawn.
    requestAnimationFrame(() => requestAnimationFrame(() => this.pointAt(this.tradedAt(at))));
  }

  /** The last bar that begins no later than a moment. */
  barAt(moment) {
    const { time } = this.picture;
    const later = time.findIndex((start) => start > moment);
    return later < 0 ? time.length - 1 : Math.max(0, later - 1);
  }

  /** The bar, or the last one before it that has a price. */
  tradedAt(at) {
    const close = this.picture.prices?.close ?? [];
    while (at > 0 && Number.isNaN(close[at])) at -= 1;
    return at;
  }

  pointAt(at) {
    if (this.isClosed) return;
    const { time, prices } = this.picture;
    if (!prices || Number.isNaN(prices.close[at])) return;
    this.hovered = at;
    const price = prices.close[at] * (this.base ? 100 / this.base[0] : 1);
    this.pointed = price;
    this.chart.setCrosshairPosition(price, time[at], this.candles);
    this.told("hover", [at]);
    this.follow();
  }

  /** The crosshair on the next bar with a price, that way. */
  step(by) {
    const { time, prices } = this.picture ?? { time: [] };
    if (!prices || time.length === 0) return;
    const range = this.chart.timeScale().getVisibleLogicalRange();
    let at = this.hovered < 0 ? Math.min(time.length, Math.ceil(range?.to ?? time.length)) : this.hovered;
    do at += by; while (at >= 0 && at < time.length && Number.isNaN(prices.close[at]));
    if (at < 0 || at >= time.length) return;
    if (range && (at < range.from || at > range.to)) {
      const half = (range.to - range.from) / 2;
      this.chart.timeScale().setVisibleLogicalRange({ from: at - half, to: at + half });
    }
    this.pointAt(at);
  }

  /** Behind the last bars, or where they are all flat, a little behind the last one that was not. */
  endOfMoves() {
    if (!this.picture.prices) return this.picture.time.length;
    const { high, low, close } = this.picture.prices;
    const count = close.length;
    const flat = FLAT_TICKS * this.picture.tick;
    let last = count - 1;
    while (last > 0 && Number.isNaN(close[last])) last -= 1;
    const price = close[last];
    let at = last;
    while (at > 0 && !(high[at] > price + flat) && !(low[at] < price - flat)) at -= 1;
    const isFlat = at > 0 && at < count - BARS_AT_FIRST;
    return isFlat ? at + BARS_AT_FIRST / 4 : count;
  }

  showAll() {
    this.touched = true;
    this.chart.timeScale().fitContent();
  }

  /** Below one: nearer. The right edge stays where it is. */
  zoom(factor) {
    this.touched = true;
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (range) scale.setVisibleLogicalRange({ from: range.to - (range.to - range.from) * factor, to: range.to });
  }

  /** By a share of what is visible; below zero: to the past. */
  pan(share) {
    this.touched = true;
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (!range) return;
    const by = (range.to - range.from) * share;
    scale.setVisibleLogicalRange({ from: range.from + by, to: range.to + by });
  }

  /** Nothing is done while it moves, so that moving is smooth. */
  moved() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rest(), REST_MS);
  }

  rest() {
    if (!this.picture?.time.length) return;
    const scale = this.chart.timeScale();
    if (this.picture.indexed) {
      const base = this.baseFrom(Math.ceil(scale.getVisibleLogicalRange()?.from ?? 0));
      if (base.some((value, place) => value !== this.base[place])) {
        this.base = base;
        this.fill();
      }
    }
    const range = scale.getVisibleRange();
    if (range) this.told(this.touched ? "moved" : "seen", [range.from, range.to]);
    this.touched = false;
  }

  // The crosshair, and measuring.

  /** Of a person's doing: what the program does tells itself. */
  hover(at) {
    if (!at.sourceEvent) return;
    const count = this.picture?.time.length ?? 0;
    const isBar = at.time !== undefined && at.logical !== undefined && at.logical >= 0 && at.logical < count;
    this.hovered = isBar ? at.logical : -1;
    if (isBar && at.point && at.paneIndex === 0) this.pointed = this.caught(at.logical, at.point.y);
    this.told("hover", [this.hovered]);
    this.follow();
  }

  leave() {
    this.hovered = -1;
    this.told("hover", [-1]);
  }

  /** The price at a height, or one of the bar's own that is near. */
  caught(at, y) {
    const price = this.candles.coordinateToPrice(y);
    const { prices } = this.picture;
    if (!prices || Number.isNaN(prices.close[at])) return price;
    const factor = this.base ? 100 / this.base[0] : 1;
    const own = [prices.open, prices.high, prices.low, prices.close].map((column) => column[at] * factor);
    const far = (of) => Math.abs(this.candles.priceToCoordinate(of) - y);
    const nearest = own.reduce((best, of) => (far(of) < far(best) ? of : best));
    return far(nearest) <= CATCH_PIXELS ? nearest : price;
  }

  measureMode(on) {
    this.measuring = on;
    this.element.style.cursor = on ? "crosshair" : "";
    if (!on) this.measureNothing();
  }

  click(at) {
    if (!this.measuring || at.logical === undefined || !at.point || (at.paneIndex ?? 0) !== 0) return;
    if (at.logical < 0 || at.logical >= this.picture.time.length) return;
    this.hovered = at.logical;
    this.pointed = this.caught(at.logical, at.point.y);
    this.measureHere();
  }

  /** The crosshair's place becomes the first point, or the second one. */
  measureHere() {
    if (this.hovered < 0 || this.pointed == null) return;
    const point = { at: this.hovered, price: this.pointed };
    const { from, to } = this.tools.ruler;
    if (from && !to) this.tools.ruler.show(from, point);
    else this.tools.ruler.show(point, null);
    this.tellMeasure();
  }

  /** The second point goes with the crosshair until it is set. */
  follow() {
    const { from, to } = this.tools.ruler;
    if (!from || to || this.hovered < 0) return;
    this.tools.ruler.towards({ at: this.hovered, price: this.pointed });
    this.tellMeasure();
  }

  measureNothing() {
    this.tools.ruler.show(null, null);
    this.told("measure", []);
  }

  tellMeasure() {
    const { from, to, moving } = this.tools.ruler;
    const end = to ?? moving ?? from;
    this.told("measure", [from.at, from.price, end.at, end.price]);
  }

  // Its looks.

  paint() {
    const { colours } = this;
    this.chart.applyOptions(chartOptions(colours));
    // Up is hollow, down is filled: the shape says it without the colour.
    this.candles.applyOptions({
      upColor: colours.ground,
      downColor: colours.down,
      borderUpColor: colours.up,
      borderDownColor: colours.down,
      wickUpColor: colours.up,
      wickDownColor: colours.down,
      priceLineColor: colours.muted,
    });
    this.tools.marks.paint(colours);
    this.tools.ruler.paint(colours);
    this.names.forEach(({ name, mark }) => mark.applyOptions(paneName(name, colours)));
    this.paintParts();
    if (this.picture) this.fill();
  }

  paintParts() {
    this.picture?.parts.forEach((part, place) => {
      if (part.kind === "line") this.series[place].applyOptions({ color: this.colours.shades[part.shade] });
    });
  }

  /** Saves it as a picture with its title above and its source below. */
  save(file, title, subtitle, source) {
    const drawn = this.chart.takeScreenshot(true, false);
    const ratio = drawn.width / this.element.clientWidth;
    const [head, foot, edge] = [48, 24, 12].map((size) => Math.round(size * ratio));
    const canvas = document.createElement("canvas");
    canvas.width = drawn.width;
    canvas.height = drawn.height + head + foot;
    const pen = canvas.getContext("2d");
    pen.fillStyle = this.colours.ground;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(drawn, 0, head);
    pen.textBaseline = "middle";
    const write = (text, x, y, size, colour, weight = "") => {
      pen.font = `${weight} ${size * ratio}px ${this.colours.font}`;
      pen.fillStyle = colour;
      pen.fillText(text, x, y);
      return x + pen.measureText(text).width;
    };
    write(title, edge, head * 0.32, 15, this.colours.text, "600");
    let x = write(subtitle, edge, head * 0.74, 11, this.colours.muted) + edge;
    for (const part of this.picture.parts.filter(({ kind }) => kind === "line")) {
      x = write(part.title, x, head * 0.74, 11, this.colours.shades[part.shade]) + edge;
    }
    write(source, edge, canvas.height - foot / 2, 11, this.colours.muted);
    canvas.toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = file;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    }, "image/png");
  }

  close() {
    this.isClosed = true;
    clearTimeout(this.resting);
    this.stopFollowing();
    this.chart.remove();
  }
}

/** The smallest step of an axis, where it is not a paisa. */
const MOVES = { units: 1, fraction: 0.0001, greek: 0.001, ratio: 0.001 };

function formatsOf({ locale, units }) {
  const [two, three] = [fixed(locale, 2), fixed(locale, 3)];
  return {
    rupees: (price) => two.format(price),
    units: (count) => compact(count, units),
    fraction: (part) => `${two.format(part * 100)} %`,
    greek: (value) => three.format(value),
    ratio: (value) => three.format(value),
  };
}

/** Within a day; what has a reason where it is missing shows that it is missing. */
function isJoined({ pane, unit }) {
  return pane === "price" || pane === "left" || unit === "units";
}

function sameTimes(one, other) {
  return one.length === other.length && one.every((time, at) => time === other[at]);
}

function firstValue(column) {
  return column.find((value) => value > 0) ?? 1;
}

/** No price is below zero, so no axis is; and a flat line keeps a few ticks above it. */
function roomForPrices(info, tick) {
  if (!info?.priceRange) return info;
  const minValue = Math.max(0, info.priceRange.minValue);
  const maxValue = Math.max(info.priceRange.maxValue, minValue + FLAT_TICKS * tick);
  return { ...info, priceRange: { minValue, maxValue } };
}

function chartOptions(colours) {
  return {
    layout: {
      background: { type: "solid", color: colours.ground },
      textColor: colours.muted,
      fontFamily: colours.font,
      fontSize: 11,
      attributionLogo: true,
      panes: { separatorColor: colours.line, separatorHoverColor: colours.hover },
    },
    grid: { vertLines: { color: colours.grid }, horzLines: { color: colours.grid } },
    crosshair: {
      mode: 0,
      vertLine: { color: colours.muted, labelBackgroundColor: colours.label },
      horzLine: { color: colours.muted, labelBackgroundColor: colours.label },
    },
    rightPriceScale: { borderColor: colours.line, minimumWidth: 76, entireTextOnly: true },
    leftPriceScale: { borderColor: colours.line, minimumWidth: 76, entireTextOnly: true },
    timeScale: {
      borderColor: colours.line,
      secondsVisible: false,
      enableConflation: true,
      minBarSpacing: 0.01,
      rightOffset: MARGIN_BARS,
    },
    localization: { locale: "en-IN", dateFormat: "dd MMM yyyy" },
    // A finger that moves up or down scrolls the page.
    handleScroll: { vertTouchDrag: false },
  };
}

function paneName(text, colours) {
  const line = { text, color: colours.muted, fontSize: 11, fontFamily: colours.font, fontStyle: "" };
  return { visible: true, horzAlign: "left", vertAlign: "top", lines: [line] };
}

function readColours(element) {
  const read = reader(element);
  return {
    ground: read("--color-base-100"),
    line: read("--color-base-300"),
    grid: read("--color-base-300", 0.45),
    hover: read("--color-base-content", 0.12),
    soft: read("--color-base-content", 0.06),
    label: read("--color-neutral"),
    text: read("--color-base-content"),
    muted: read("--color-base-content", 0.75),
    up: read("--color-success"),
    down: read("--color-error"),
    upSoft: read("--color-success", 0.5),
    downSoft: read("--color-error", 0.5),
    measure: read("--color-primary"),
    measureSoft: read("--color-primary", 0.12),
    shades: SHADES.map((name) => read(name)),
    font: getComputedStyle(element).fontFamily,
  };
}

/** The colours of lines, as `chart.css` has them for the legend. */
const SHADES = [1, 2, 3, 4, 5, 6, 7].map((shade) => `--chart-line-${shade}`);
