//! The chart library as Rust sees it, through `chart.js` and what is plugged into it. Exists in the browser only.

use js_sys::{Array, Float64Array, Function};
use market::EpochSeconds;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, JsValue, wasm_bindgen};

use super::measure::Points;
use super::picture::{ChartPicture, PartShape, plain, shifted, unshifted};
use crate::format;

#[wasm_bindgen(module = "/src/browser/chart/parts.js")]
extern "C" {
    #[wasm_bindgen(js_name = numbersOf)]
    pub(super) fn numbers_of(style: &str) -> JsValue;
}

#[wasm_bindgen(module = "/src/browser/chart/marks.js")]
extern "C" {
    #[wasm_bindgen(js_name = axisMarks)]
    fn axis_marks() -> JsValue;
}

#[wasm_bindgen(module = "/src/browser/chart/ruler.js")]
extern "C" {
    fn ruler() -> JsValue;
}

#[wasm_bindgen(module = "/src/browser/chart/broken_line.js")]
extern "C" {
    #[wasm_bindgen(js_name = brokenLines)]
    fn broken_lines() -> Function;
}

#[wasm_bindgen(module = "/src/browser/chart/chart.js")]
extern "C" {
    #[wasm_bindgen(js_name = openChart, catch)]
    async fn open_chart(
        element: &web_sys::HtmlElement,
        address: &str,
        numbers: JsValue,
        marks: JsValue,
        ruler: JsValue,
        broken_lines: Function,
        told: &Closure<dyn Fn(String, Array)>,
    ) -> Result<JsValue, JsValue>;

    type JsChart;

    #[wasm_bindgen(method)]
    fn begin(this: &JsChart, daily: bool, tick: f64, time: Float64Array);

    #[wasm_bindgen(method)]
    fn prices(this: &JsChart, open: Float64Array, high: Float64Array, low: Float64Array, close: Float64Array);

    #[wasm_bindgen(method)]
    fn line(
        this: &JsChart,
        pane: &str,
        title: &str,
        unit: &str,
        shade: usize,
        apart: bool,
        values: Float64Array,
    );

    #[wasm_bindgen(method)]
    fn bars(this: &JsChart, pane: &str, title: &str, unit: &str, values: Float64Array);

    #[wasm_bindgen(method)]
    fn mark(this: &JsChart, kind: &str, from: usize, to: usize, text: &str);

    #[wasm_bindgen(method)]
    fn draw(this: &JsChart, indexed: bool);

    #[wasm_bindgen(method)]
    fn zoom(this: &JsChart, factor: f64);

    #[wasm_bindgen(method)]
    fn pan(this: &JsChart, share: f64);

    #[wasm_bindgen(method)]
    fn step(this: &JsChart, by: i32);

    #[wasm_bindgen(method, js_name = lookAt)]
    fn look_at(this: &JsChart, wanted: Float64Array);

    #[wasm_bindgen(method, js_name = showAll)]
    fn show_all(this: &JsChart);

    #[wasm_bindgen(method, js_name = measureMode)]
    fn measure_mode(this: &JsChart, on: bool);

    #[wasm_bindgen(method, js_name = measureHere)]
    fn measure_here(this: &JsChart);

    #[wasm_bindgen(method)]
    fn save(this: &JsChart, file: &str, title: &str, subtitle: &str, source: &str);

    #[wasm_bindgen(method)]
    fn close(this: &JsChart);
}

/// What a person did with the chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Told {
    /// The bar under the crosshair.
    Hover(Option<usize>),
    /// What is seen.
    Seen(EpochSeconds, EpochSeconds),
    /// What is seen after a person has moved it.
    Moved(EpochSeconds, EpochSeconds),
    Measure(Option<Points>),
}

impl Told {
    fn of(what: &str, numbers: &[f64]) -> Option<Self> {
        match (what, numbers) {
            ("hover", [at]) => Some(Self::Hover((*at >= 0.0).then_some(*at as usize))),
            ("seen", [from, to]) => Some(Self::Seen(unshifted(*from), unshifted(*to))),
            ("moved", [from, to]) => Some(Self::Moved(unshifted(*from), unshifted(*to))),
            ("measure", [from, from_price, to, to_price]) => Some(Self::Measure(Some(Points {
                from: (*from as usize, *from_price),
                to: (*to as usize, *to_price),
            }))),
            ("measure", []) => Some(Self::Measure(None)),
            _ => None,
        }
    }
}

/// A chart that is drawn into an element until this is dropped.
pub struct Chart {
    chart: JsChart,
    _told: Closure<dyn Fn(String, Array)>,
}

impl Chart {
    /// Loads the library, if it is not there yet, and draws an empty chart.
    pub async fn open(
        element: &web_sys::HtmlElement,
        address: &str,
        told: impl Fn(Told) + 'static,
    ) -> Result<Self, JsValue> {
        let told = Closure::new(move |what: String, numbers: Array| {
            let numbers: Vec<f64> = numbers.iter().filter_map(|number| number.as_f64()).collect();
            if let Some(what) = Told::of(&what, &numbers) {
                told(what);
            }
        });
        let numbers = numbers_of(format::number_style().as_str());
        let chart =
            open_chart(element, address, numbers, axis_marks(), ruler(), broken_lines(), &told).await?;
        Ok(Self { chart: chart.unchecked_into(), _told: told })
    }

    /// Shows another picture. What was visible stays visible where its times are shown again.
    pub fn show(&self, picture: &ChartPicture) {
        let array = |numbers: &[f64]| Float64Array::from(numbers);
        let column = |values: &[Option<f64>]| array(&plain(values));
        let times: Vec<f64> = picture.times.iter().map(|time| shifted(EpochSeconds(*time))).collect();
        self.chart.begin(picture.is_daily, picture.tick, array(&times));
        if let Some([open, high, low, close]) = &picture.prices {
            self.chart.prices(column(open), column(high), column(low), column(close));
        }
        for part in &picture.parts {
            let values = column(&part.values);
            match part.shape {
                PartShape::Bars => self.chart.bars(&part.pane, &part.title, part.unit, values),
                PartShape::Line { shade, is_apart } => {
                    self.chart.line(&part.pane, &part.title, part.unit, shade, is_apart, values);
                }
            }
        }
        for mark in &picture.marks {
            if let Some((from, to)) = picture.bar_at(mark.from).zip(picture.bar_at(mark.to)) {
                self.chart.mark(mark.kind.as_str(), from, to, &mark.text);
            }
        }
        self.chart.draw(picture.is_indexed);
    }

    pub fn zoom(&self, factor: f64) {
        self.chart.zoom(factor);
    }

    pub fn pan(&self, share: f64) {
        self.chart.pan(share);
    }

    /// The crosshair goes to the next bar with a price.
    pub fn step(&self, by: i32) {
        self.chart.step(by);
    }

    /// Brings a moment into the middle, or shows a range: now, or when its bars are there.
    pub fn look_at(&self, moments: &[EpochSeconds]) {
        let times: Vec<f64> = moments.iter().map(|moment| shifted(*moment)).collect();
        self.chart.look_at(Float64Array::from(times.as_slice()));
    }

    pub fn show_all(&self) {
        self.chart.show_all();
    }

    /// Whether a click sets a point that is measured from.
    pub fn measure_mode(&self, on: bool) {
        self.chart.measure_mode(on);
    }

    /// Where the crosshair is becomes the first point, or the second one.
    pub fn measure_here(&self) {
        self.chart.measure_here();
    }

    pub fn save(&self, picture: &SavedPicture) {
        let SavedPicture { file, title, subtitle, source } = picture;
        self.chart.save(file, title, subtitle, source);
    }
}

/// What stands around a chart that is saved as a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedPicture {
    pub file: String,
    pub title: String,
    pub subtitle: String,
    pub source: String,
}

impl Drop for Chart {
    fn drop(&mut self) {
        self.chart.close();
    }
}
