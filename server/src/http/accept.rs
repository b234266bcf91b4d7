//! In which format an answer is written: `format` of the query where it says one, else the header `Accept`, which is read
//! here and nowhere else.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use export::Format;
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::Query;
use super::problem::Problem;
use super::rest::Answer;

/// How rows can be had; the first one where nobody says which.
pub const ROWS: [Format; 7] = [
    Format::Json,
    Format::Csv,
    Format::Parquet,
    Format::Arrow,
    Format::CsvGzip,
    Format::CsvZip,
    Format::Xlsx,
];
/// The same of what charts read, too.
pub const COLUMNS: [Format; 8] = [
    Format::Json,
    Format::Columns,
    Format::Csv,
    Format::Parquet,
    Format::Arrow,
    Format::CsvGzip,
    Format::CsvZip,
    Format::Xlsx,
];

/// What a header is looked at of, at most; browsers send a tenth of it.
const RANGES_MAX: usize = 50;

/// What whoever asks can read.
pub struct Accepted(Vec<Range>);

/// `text/*;q=0.5`.
#[derive(Clone, Debug, PartialEq)]
struct Range {
    kind: String,
    subtype: String,
    /// 0 to 1; 0 is a refusal.
    weight: f32,
}

impl<S: Send + Sync> FromRequestParts<S> for Accepted {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let headers = parts.headers.get_all(header::ACCEPT).iter();
        // What is no text accepts nothing that we know.
        let texts: Vec<_> = headers.map(|value| value.to_str().unwrap_or("none/none")).collect();
        Ok(Self::read(&texts.join(",")))
    }
}

/// The format that rows are asked for in.
pub struct Rows(pub Format);

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RowsQuery {
    /// Without it the header `Accept` says.
    #[param(inline)]
    format: Option<Format>,
}

impl<S: Send + Sync> FromRequestParts<S> for Rows {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(RowsQuery { format }) = Query::from_request_parts(parts, state).await?;
        Accepted::from_request_parts(parts, state).await?.choose(format, &ROWS).map(Self)
    }
}

impl Accepted {
    fn read(text: &str) -> Self {
        let ranges = text.split(',').map(str::trim).filter(|range| !range.is_empty());
        Self(ranges.take(RANGES_MAX).filter_map(Range::read).collect())
    }

    /// Of what an answer can be had as, the one that is asked for; without a wish the first.
    pub fn choose(&self, asked: Option<Format>, offers: &[Format]) -> Answer<Format> {
        if let Some(format) = asked {
            let names: Vec<_> = offers.iter().map(|offer| offer.as_str()).collect();
            let sentence = format!("format must be one of {}, not \"{}\"", names.join(", "), format.as_str());
            let is_offered = offers.contains(&format);
            return if is_offered {
                Ok(format)
            } else {
                Err(Problem::new(StatusCode::BAD_REQUEST, sentence))
            };
        }
        let mut best: Option<(Format, f32)> = None;
        for offer in offers {
            let weight = self.weight(media_type(*offer));
            if weight > best.map_or(0.0, |(_, weight)| weight) {
                best = Some((*offer, weight));
            }
        }
        best.map(|(format, _)| format).ok_or_else(|| {
            let mut types: Vec<_> = offers.iter().map(|offer| media_type(*offer)).collect();
            types.dedup();
            let sentence = format!(
                "this can be had as {}, and the header Accept takes none of them: send another, or write format=",
                types.join(", ")
            );
            Problem::new(StatusCode::NOT_ACCEPTABLE, sentence)
        })
    }

    /// By the range that says most of the type; without any range everything is welcome.
    fn weight(&self, media_type: &str) -> f32 {
        if self.0.is_empty() {
            return 1.0;
        }
        let fitting = self.0.iter().filter_map(|range| Some((range.fits(media_type)?, range.weight)));
        fitting.max_by_key(|(exactness, _)| *exactness).map_or(0.0, |(_, weight)| weight)
    }
}

/// Without what stands behind a semicolon.
fn media_type(format: Format) -> &'static str {
    format.media_type().split(';').next().unwrap_or_default()
}

impl Range {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let weight = weight.map_or(Some(1.0), |text| text.trim().parse().ok())?;
        let (kind, subtype) = (kind.trim().to_ascii_lowercase(), subtype.trim().to_ascii_lowercase());
        (0.0..=1.0).contains(&weight).then_some(Self { kind, subtype, weight })
    }

    /// How exactly it names the type; `None` where it does not.
    fn fits(&self, media_type: &str) -> Option<u8> {
        let (kind, subtype) = media_type.split_once('/')?;
        match (self.kind == kind, self.subtype == subtype) {
            (true, true) => Some(2),
            (true, false) if self.subtype == "*" => Some(1),
            _ if self.kind == "*" && self.subtype == "*" => Some(0),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFERS: [Format; 3] = [Format::Json, Format::Columns, Format::Csv];

    fn chosen(accept: &str) -> Option<Format> {
        Accepted::read(accept).choose(None, &OFFERS).ok()
    }

    #[test]
    fn the_heaviest_type_that_is_offered_is_taken_and_json_of_equals() {
        for (accept, format) in [
            ("", Some(Format::Json)),
            ("*/*", Some(Format::Json)),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Some(Format::Json)),
            ("text/csv", Some(Format::Csv)),
            ("TEXT/CSV; charset=utf-8", Some(Format::Csv)),
            ("text/*", Some(Format::Csv)),
            ("application/json;q=0.5, text/csv;q=0.9", Some(Format::Csv)),
            ("text/csv;q=0.5, application/json", Some(Format::Json)),
            ("application/json;q=0, */*", Some(Format::Csv)),
            ("application/json;q=0.4, application/*;q=1, text/csv;q=0.5", Some(Format::Csv)),
            ("*/*;q=0", None),
            ("text/html", None),
            ("image/png, text/csv;q=0", None),
            ("text/csv;q=7", Some(Format::Json)),
            ("nonsense", Some(Format::Json)),
        ] {
            assert_eq!(chosen(accept), format, "{accept}");
        }
    }

    #[test]
    fn what_the_query_says_holds_whatever_the_header_says() {
        let accepted = Accepted::read("text/html");
        assert_eq!(accepted.choose(Some(Format::Columns), &OFFERS).ok(), Some(Format::Columns));
        let problem = accepted.choose(Some(Format::Columns), &[Format::Json, Format::Csv]).unwrap_err();
        assert_eq!(problem.detail(), "format must be one of json, csv, not \"columns\"");
        let problem = accepted.choose(None, &OFFERS).unwrap_err();
        assert!(
            problem.detail().starts_with("this can be had as application/json, text/csv, and the header")
        );
    }
}
