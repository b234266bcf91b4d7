//! Running a reader over an answer. What the reader refuses makes the answer an unreadable one, which is the broker's
//! doing; where the reader itself panics, that is a fault of ours and told as one, with the answer that brought it about.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;

use crate::{ApiError, BrokerAddress, ReaderFault};

/// What some servers write before a text of UTF-8. It is no part of it.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reads the body of a success, on this thread.
pub fn read_answer<T>(
    address: &BrokerAddress,
    body: Bytes,
    read: impl FnOnce(&[u8]) -> Result<T, String>,
) -> Result<T, ApiError> {
    let text = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&body);
    match catch_unwind(AssertUnwindSafe(|| read(text))) {
        Ok(outcome) => outcome.map_err(|problem| ApiError::Unreadable { address: address.clone(), problem }),
        Err(panic) => {
            let words = words_of(&*panic);
            Err(ApiError::Fault(Box::new(ReaderFault {
                address: address.clone(),
                words,
                answer: Some(body),
            })))
        }
    }
}

/// The same on a thread of its own: what takes more than a moment leaves the threads that wait for others.
pub async fn read_answer_apart<T: Send + 'static>(
    address: &BrokerAddress,
    body: Bytes,
    read: impl FnOnce(&[u8]) -> Result<T, String> + Send + 'static,
) -> Result<T, ApiError> {
    let of = address.clone();
    let reading = tokio::task::spawn_blocking(move || read_answer(&of, body, read));
    // Nothing but the end of the program stops a reader.
    reading.await.unwrap_or_else(|_| {
        let problem = "the reader was stopped before its end".to_owned();
        Err(ApiError::Unreadable { address: address.clone(), problem })
    })
}

/// A panic, in its own words.
pub fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let words = text.or_else(|| panic.downcast_ref::<&str>().copied());
    words.unwrap_or("it left no words").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Remedy;

    #[tokio::test]
    async fn a_reader_that_panics_is_a_fault_of_ours_and_keeps_the_answer() {
        let address = BrokerAddress::upstox();
        let body = Bytes::from_static(b"{\"data\":[]}");
        let here = read_answer::<()>(&address, body.clone(), |_| panic!("no row at {}", 3)).unwrap_err();
        let apart = read_answer_apart::<()>(&address, body.clone(), |_| panic!("no row at 3")).await;
        for error in [here, apart.unwrap_err()] {
            assert!(error.to_string().contains("no row at 3"), "{error}");
            assert_eq!((error.remedy(), error.code().as_str()), (Remedy::GiveUp, "reader_fault"));
            assert!(matches!(error, ApiError::Fault(fault) if fault.answer.as_ref() == Some(&body)));
        }
    }

    #[tokio::test]
    async fn a_reader_that_refuses_is_the_brokers_doing() {
        let address = BrokerAddress::upstox();
        let read = |_: &[u8]| Err::<(), _>("it is no list".to_owned());
        let error = read_answer_apart(&address, Bytes::new(), read).await.unwrap_err();
        assert!(matches!(error, ApiError::Unreadable { .. }), "{error}");
        assert_eq!(read_answer(&address, Bytes::new(), |body| Ok(body.len())).unwrap(), 0);
    }

    #[test]
    fn a_mark_before_the_text_is_no_part_of_it() {
        let read = |body: &'static [u8]| {
            let words = |body: &[u8]| Ok(String::from_utf8_lossy(body).into_owned());
            read_answer(&BrokerAddress::upstox(), Bytes::from_static(body), words).unwrap()
        };
        assert_eq!(read(b"\xEF\xBB\xBF{}"), "{}");
        assert_eq!(read(b"{\xEF\xBB\xBF}"), "{\u{feff}}");
    }
}
