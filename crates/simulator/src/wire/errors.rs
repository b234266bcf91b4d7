//! Errors as the broker words them: status, code, message, in one envelope with both casings [OBS]. Messages
//! marked UNCERTAIN were documented by code only.

use crate::faults::Faults;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiError {
    pub status: u16,
    pub code: &'static str,
    pub message: &'static str,
}

const fn error(status: u16, code: &'static str, message: &'static str) -> ApiError {
    ApiError { status, code, message }
}

/// [OBS S11]
pub const INVALID_TOKEN: ApiError = error(401, "UDAPI100050", "Invalid token used to access API");
/// [OBS S10]: the status of a dead token, but another code.
pub const PLUS_REQUIRED: ApiError =
    error(401, "UDAPI1149", "This API is available exclusively with an Upstox Plus plan subscription");
/// [OBS S10]
pub const KEY_FORMAT: ApiError = error(400, "UDAPI1021", "Instrument key is of invalid format");
/// [OpenAPI]
pub const KEY_REQUIRED: ApiError = error(400, "UDAPI1009", "instrument_key is required");
/// [DOC; OBS on v3]
pub const UNKNOWN_KEY: ApiError = error(400, "UDAPI100011", "Invalid Instrument key");
/// [DOC]
pub const INVALID_DATE: ApiError = error(400, "UDAPI1088", "Invalid date");
/// [DOC; OBS on v2 live history]: the list is not that of this endpoint.
pub const INTERVAL: ApiError =
    error(400, "UDAPI1020", "Interval accepts one of (1minute,30minute,day,week,month)");
/// [DOC]
pub const TO_DATE_REQUIRED: ApiError = error(400, "UDAPI1022", "to_date is required");
/// [OpenAPI]
pub const DATE_ORDER: ApiError = error(
    400,
    "UDAPI1015",
    "to_date must be greater than or equal to from_date and Date should be in valid format: yyyy-mm-dd",
);
/// v3 history [DOC]; the wording is UNCERTAIN.
pub const UNIT: ApiError = error(400, "UDAPI1146", "Invalid unit");
/// v3 history [DOC]; the wording is UNCERTAIN.
pub const UNIT_INTERVAL: ApiError = error(400, "UDAPI1147", "Invalid interval");
/// [OBS on v3]
pub const DATE_RANGE: ApiError = error(400, "UDAPI1148", "Invalid date range");
/// [OBS S12]
pub const TOO_MANY: ApiError = error(429, "UDAPI10005", "Too Many Request Sent");
/// [OBS S11]
pub const NOT_FOUND: ApiError = error(404, "UDAPI100060", "Resource not Found.");
/// [DOC]
pub const INTERNAL: ApiError = error(500, "UDAPI100500", "Something went wrong... please contact us");

/// The HTTP statuses of the sign-in errors are UNCERTAIN.
pub const DIALOG: ApiError =
    error(400, "UDAPI100068", "Check your 'client_id' and 'redirect_uri'; one or both are incorrect.");
pub const CLIENT: ApiError =
    error(401, "UDAPI100069", "Check your 'client_id' and 'client_secret'; one or both are incorrect.");
pub const REDIRECT: ApiError = error(
    401,
    "UDAPI100070",
    "The 'redirect_uri' provided is invalid. Please enter the valid URI and try again.",
);
pub const AUTH_CODE: ApiError = error(400, "UDAPI100057", "Invalid Auth code");
/// [DOC] by their codes; wordings and statuses are UNCERTAIN.
pub const INACTIVE: ApiError = error(401, "UDAPI100073", "Your 'client_id' is inactive.");
pub const NO_SEGMENT: ApiError = error(401, "UDAPI100058", "No segments for these users are active.");
/// The wordings of these five are UNCERTAIN.
pub const CLIENT_REQUIRED: ApiError = error(400, "UDAPI1017", "API Key is required");
pub const REDIRECT_REQUIRED: ApiError = error(400, "UDAPI1018", "Redirect URI is required");
pub const CODE_REQUIRED: ApiError = error(400, "UDAPI1022", "Code is required");
pub const GRANT_REQUIRED: ApiError = error(400, "UDAPI1023", "Grant type is required");
pub const SECRET_REQUIRED: ApiError = error(400, "UDAPI1024", "Secret is required");

impl ApiError {
    /// No `data`; camelCase first, then snake_case [OBS].
    pub fn body(self, faults: &Faults) -> Vec<u8> {
        // Codes and messages are the constants above: none needs escaping.
        let snake = format!(r#""error_code":"{}","property_path":null,"invalid_value":null"#, self.code);
        let fields = if faults.snake_case_only {
            format!(r#""message":"{}",{snake}"#, self.message)
        } else {
            format!(
                r#""errorCode":"{}","message":"{}","propertyPath":null,"invalidValue":null,{snake}"#,
                self.code, self.message
            )
        };
        format!(r#"{{"status":"error","errors":[{{{fields}}}]}}"#).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_those_of_the_fixtures() {
        macro_rules! check {
            ($($error:expr => $file:literal),* $(,)?) => {$(
                let file = include_str!(concat!("../../fixtures/error_", $file, ".json"));
                let body = String::from_utf8($error.body(&Faults::default())).unwrap();
                assert_eq!(body, file.trim_end(), $file);
            )*};
        }
        check! {
            INVALID_TOKEN => "401_UDAPI100050_invalid_token",
            PLUS_REQUIRED => "401_UDAPI1149_plus_required",
            KEY_FORMAT => "400_UDAPI1021_bad_key_format",
            UNKNOWN_KEY => "400_UDAPI100011_invalid_instrument_key",
            INVALID_DATE => "400_UDAPI1088_invalid_date",
            INTERVAL => "400_UDAPI1020_bad_interval",
            TO_DATE_REQUIRED => "400_UDAPI1022_to_date_required",
            DATE_ORDER => "400_UDAPI1015_date_order",
            DATE_RANGE => "400_UDAPI1148_invalid_date_range_v3",
            TOO_MANY => "429_UDAPI10005_rate_limit",
            NOT_FOUND => "404_UDAPI100060_not_found",
            INTERNAL => "UDAPI100500_internal",
            DIALOG => "UDAPI100068_dialog",
            CLIENT => "UDAPI100069_token",
            REDIRECT => "UDAPI100070_token",
            AUTH_CODE => "UDAPI100057_invalid_auth_code",
        }
    }
}
