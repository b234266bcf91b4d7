//! How figures grow with the data, drawn: a picture a unit, both axes logarithmic, each line named at its end. A line that is
//! level costs the same whatever is stored.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

const WIDTH: f64 = 860.0;
const PLOT_LEFT: f64 = 60.0;
const PLOT_RIGHT: f64 = 560.0;
const TOP: f64 = 20.0;
const HEIGHT: f64 = 420.0;
/// Names below each other do not touch.
const NAME_STEP: f64 = 15.0;
const COLOURS: [&str; 8] =
    ["#4c6ef5", "#0ca678", "#e8590c", "#ae3ec9", "#d6336c", "#1098ad", "#74b816", "#f59f00"];

/// A picture and what it is called.
pub struct Drawn {
    pub file: &'static str,
    pub words: &'static str,
    pub svg: String,
}

/// Of the rows of a part that say at how many candles they were measured.
pub fn of_growth(of_part: &Value) -> Vec<Drawn> {
    let pictures = [
        ("ms", "growth-time.svg", "Milliseconds by millions of candles stored"),
        ("MB", "growth-size.svg", "Megabytes by millions of candles stored"),
    ];
    let draw = |(unit, file, words)| {
        let lines = lines(of_part, unit);
        (!lines.is_empty()).then(|| Drawn { file, words, svg: svg(&lines, unit) })
    };
    pictures.into_iter().filter_map(draw).collect()
}

type Lines = BTreeMap<String, Vec<(f64, f64)>>;

fn lines(of_part: &Value, unit: &str) -> Lines {
    let mut lines = Lines::new();
    for row in of_part["rows"].as_array().into_iter().flatten().filter(|row| row["unit"] == unit) {
        let figures = row["million"].as_f64().zip(row["figure"].as_f64());
        if let (Some(what), Some(point)) = (row["what"].as_str(), figures) {
            lines.entry(what.to_owned()).or_default().push(point);
        }
    }
    lines
}

/// Where a figure lies on an axis of powers of ten.
struct Axis {
    from: f64,
    powers: f64,
    start: f64,
    end: f64,
}

impl Axis {
    fn over(figures: impl Iterator<Item = f64>, start: f64, end: f64) -> Self {
        let (low, high) = figures.fold((f64::MAX, f64::MIN), |(low, high), figure| {
            (low.min(figure.max(0.01)), high.max(figure.max(0.01)))
        });
        let from = low.log10().floor();
        Self { from, powers: (high.log10().ceil() - from).max(1.0), start, end }
    }

    fn at(&self, figure: f64) -> f64 {
        self.start + (figure.max(0.01).log10() - self.from) / self.powers * (self.end - self.start)
    }

    fn ticks(&self) -> Vec<f64> {
        let mut ticks = vec![10_f64.powf(self.from)];
        while ticks.len() as f64 <= self.powers {
            ticks.push(ticks[ticks.len() - 1] * 10.0);
        }
        ticks
    }
}

fn svg(lines: &Lines, unit: &str) -> String {
    let points = || lines.values().flatten();
    let across = Axis::over(points().map(|point| point.0), PLOT_LEFT, PLOT_RIGHT);
    let up = Axis::over(points().map(|point| point.1), HEIGHT, TOP);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <style>text {{ fill: #333 }} .grid {{ stroke: #ddd }} @media (prefers-color-scheme: dark) \
         {{ text {{ fill: #ccc }} .grid {{ stroke: #444 }} }}</style>\n",
        HEIGHT + 40.0
    );
    for tick in up.ticks() {
        let y = up.at(tick);
        put(&mut svg, format_args!("<path class=\"grid\" d=\"M{PLOT_LEFT} {y:.1}H{PLOT_RIGHT}\"/>"));
        put(
            &mut svg,
            format_args!(
                "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{tick} {unit}</text>",
                PLOT_LEFT - 6.0,
                y + 4.0
            ),
        );
    }
    for tick in across.ticks() {
        let x = across.at(tick);
        put(&mut svg, format_args!("<path class=\"grid\" d=\"M{x:.1} {TOP}V{HEIGHT}\"/>"));
        put(
            &mut svg,
            format_args!("<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{tick} M</text>", HEIGHT + 18.0),
        );
    }
    for (place, (name, y)) in named(lines, &up).into_iter().enumerate() {
        let colour = COLOURS[place % COLOURS.len()];
        let of_line = &lines[name];
        let corners: Vec<String> = of_line
            .iter()
            .map(|(million, figure)| format!("{:.1},{:.1}", across.at(*million), up.at(*figure)))
            .collect();
        put(
            &mut svg,
            format_args!(
                "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"/>",
                corners.join(" ")
            ),
        );
        let last = of_line.last().map_or(0.0, |point| point.1);
        put(
            &mut svg,
            format_args!(
                "<text x=\"{}\" y=\"{:.1}\" style=\"fill:{colour}\">{name}, {last:.1}</text>",
                PLOT_RIGHT + 10.0,
                y + 4.0
            ),
        );
    }
    svg + "</svg>\n"
}

/// The lines from the top, each with the height of its name.
fn named<'a>(lines: &'a Lines, up: &Axis) -> Vec<(&'a str, f64)> {
    let end = |of_line: &[(f64, f64)]| of_line.last().map_or(HEIGHT, |point| up.at(point.1));
    let mut named: Vec<(&str, f64)> =
        lines.iter().map(|(name, of_line)| (name.as_str(), end(of_line))).collect();
    named.sort_by(|one, other| one.1.total_cmp(&other.1));
    // Pushed down where they would touch, then up from the bottom where that pushed too far.
    for at in 1..named.len() {
        named[at].1 = named[at].1.max(named[at - 1].1 + NAME_STEP);
    }
    let mut limit = HEIGHT + 20.0;
    for (_, y) in named.iter_mut().rev() {
        *y = y.min(limit);
        limit = *y - NAME_STEP;
    }
    named
}

/// A written line into a text cannot fail.
fn put(svg: &mut String, line: std::fmt::Arguments<'_>) {
    let _ = svg.write_fmt(line);
    svg.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_a_figure_and_its_names_do_not_touch() {
        let row = |what: &str, million: f64, figure: f64| serde_json::json!({ "what": what, "million": million, "figure": figure, "unit": "ms" });
        let rows: Vec<Value> =
            ["a", "b", "c"].iter().flat_map(|what| [row(what, 1.0, 2.0), row(what, 100.0, 3.0)]).collect();
        let of_part = serde_json::json!({ "rows": rows });
        let drawn = of_growth(&of_part);
        assert_eq!(drawn.len(), 1);
        assert_eq!(drawn[0].svg.matches("<polyline").count(), 3);
        let lines = lines(&of_part, "ms");
        let up = Axis::over([2.0, 3.0].into_iter(), HEIGHT, TOP);
        let heights: Vec<f64> = named(&lines, &up).into_iter().map(|(_, y)| y).collect();
        assert!(heights.windows(2).all(|two| two[1] - two[0] >= NAME_STEP), "{heights:?}");
    }
}
