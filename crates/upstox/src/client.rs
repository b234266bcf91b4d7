//! One method an endpoint. Each consumes its slot, sends once, and says what came back.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{HeaderMap, Method, Request, Response};
use market::{Day, DayRange, ExpiredKey, InstrumentKey, Interval};
use ratelimit::{Clock, Receipt, Slot};
use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretString};

use crate::contracts::{Listing, parse_contracts};
use crate::oauth::{AccessToken, AuthorizationCode, Credentials, parse_profile, parse_token};
use crate::reading::{read_answer, read_answer_apart};
use crate::transport::{AnswerBytesMax, Transport, TransportError, TransportFault};
use crate::wire::{ExpiryList, parse_error, parse_expiries, says_error};
use crate::{Answer, ApiError, BrokerAddress, Master, MasterError, ReaderFault, Record, parse_master};

/// A client of one broker address. Clones share the transport.
#[derive(Clone)]
pub struct Client {
    address: BrokerAddress,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

/// What is to be sent.
struct Call<'a> {
    endpoint: &'static str,
    key: String,
    method: Method,
    address: String,
    token: Option<&'a SecretString>,
    form: Option<String>,
    bytes_max: AnswerBytesMax,
}

/// What came back: the body of a success, or an error.
struct Received {
    record: Record,
    receipt: Option<Receipt>,
    body: Result<Bytes, ApiError>,
}

impl Client {
    pub fn new(address: BrokerAddress, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        Self { address, transport, clock }
    }

    pub fn address(&self) -> &BrokerAddress {
        &self.address
    }

    /// `GET /v2/expired-instruments/expiries`: dates that have expired, ascending.
    pub async fn expiries(
        &self,
        slot: Slot,
        token: &SecretString,
        underlying: &InstrumentKey,
    ) -> Answer<ExpiryList> {
        let path =
            format!("/v2/expired-instruments/expiries?instrument_key={}", encode_key(underlying.as_str()));
        let call = self.get("expiries", underlying.as_str(), &path, token, AnswerBytesMax::LIST);
        self.received(slot, call).await.read(&self.address, parse_expiries)
    }

    /// `GET /v2/expired-instruments/option/contract`: calls and puts of an expiry; none is no error.
    pub async fn option_contracts(
        &self,
        slot: Slot,
        token: &SecretString,
        underlying: &InstrumentKey,
        expiry: Day,
    ) -> Answer<Listing> {
        self.contracts(slot, token, underlying, expiry, "option/contract").await
    }

    /// `GET /v2/expired-instruments/future/contract`: one row on a monthly expiry, none on a weekly [OBS].
    pub async fn future_contracts(
        &self,
        slot: Slot,
        token: &SecretString,
        underlying: &InstrumentKey,
        expiry: Day,
    ) -> Answer<Listing> {
        self.contracts(slot, token, underlying, expiry, "future/contract").await
    }

    async fn contracts(
        &self,
        slot: Slot,
        token: &SecretString,
        underlying: &InstrumentKey,
        expiry: Day,
        endpoint: &'static str,
    ) -> Answer<Listing> {
        let path = format!(
            "/v2/expired-instruments/{endpoint}?instrument_key={}&expiry_date={expiry}",
            encode_key(underlying.as_str())
        );
        let call = self.get(endpoint, &format!("{underlying} {expiry}"), &path, token, AnswerBytesMax::LIST);
        let received = self.received(slot, call).await;
        received.read(&self.address, |body| parse_contracts(body, underlying, expiry))
    }

    /// `GET /v2/expired-instruments/historical-candle/…`: the body of a success, to be read with
    /// [`parse_candles`](crate::parse_candles). In the path the last day comes first [DOC].
    pub async fn candles(
        &self,
        slot: Slot,
        token: &SecretString,
        key: &ExpiredKey,
        interval: Interval,
        range: DayRange,
    ) -> Answer<Bytes> {
        let path = format!(
            "/v2/expired-instruments/historical-candle/{}/{interval}/{}/{}",
            encode_key(&key.to_string()),
            range.to(),
            range.from()
        );
        let call = self.get("historical-candle", &key.to_string(), &path, token, AnswerBytesMax::CANDLES);
        let Received { record, receipt, body } = self.received(slot, call).await;
        Answer { record, receipt, outcome: body }
    }

    /// `GET /v3/historical-candle/{key}/minutes/1/…`: 1-minute candles of an index or a stock itself, as the
    /// body of a success, to be read with [`parse_candles`](crate::parse_candles). At most one calendar month a
    /// request, beyond it UDAPI1148 [OBS]; indices have neither volume nor open interest.
    pub async fn underlying_minutes(
        &self,
        slot: Slot,
        token: &SecretString,
        key: &InstrumentKey,
        range: DayRange,
    ) -> Answer<Bytes> {
        self.history(slot, token, key, "minutes/1", range).await
    }

    /// `GET /v3/historical-candle/{key}/days/1/…`: the same a day, up to ten years a request [DOC].
    pub async fn underlying_days(
        &self,
        slot: Slot,
        token: &SecretString,
        key: &InstrumentKey,
        range: DayRange,
    ) -> Answer<Bytes> {
        self.history(slot, token, key, "days/1", range).await
    }

    async fn history(
        &self,
        slot: Slot,
        token: &SecretString,
        key: &InstrumentKey,
        unit: &str,
        range: DayRange,
    ) -> Answer<Bytes> {
        let path = format!(
            "/v3/historical-candle/{}/{unit}/{}/{}",
            encode_key(key.as_str()),
            range.to(),
            range.from()
        );
        let call = self.get("history", key.as_str(), &path, token, AnswerBytesMax::CANDLES);
        let Received { record, receipt, body } = self.received(slot, call).await;
        Answer { record, receipt, outcome: body }
    }

    /// The instrument master: underlyings that have futures and options. Asked without a bearer.
    pub async fn master(&self, slot: Slot) -> Answer<Master> {
        let call = Call {
            endpoint: "instruments",
            key: String::new(),
            method: Method::GET,
            address: self.address.master(),
            token: None,
            form: None,
            bytes_max: AnswerBytesMax::MASTER,
        };
        let received = self.received(slot, call).await;
        let Received { record, receipt, body } = received;
        let outcome = match body {
            Ok(body) => self.read_master(body).await,
            Err(error) => Err(error),
        };
        Answer { record, receipt, outcome }
    }

    /// `GET /v2/user/profile`: the name of whoever the token belongs to.
    pub async fn profile(&self, slot: Slot, token: &SecretString) -> Answer<Option<String>> {
        let call = self.get("profile", "", "/v2/user/profile", token, AnswerBytesMax::SMALL);
        self.received(slot, call).await.read(&self.address, parse_profile)
    }

    /// `POST /v2/login/authorization/token`: the code of the redirect for a token.
    pub async fn exchange_code(
        &self,
        slot: Slot,
        credentials: &Credentials,
        code: &AuthorizationCode,
    ) -> Answer<AccessToken> {
        let fields = [
            ("code", code.0.expose_secret()),
            ("client_id", credentials.client_id.as_str()),
            ("client_secret", credentials.client_secret.expose_secret()),
            ("redirect_uri", credentials.redirect_uri.as_str()),
            ("grant_type", "authorization_code"),
        ];
        let call = Call {
            endpoint: "token",
            key: String::new(),
            method: Method::POST,
            address: self.address.join("/v2/login/authorization/token"),
            token: None,
            form: Some(encode_form(&fields)),
            bytes_max: AnswerBytesMax::SMALL,
        };
        let mut received = self.received(slot, call).await;
        received.body = received.body.map_err(|error| without(error, [&code.0, &credentials.client_secret]));
        without_answer(received.read(&self.address, parse_token))
    }

    /// `DELETE /v2/logout`: the broker forgets the token.
    pub async fn logout(&self, slot: Slot, token: &SecretString) -> Answer<()> {
        let call = self.get("logout", "", "/v2/logout", token, AnswerBytesMax::SMALL);
        let call = Call { method: Method::DELETE, ..call };
        self.received(slot, call).await.read(&self.address, |_| Ok(()))
    }

    /// `GET /v2/login/authorization/dialog`, without a person: only what the broker says against the app is of use. A
    /// page to sign in on, or the way to one, says nothing against it.
    pub async fn dialog(&self, slot: Slot, credentials: &Credentials) -> Answer<()> {
        let call = Call {
            endpoint: "dialog",
            key: String::new(),
            method: Method::GET,
            address: credentials.dialog_address(&self.address, "test"),
            token: None,
            form: None,
            bytes_max: AnswerBytesMax::SMALL,
        };
        self.received(slot, call).await.read(&self.address, |_| Ok(()))
    }

    fn get<'a>(
        &self,
        endpoint: &'static str,
        key: &str,
        path: &str,
        token: &'a SecretString,
        bytes_max: AnswerBytesMax,
    ) -> Call<'a> {
        Call {
            endpoint,
            key: key.to_owned(),
            method: Method::GET,
            address: self.address.join(path),
            token: Some(token),
            form: None,
            bytes_max,
        }
    }

    async fn received(&self, slot: Slot, call: Call<'_>) -> Received {
        let mut record = Record {
            endpoint: call.endpoint,
            key: call.key.clone(),
            status: None,
            bytes: 0,
            sha256: None,
            duration: Duration::ZERO,
        };
        let request = match build_request(&call) {
            Ok(request) => request,
            Err(problem) => {
                slot.unused();
                let error = ApiError::Unreadable { address: self.address.clone(), problem };
                return Received { record, receipt: None, body: Err(error) };
            }
        };
        let began = self.clock.monotonic();
        let answer = self.transport.send(request).await;
        record.duration = self.clock.monotonic().saturating_sub(began);
        match answer {
            Ok(answer) => {
                let receipt = slot.answered();
                record.status = Some(answer.status().as_u16());
                record.bytes = answer.body().len() as u64;
                record.sha256 = digest(&SHA256, answer.body()).as_ref().try_into().ok();
                let body = body_of(answer).map_err(|error| without(error, call.token));
                Received { record, receipt: Some(receipt), body }
            }
            Err(source) => {
                match source.fault {
                    TransportFault::Connect => slot.unused(),
                    // The request may have arrived, or may still.
                    _ => drop(slot),
                }
                let error = self.fault(source);
                Received { record, receipt: None, body: Err(error) }
            }
        }
    }
}

impl Client {
    /// It takes a second at worst, so it leaves the threads that wait for others.
    async fn read_master(&self, body: Bytes) -> Result<Master, ApiError> {
        let read = |body: &[u8]| match parse_master(body) {
            Err(error @ MasterError::TooLarge) => Ok(Err(error.to_string())),
            read => read.map(Ok).map_err(|error| error.to_string()),
        };
        let read = read_answer_apart(&self.address, body, read).await?;
        read.map_err(|problem| ApiError::TooLarge { address: self.address.clone(), problem })
    }

    fn fault(&self, source: TransportError) -> ApiError {
        let address = self.address.clone();
        match source.fault {
            TransportFault::TooLarge => ApiError::TooLarge { address, problem: source.cause() },
            _ => ApiError::Transport { address, source },
        }
    }
}

impl Received {
    fn read<T>(self, address: &BrokerAddress, parse: impl FnOnce(&[u8]) -> Result<T, String>) -> Answer<T> {
        let outcome = self.body.and_then(|body| read_answer(address, body, parse));
        Answer { record: self.record, receipt: self.receipt, outcome }
    }
}

fn build_request(call: &Call<'_>) -> Result<Request<Bytes>, String> {
    let mut request = Request::builder()
        .method(call.method.clone())
        .uri(&call.address)
        .extension(call.bytes_max)
        .header(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(token) = call.token {
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
            .map_err(|_| "the token holds characters that no header may hold".to_owned())?;
        bearer.set_sensitive(true);
        request = request.header(AUTHORIZATION, bearer);
    }
    if call.form.is_some() {
        request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    }
    let body = call.form.clone().map(Bytes::from).unwrap_or_default();
    request.body(body).map_err(|error| error.to_string())
}

/// The body of a success, else what the broker said instead.
fn body_of(answer: Response<Bytes>) -> Result<Bytes, ApiError> {
    let (parts, body) = answer.into_parts();
    if parts.status.is_success() && !says_error(&body) {
        return Ok(body);
    }
    let (code, message) = parse_error(&body);
    let message = message.unwrap_or_else(|| {
        parts.status.canonical_reason().unwrap_or("an answer without a message").to_owned()
    });
    let retry_after = retry_after(&parts.headers);
    Err(ApiError::Broker { status: parts.status.as_u16(), code, message, retry_after })
}

/// What a broker says may repeat what it was told, and an error is kept, logged and shown.
fn without<'a>(error: ApiError, secrets: impl IntoIterator<Item = &'a SecretString>) -> ApiError {
    let ApiError::Broker { status, mut code, mut message, retry_after } = error else { return error };
    for secret in secrets.into_iter().map(ExposeSecret::expose_secret).filter(|secret| !secret.is_empty()) {
        code = code.map(|code| code.replace(secret, "…"));
        message = message.replace(secret, "…");
    }
    ApiError::Broker { status, code, message, retry_after }
}

/// An answer with a secret in it is kept nowhere, and neither are words that may repeat it.
fn without_answer<T>(answer: Answer<T>) -> Answer<T> {
    let outcome = answer.outcome.map_err(|error| match error {
        ApiError::Fault(fault) => {
            let words = "its words are left out, because the answer holds a secret".to_owned();
            ApiError::Fault(Box::new(ReaderFault { words, answer: None, ..*fault }))
        }
        other => other,
    });
    Answer { outcome, ..answer }
}

/// Not documented; honoured where it appears. Seconds only: nobody has seen the form with a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// [DOC] Standard URL encoding. Keys hold letters, digits, `_ - ^`, the bar and the space, nothing else.
fn encode_key(key: &str) -> String {
    key.replace('|', "%7C").replace(' ', "%20").replace('^', "%5E")
}

fn encode_form(fields: &[(&str, &str)]) -> String {
    // A URL's query is encoded as a form is.
    let url = reqwest::Url::parse_with_params("http://form", fields);
    url.ok().and_then(|url| url.query().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_repeats_no_secret_that_the_broker_was_told() {
        let (bearer, code) = (SecretString::from("planted-bearer"), SecretString::from("planted-code"));
        let error = ApiError::Broker {
            status: 400,
            code: Some("no planted-code".to_owned()),
            message: "Bearer planted-bearer, planted-bearer and planted-code".to_owned(),
            retry_after: None,
        };
        let told = without(error, [&bearer, &code, &SecretString::from("")]).to_string();
        assert_eq!(told, "Upstox answered 400 no …: Bearer …, … and …");
    }
}
