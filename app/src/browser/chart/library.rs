//! The chart library as Rust sees it, through `chart.js`. Exists in the browser only.

use js_sys::Float64Array;
use market::EpochSeconds;
use protocol::CandleColumns;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, JsValue, wasm_bindgen};

use super::arrays::{plain_counts, plain_prices, shifted_time, shifted_times};
use super::canvas::Span;
use crate::format;

#[wasm_bindgen(module = "/src/browser/chart/chart.js")]
extern "C" {
    #[wasm_bindgen(js_name = openChart, catch)]
    async fn open_chart(
        element: &web_sys::HtmlElement,
        address: &str,
        numbers: &str,
        hover: &Closure<dyn Fn(f64)>,
    ) -> Result<JsValue, JsValue>;

    type CandleChart;

    #[wasm_bindgen(method)]
    fn show(
        this: &CandleChart,
        span: &str,
        daily: bool,
        tick: f64,
        time: Float64Array,
        open: Float64Array,
        high: Float64Array,
        low: Float64Array,
        close: Float64Array,
        volume: Float64Array,
        interest: Float64Array,
    );

    #[wasm_bindgen(method)]
    fn zoom(this: &CandleChart, factor: f64);

    #[wasm_bindgen(method)]
    fn pan(this: &CandleChart, share: f64);

    #[wasm_bindgen(method, js_name = lookAt)]
    fn look_at(this: &CandleChart, time: f64);

    #[wasm_bindgen(method, js_name = showAll)]
    fn show_all(this: &CandleChart);

    #[wasm_bindgen(method)]
    fn close(this: &CandleChart);
}

/// A chart that is drawn into an element until this is dropped.
pub struct Chart {
    chart: CandleChart,
    _hover: Closure<dyn Fn(f64)>,
}

impl Chart {
    /// Loads the library, if it is not there yet, and draws an empty chart. `hover` gets the index of the
    /// candle under the crosshair.
    pub async fn open(
        element: &web_sys::HtmlElement,
        address: &str,
        hover: impl Fn(Option<usize>) + 'static,
    ) -> Result<Self, JsValue> {
        let hover = Closure::new(move |index: f64| hover((index >= 0.0).then_some(index as usize)));
        let chart = open_chart(element, address, format::number_style().as_str(), &hover).await?;
        Ok(Self { chart: chart.unchecked_into(), _hover: hover })
    }

    /// Shows other candles. What was visible stays visible while it is the same span of time.
    pub fn show(&self, span: &Span, columns: &CandleColumns) {
        let array = |numbers: Vec<f64>| Float64Array::from(numbers.as_slice());
        self.chart.show(
            &span.name,
            span.daily,
            span.tick,
            array(shifted_times(columns)),
            array(plain_prices(&columns.open)),
            array(plain_prices(&columns.high)),
            array(plain_prices(&columns.low)),
            array(plain_prices(&columns.close)),
            array(plain_counts(&columns.volume)),
            array(plain_counts(&columns.open_interest)),
        );
    }

    pub fn zoom(&self, factor: f64) {
        self.chart.zoom(factor);
    }

    pub fn pan(&self, share: f64) {
        self.chart.pan(share);
    }

    /// Brings a moment into the middle: now, or when its candles are there.
    pub fn look_at(&self, moment: EpochSeconds) {
        self.chart.look_at(shifted_time(moment));
    }

    pub fn show_all(&self) {
        self.chart.show_all();
    }
}

impl Drop for Chart {
    fn drop(&mut self) {
        self.chart.close();
    }
}
