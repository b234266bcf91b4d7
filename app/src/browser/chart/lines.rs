//! Charts of lines over one time, side by side: one crosshair for all, and what one shows all show. Exists in the browser
//! only.

use js_sys::{Array, Float64Array};
use market::EpochSeconds;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, JsValue, wasm_bindgen};

use super::library::numbers_of;
use super::picture::{plain, shifted};
use crate::drawn::analysis::TimeCharts;
use crate::format;

#[wasm_bindgen(module = "/src/browser/chart/lines.js")]
extern "C" {
    #[wasm_bindgen(js_name = openLines, catch)]
    async fn open_lines(
        elements: Array,
        address: &str,
        numbers: JsValue,
        hover: &Closure<dyn Fn(f64)>,
        click: &Closure<dyn Fn(f64, bool)>,
    ) -> Result<JsValue, JsValue>;

    type LineCharts;

    #[wasm_bindgen(method)]
    fn begin(this: &LineCharts, time: Float64Array);

    #[wasm_bindgen(method)]
    fn line(this: &LineCharts, at: usize, tone: &str, unit: &str, values: Float64Array);

    #[wasm_bindgen(method)]
    fn ready(this: &LineCharts);

    #[wasm_bindgen(method)]
    fn mark(this: &LineCharts, since: f64, at: f64);

    #[wasm_bindgen(method)]
    fn close(this: &LineCharts);
}

/// Charts that are drawn into elements until this is dropped.
pub struct Lines {
    charts: LineCharts,
    _hover: Closure<dyn Fn(f64)>,
    _click: Closure<dyn Fn(f64, bool)>,
}

impl Lines {
    /// Loads the library, if it is not there yet, and draws a chart into each element.
    pub async fn open(
        elements: Vec<web_sys::HtmlElement>,
        address: String,
        drawn: &TimeCharts,
        hover: impl Fn(Option<usize>) + 'static,
        click: impl Fn(usize, bool) + 'static,
    ) -> Result<Self, JsValue> {
        let hover = Closure::new(move |index: f64| hover((index >= 0.0).then_some(index as usize)));
        let click = Closure::new(move |index: f64, shift: bool| click(index as usize, shift));
        let places: Array = elements.into_iter().collect();
        let numbers = numbers_of(format::number_style().as_str());
        let charts: LineCharts =
            open_lines(places, &address, numbers, &hover, &click).await?.unchecked_into();
        let array = |numbers: Vec<f64>| Float64Array::from(numbers.as_slice());
        charts.begin(array(drawn.time.iter().map(|time| shifted(EpochSeconds(*time))).collect()));
        for (at, chart) in drawn.charts.iter().enumerate() {
            for line in &chart.lines {
                charts.line(at, &line.tone, &line.unit, array(plain(&line.values)));
            }
        }
        charts.ready();
        Ok(Self { charts, _hover: hover, _click: click })
    }

    /// The moments that stand beside the time, by their points.
    pub fn mark(&self, since: Option<usize>, at: Option<usize>) {
        let [since, at] = [since, at].map(|index| index.map_or(-1.0, |index| index as f64));
        self.charts.mark(since, at);
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.charts.close();
    }
}
