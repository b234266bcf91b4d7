// Charts of lines over one time: what one shows all show, and the crosshair of one is that of all. It knows no data
// source and formats no text for the page but the numbers of the axes.
//
// Times arrive shifted to IST, because the library draws epoch seconds as if they were UTC.

import { compact, fixed, followTheme, reader } from "./parts.js";

/** A tone, as the style sheet has it: the theme's colour, how strong, and its dash (0 none, 1 dotted, 2 dashed). */
const TONES = {
  first: ["--color-primary", 1, 0],
  second: ["--color-base-content", 0.7, 2],
  third: ["--chart-line-3", 1, 0],
  fourth: ["--chart-line-2", 1, 0],
  fifth: ["--chart-line-4", 1, 0],
  sixth: ["--chart-line-5", 1, 0],
  calls: ["--color-call", 1, 0],
  "calls-2": ["--color-call", 0.85, 2],
  "calls-3": ["--color-call", 0.85, 1],
  puts: ["--color-put", 1, 0],
  "puts-2": ["--color-put", 0.85, 2],
  "puts-3": ["--color-put", 0.85, 1],
};
const NONE = "rgba(0, 0, 0, 0)";
/** The least width of the axis of values. */
const AXIS_PIXELS = 64;
/** Beside the first and the last point, so that a label under one of them is not cut: half of `15:30`, and some more. */
const EDGE_PIXELS = 18;

/** Loads the library and opens an empty chart in each element. `hover` gets the point under the crosshair or -1, `click`
 * the one that was clicked and whether Shift was held. */
export async function openLines(elements, address, numbers, hover, click) {
  const library = await import(address);
  return new LineCharts(library, elements, numbers, hover, click);
}

class LineCharts {
  constructor(library, elements, numbers, hover, click) {
    this.library = library;
    this.numbers = numbers;
    this.whole = fixed(numbers.locale, 0);
    this.tenths = fixed(numbers.locale, 1);
    this.time = [];
    this.marks = [];
    this.charts = elements.map((element, at) => {
      const chart = library.createChart(element, { ...options(element, at === 0), autoSize: true });
      return { element, chart, lines: [], hairs: [hair(element, "since"), hair(element, "at")] };
    });
    for (const own of this.charts) {
      own.chart.subscribeCrosshairMove((event) => this.follow(own, event, hover));
      own.chart.subscribeClick((event) => {
        if (event.logical === undefined || !this.time.length) return;
        const index = Math.min(Math.max(Math.round(event.logical), 0), this.time.length - 1);
        click(index, event.sourceEvent?.shiftKey === true);
      });
      own.chart.timeScale().subscribeVisibleLogicalRangeChange((range) => this.move(own, range));
      own.chart.timeScale().subscribeSizeChange(() => this.placeMarks(own));
    }
    this.stopFollowing = followTheme(() => this.paint());
  }

  begin(time) {
    this.time = time;
  }

  /** One line of one chart; what is not a number is a gap, and nothing is drawn across it. */
  line(at, tone, unit, values) {
    const own = this.charts[at];
    const series = own.chart.addSeries(this.library.LineSeries, {
      lineWidth: tone === "second" || tone.endsWith("3") ? 1 : 2,
      lineStyle: TONES[tone][2],
      priceLineVisible: false,
      lastValueVisible: false,
      crosshairMarkerRadius: 3,
      priceFormat: { type: "custom", minMove: minMove(unit), formatter: (value) => this.written(value, unit) },
    });
    own.lines.push({ series, tone, values });
  }

  /** Draws what was given, and shows all of it. What the narrowest chart has room for all have room for. */
  ready() {
    this.paint();
    const count = this.time.length;
    if (count === 0) return;
    const narrowest = Math.min(...this.charts.map(({ element }) => element.clientWidth)) - AXIS_PIXELS;
    const room = (count * EDGE_PIXELS) / Math.max(narrowest - 2 * EDGE_PIXELS, EDGE_PIXELS);
    for (const { chart } of this.charts) {
      chart.timeScale().setVisibleLogicalRange({ from: -room, to: count - 1 + room });
    }
  }

  /** The moments that stand beside the time: -1 for one that is not in it. */
  mark(since, at) {
    this.marks = [since, at];
    this.charts.forEach((own) => this.placeMarks(own));
  }

  placeMarks(own) {
    own.hairs.forEach((line, which) => {
      const index = this.marks[which] ?? -1;
      const x = index < 0 ? null : own.chart.timeScale().logicalToCoordinate(index);
      line.hidden = x === null || x < 0 || x > own.chart.timeScale().width();
      if (!line.hidden) line.style.left = `${x}px`;
    });
  }

  move(own, range) {
    if (range && !this.moving) {
      this.moving = true;
      for (const other of this.charts) {
        if (other !== own) other.chart.timeScale().setVisibleLogicalRange(range);
      }
      this.moving = false;
    }
    this.placeMarks(own);
  }

  follow(own, event, hover) {
    if (this.following) return;
    const isOver = event.time !== undefined && event.logical !== undefined;
    this.following = true;
    for (const other of this.charts) {
      if (other === own || !other.lines.length) continue;
      const { series, values } = other.lines[0];
      if (isOver) {
        const value = values[event.logical];
        other.chart.setCrosshairPosition(Number.isFinite(value) ? value : 0, event.time, series);
      } else other.chart.clearCrosshairPosition();
    }
    this.following = false;
    hover(isOver && event.logical < this.time.length ? event.logical : -1);
  }

  paint() {
    const rulers = this.charts.length ? reader(this.charts[0].element) : null;
    this.charts.forEach((own, at) => {
      own.chart.applyOptions(options(own.element, at === 0));
      for (const { series, tone, values } of own.lines) {
        const color = rulers(TONES[tone][0], TONES[tone][1]);
        series.applyOptions({ color });
        series.setData(this.points(values));
      }
    });
  }

  /** The stretch after a point takes the point's colour: before a gap it has none. */
  points(values) {
    return Array.from(this.time, (time, at) => {
      if (Number.isNaN(values[at])) return { time };
      const isLast = at + 1 < values.length && Number.isNaN(values[at + 1]);
      return isLast ? { time, value: values[at], color: NONE } : { time, value: values[at] };
    });
  }

  written(value, unit) {
    if (unit === "fraction") return `${(value * 100).toFixed(1)} %`;
    if (unit === "ratio") return value.toFixed(2);
    if (unit === "greek") return value.toPrecision(3);
    if (unit === "rupees" || unit === "strike") {
      const size = Math.abs(value);
      return size < 1e5 ? (size < 1000 ? this.tenths : this.whole).format(value) : compact(value, this.numbers.units);
    }
    return compact(value, this.numbers.units);
  }

  close() {
    this.stopFollowing();
    this.charts.forEach(({ chart, hairs }) => {
      // The element may stay for the charts that come next.
      hairs.forEach((line) => line.remove());
      chart.remove();
    });
  }
}

function minMove(unit) {
  return { fraction: 0.0001, ratio: 0.001, greek: 0.000001, rupees: 0.01, strike: 0.01 }[unit] ?? 1;
}

/** A line from top to bottom at a moment. */
function hair(element, which) {
  const line = document.createElement("div");
  line.className = "time-hair";
  line.dataset.which = which;
  line.hidden = true;
  element.append(line);
  return line;
}

function options(element, withLogo) {
  const read = reader(element);
  const muted = read("--color-base-content", 0.75);
  const line = read("--color-base-300");
  const grid = read("--color-base-300", 0.45);
  return {
    layout: {
      background: { type: "solid", color: read("--color-base-100") },
      textColor: muted,
      fontFamily: getComputedStyle(element).fontFamily,
      fontSize: 11,
      attributionLogo: withLogo,
    },
    grid: { vertLines: { color: grid }, horzLines: { color: grid } },
    crosshair: {
      mode: 0,
      vertLine: { color: muted, labelBackgroundColor: read("--color-neutral") },
      horzLine: { visible: false, labelVisible: false },
    },
    rightPriceScale: {
      borderColor: line,
      minimumWidth: AXIS_PIXELS,
      scaleMargins: { top: 0.08, bottom: 0.08 },
      entireTextOnly: true,
    },
    timeScale: { borderColor: line, secondsVisible: false, timeVisible: true, minBarSpacing: 0.01, enableConflation: true },
    localization: { locale: "en-IN", dateFormat: "dd MMM yyyy" },
    handleScroll: { vertTouchDrag: false, mouseWheel: false },
    handleScale: { mouseWheel: false },
  };
}
