//! What a program sends: which instruments it wants to hear of, and how much of each. A frame of JSON, text or binary.

use serde::Deserialize;

use super::wire::RequestMode;

/// How much is told of an instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    #[default]
    Ltpc,
    Full,
    OptionGreeks,
    #[serde(rename = "full_d30")]
    FullD30,
}

impl Mode {
    pub fn on_the_wire(self) -> RequestMode {
        match self {
            Self::Ltpc => RequestMode::Ltpc,
            Self::Full => RequestMode::FullD5,
            Self::OptionGreeks => RequestMode::OptionGreeks,
            Self::FullD30 => RequestMode::FullD30,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Sub,
    Unsub,
    ChangeMode,
}

#[derive(Debug, Deserialize)]
pub struct Request {
    pub method: Method,
    pub data: Data,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Data {
    #[serde(default)]
    pub mode: Option<Mode>,
    #[serde(default)]
    pub instrument_keys: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_as_the_official_program_writes_them() {
        let text = r#"{"guid":"x","method":"sub","data":{"mode":"full_d30","instrumentKeys":["NSE_FO|1"]}}"#;
        let request: Request = serde_json::from_str(text).unwrap();
        assert_eq!((request.method, request.data.mode), (Method::Sub, Some(Mode::FullD30)));
        assert_eq!(request.data.instrument_keys, ["NSE_FO|1"]);
        let text = r#"{"guid":"x","method":"unsub","data":{"instrumentKeys":["NSE_FO|1"]}}"#;
        assert_eq!(serde_json::from_str::<Request>(text).unwrap().method, Method::Unsub);
        for (text, mode) in
            [("ltpc", Mode::Ltpc), ("full", Mode::Full), ("option_greeks", Mode::OptionGreeks)]
        {
            assert_eq!(serde_json::from_value::<Mode>(text.into()).unwrap(), mode);
        }
    }
}
