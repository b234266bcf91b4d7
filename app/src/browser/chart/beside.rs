//! The candles of a contract with what a person has added to them, as a picture.

use protocol::{CandleColumn, CandleColumns, CandlesWith};

use super::picture::{ChartPart, ChartPicture, LEFT_AXIS, PRICE_PANE, PartShape, SHADES};
use crate::chart_view::{Added, View};

/// The first shade is open interest's.
const FIRST_SHADE: usize = 1;

/// `tick` in rupees.
pub fn picture_of(columns: &CandleColumns, view: &View, is_daily: bool, tick: f64) -> ChartPicture {
    let mut picture = ChartPicture::of_candles(columns, is_daily, tick);
    picture.is_indexed = view.is_indexed && !view.compared.is_empty();
    let mut shade = FIRST_SHADE;
    for column in &columns.columns {
        let Some((pane, is_apart)) = place(column, view) else { continue };
        picture.parts.push(ChartPart {
            pane,
            title: column.title.clone(),
            unit: unit(&column.unit),
            shape: PartShape::Line { shade, is_apart },
            values: column.values.clone(),
        });
        // More lines than colours begin anew, and open interest keeps its own.
        shade = if shade + 1 < SHADES { shade + 1 } else { FIRST_SHADE };
    }
    picture
}

/// What is drawn beside candles, volume and open interest.
pub fn added_parts(picture: &ChartPicture) -> impl Iterator<Item = (usize, &ChartPart)> {
    picture.parts.iter().filter_map(|part| match part.shape {
        PartShape::Line { shade, .. } if shade >= FIRST_SHADE => Some((shade, part)),
        _ => None,
    })
}

/// Its pane, and whether it is a contract of its own; `None`: it came along and was not asked for.
fn place(column: &CandleColumn, view: &View) -> Option<(String, bool)> {
    let pane = |added: Added| view.added.contains(&added).then(|| (column.title.clone(), false));
    match column.name.as_str() {
        "volatility" => pane(Added::Volatility),
        "delta" => pane(Added::Delta),
        "time_value" => pane(Added::Premium),
        name => match name.parse::<CandlesWith>() {
            Ok(CandlesWith::Underlying | CandlesWith::Future) => Some((LEFT_AXIS.to_owned(), false)),
            Ok(_) => Some((PRICE_PANE.to_owned(), false)),
            Err(_) => {
                let is_compared = view.compared.as_slice().iter().any(|key| key.to_string() == name);
                is_compared.then(|| (PRICE_PANE.to_owned(), true))
            }
        },
    }
}

fn unit(name: &str) -> &'static str {
    match name {
        "fraction" => "fraction",
        "greek" => "greek",
        _ => "rupees",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::chart::arrays::sample;

    #[test]
    fn each_column_has_its_pane_and_what_nobody_asked_for_is_not_drawn() {
        let mut columns = sample(&[60], &[Some(1.0)]);
        let names = ["forward", "volatility", "delta", "vwap", "underlying", "NSE_FO|7|28-08-2025"];
        columns.columns = names
            .map(|name| CandleColumn {
                name: name.to_owned(),
                title: name.to_uppercase(),
                unit: if name == "volatility" { "fraction" } else { "rupees" }.to_owned(),
                values: vec![Some(1.0)],
            })
            .into();
        let view = View {
            added: vec![Added::Volatility],
            compared: "NSE_FO|7|28-08-2025".parse().unwrap(),
            is_indexed: true,
            ..View::default()
        };
        let picture = picture_of(&columns, &view, false, 0.05);
        let drawn: Vec<(&str, &str, usize)> =
            added_parts(&picture).map(|(shade, part)| (part.pane.as_str(), part.unit, shade)).collect();
        assert_eq!(
            drawn,
            [
                ("VOLATILITY", "fraction", 1),
                ("price", "rupees", 2),
                ("left", "rupees", 3),
                ("price", "rupees", 4)
            ]
        );
        assert!(picture.is_indexed);
        let apart = |part: &ChartPart| matches!(part.shape, PartShape::Line { is_apart: true, .. });
        assert_eq!(picture.parts.iter().filter(|part| apart(part)).count(), 1);
    }
}
