// What all charts share: how numbers are written, the theme's colours, and the moment at which they change. It knows no
// chart.

const NUMBERS = {
  indian: { locale: "en-IN", units: [[1e7, " Cr"], [1e5, " L"], [1e3, "k"]] },
  international: { locale: "en-US", units: [[1e9, " B"], [1e6, " M"], [1e3, "k"]] },
};

/** How large numbers are written in a style: whose grouping, and the units from the largest on. */
export function numbersOf(style) {
  return NUMBERS[style];
}

/** Writes numbers grouped, with so many decimals. */
export function fixed(locale, digits) {
  return new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** What rounds up to the next unit takes it. */
export function compact(count, units) {
  const size = Math.abs(count);
  const unit = units.find(([from]) => size >= 1000 && size >= from * 0.9995);
  return unit ? `${(count / unit[0]).toFixed(1)}${unit[1]}` : String(Math.round(count));
}

/** Reads the theme's colours as rgba: the library does not read the forms that the style sheet uses. */
export function reader(element) {
  const style = getComputedStyle(element);
  const canvas = document.createElement("canvas");
  canvas.width = 1;
  canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return (name, alpha = 1) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = style.getPropertyValue(name);
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
    return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
  };
}

/** Repaints whenever the theme is another, until what it returns is called. */
export function followTheme(repaint) {
  const observer = new MutationObserver(repaint);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  const query = matchMedia("(prefers-color-scheme: dark)");
  query.addEventListener("change", repaint);
  return () => {
    observer.disconnect();
    query.removeEventListener("change", repaint);
  };
}
