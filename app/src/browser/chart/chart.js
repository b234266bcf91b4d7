// The one piece of hand-written script: it hands columns to TradingView's Lightweight Charts and passes the
// crosshair back. It knows no data source and formats no text for the page; that is Rust's.
//
// Times arrive shifted to IST, because the library draws epoch seconds as if they were UTC.

/** Bars on the screen at first, where there are many: less than a session of minutes. */
const BARS_AT_FIRST = 240;
/** Up to this many bars are all shown at first. */
const BARS_SHOWN_WHOLE = 400;
/** A tail that moves by no more than so many ticks is flat: an option that will expire worthless. */
const FLAT_TICKS = 4;
/** Empty bars kept free on the right. */
const MARGIN_BARS = 4;

/** How large numbers are written: whose grouping, and the units from the largest on. */
const NUMBERS = {
  indian: { locale: "en-IN", units: [[1e7, " Cr"], [1e5, " L"], [1e3, "k"]] },
  international: { locale: "en-US", units: [[1e9, " B"], [1e6, " M"], [1e3, "k"]] },
};

/** Loads the library and draws an empty chart into the element. `hover` gets the bar under the crosshair, or -1. */
export async function openChart(element, address, numbers, hover) {
  const library = await import(address);
  return new CandleChart(library, element, NUMBERS[numbers], hover);
}

class CandleChart {
  constructor(library, element, numbers, hover) {
    this.element = element;
    this.grouped = new Intl.NumberFormat(numbers.locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    this.columns = null;
    this.span = null;
    /** The moment that is to be looked at, until it was. */
    this.wanted = null;
    this.colours = readColours(element);
    this.chart = library.createChart(element, { ...chartOptions(this.colours), autoSize: true });
    this.candles = this.chart.addSeries(library.CandlestickSeries, {}, 0);
    const priceFormat = { type: "custom", formatter: (count) => compact(count, numbers.units), minMove: 1 };
    this.volume = this.chart.addSeries(library.HistogramSeries, { priceFormat }, 1);
    this.interest = this.chart.addSeries(library.LineSeries, { priceFormat, lineWidth: 2 }, 2);
    for (const series of [this.volume, this.interest]) {
      series.applyOptions({ priceLineVisible: false, lastValueVisible: false });
      series.priceScale().applyOptions({ scaleMargins: { top: 0.24, bottom: 0 } });
    }
    this.interest.priceScale().applyOptions({ scaleMargins: { top: 0.24, bottom: 0.08 } });
    this.candles.priceScale().applyOptions({ scaleMargins: { top: 0.06, bottom: 0.06 } });
    [6, 2, 2].forEach((share, pane) => this.chart.panes()[pane].setStretchFactor(share));
    this.names = ["Volume", "Open interest"].map((name, at) => {
      const pane = this.chart.panes()[at + 1];
      return { name, mark: library.createTextWatermark(pane, paneName(name, this.colours)) };
    });
    this.chart.subscribeCrosshairMove((at) => {
      const index = at.time === undefined || at.logical === undefined ? -1 : at.logical;
      hover(this.columns && index < this.columns.time.length ? index : -1);
    });
    this.paint();
    this.followTheme();
  }

  /** Shows other candles. The visible range stays while `span` (the life that is looked at) is the same. */
  show(span, daily, tick, time, open, high, low, close, volume, interest) {
    const scale = this.chart.timeScale();
    const range = this.span === span ? scale.getVisibleRange() : null;
    this.span = span;
    this.columns = { time, open, high, low, close, volume, interest };
    scale.applyOptions({ timeVisible: !daily });
    this.tick = tick;
    this.candles.applyOptions({
      priceFormat: { type: "custom", formatter: (price) => this.grouped.format(price), minMove: tick },
      autoscaleInfoProvider: (original) => roomForPrices(original(), tick),
    });
    this.fill();
    this.place(range);
  }

  fill() {
    const { time, open, high, low, close, volume, interest } = this.columns;
    const bars = new Array(time.length);
    const volumes = new Array(time.length);
    const interests = new Array(time.length);
    for (let at = 0; at < time.length; at += 1) {
      const isGap = Number.isNaN(close[at]);
      const color = close[at] < open[at] ? this.colours.downSoft : this.colours.upSoft;
      bars[at] = isGap
        ? { time: time[at] }
        : { time: time[at], open: open[at], high: high[at], low: low[at], close: close[at] };
      volumes[at] = isGap ? { time: time[at] } : { time: time[at], value: volume[at], color };
      interests[at] = { time: time[at], value: interest[at] };
    }
    this.candles.setData(bars);
    this.volume.setData(volumes);
    this.interest.setData(interests);
  }

  place(range) {
    const { time } = this.columns;
    const scale = this.chart.timeScale();
    const count = time.length;
    if (count === 0) return;
    if (this.wanted !== null) {
      this.lookAt(this.wanted);
    } else if (range && range.from < time[count - 1] && range.to > time[0]) {
      scale.setVisibleRange(range);
    } else if (count <= BARS_SHOWN_WHOLE) {
      this.showAll();
    } else {
      const end = this.endOfMoves();
      scale.setVisibleLogicalRange({ from: end - BARS_AT_FIRST, to: end + MARGIN_BARS });
    }
  }

  /** Brings a moment into the middle, with the crosshair on its bar; now, or when there are candles. */
  lookAt(moment) {
    this.wanted = moment;
    const { time, close } = this.columns ?? { time: [] };
    if (time.length === 0) return;
    this.wanted = null;
    let at = time.findIndex((start) => start > moment);
    at = at < 0 ? time.length - 1 : Math.max(0, at - 1);
    const scale = this.chart.timeScale();
    scale.setVisibleLogicalRange({ from: at - BARS_AT_FIRST / 2, to: at + BARS_AT_FIRST / 2 });
    if (!Number.isNaN(close[at])) this.chart.setCrosshairPosition(close[at], time[at], this.candles);
  }

  /** Behind the last bars, or where they are all flat, a little behind the last one that was not. */
  endOfMoves() {
    const { high, low, close } = this.columns;
    const count = close.length;
    const flat = FLAT_TICKS * this.tick;
    let last = count - 1;
    while (last > 0 && Number.isNaN(close[last])) last -= 1;
    const price = close[last];
    let at = last;
    while (at > 0 && !(high[at] > price + flat) && !(low[at] < price - flat)) at -= 1;
    const isFlat = at > 0 && at < count - BARS_AT_FIRST;
    return isFlat ? at + BARS_AT_FIRST / 4 : count;
  }

  showAll() {
    this.chart.timeScale().fitContent();
  }

  /** Below one: nearer. The right edge stays where it is. */
  zoom(factor) {
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (range) scale.setVisibleLogicalRange({ from: range.to - (range.to - range.from) * factor, to: range.to });
  }

  /** By a share of what is visible; below zero: to the past. */
  pan(share) {
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (!range) return;
    const by = (range.to - range.from) * share;
    scale.setVisibleLogicalRange({ from: range.from + by, to: range.to + by });
  }

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
    this.interest.applyOptions({ color: colours.accent });
    this.names.forEach(({ name, mark }) => mark.applyOptions(paneName(name, colours)));
    if (this.columns) this.fill();
  }

  followTheme() {
    const repaint = () => {
      this.colours = readColours(this.element);
      this.paint();
    };
    this.observer = new MutationObserver(repaint);
    this.observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    this.query = matchMedia("(prefers-color-scheme: dark)");
    this.query.addEventListener("change", repaint);
    this.stopFollowing = () => {
      this.observer.disconnect();
      this.query.removeEventListener("change", repaint);
    };
  }

  close() {
    this.stopFollowing();
    this.chart.remove();
  }
}

/** No price is below zero, so no axis is; and a flat line keeps a few ticks above it. */
function roomForPrices(info, tick) {
  if (!info?.priceRange) return info;
  const minValue = Math.max(0, info.priceRange.minValue);
  const maxValue = Math.max(info.priceRange.maxValue, minValue + FLAT_TICKS * tick);
  return { ...info, priceRange: { minValue, maxValue } };
}

/** What rounds up to the next unit takes it. */
function compact(count, units) {
  const size = Math.abs(count);
  const unit = units.find(([from]) => size >= 1000 && size >= from * 0.9995);
  return unit ? `${(count / unit[0]).toFixed(1)}${unit[1]}` : String(Math.round(count));
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
    rightPriceScale: { borderColor: colours.line, minimumWidth: 76 },
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

/** The theme's colours as rgba: the library does not read the forms that the style sheet uses. */
function readColours(element) {
  const style = getComputedStyle(element);
  const canvas = document.createElement("canvas");
  canvas.width = 1;
  canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const read = (name, alpha = 1) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = style.getPropertyValue(name);
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
    return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
  };
  return {
    ground: read("--color-base-100"),
    line: read("--color-base-300"),
    grid: read("--color-base-300", 0.45),
    hover: read("--color-base-content", 0.12),
    label: read("--color-neutral"),
    muted: read("--color-base-content", 0.75),
    accent: read("--color-primary"),
    up: read("--color-success"),
    down: read("--color-error"),
    upSoft: read("--color-success", 0.5),
    downSoft: read("--color-error", 0.5),
    font: style.fontFamily,
  };
}
