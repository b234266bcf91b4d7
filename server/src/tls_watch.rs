//! A certificate is renewed while the server runs: its files are looked at every few seconds, and read again when they have
//! changed. New connections then get the new one. One that is no good is told once, and what was shown before stays.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tracing::{error, info};

use crate::exit::Refused;
use crate::markets::Markets;
use crate::tls::CertificateFiles;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(2);

/// When a file was changed, and how long it is; nothing where it cannot be looked at.
type Stamp = Option<(SystemTime, u64)>;

/// Runs as long as the server does.
pub async fn watch(files: Arc<CertificateFiles>, markets: Arc<Markets>) {
    let mut seen = stamps(&files);
    loop {
        pause().await;
        let now = stamps(&files);
        if now == seen {
            continue;
        }
        seen = now;
        let certificate = files.certificate.display();
        match files.read_again() {
            Ok(fingerprint) => {
                info!(%certificate, "the certificate has changed: new connections get the new one");
                if let Err(error) = markets.announce_certificate(fingerprint) {
                    error!(%error, "owner.json cannot be written: commands of this machine do not know the new certificate");
                }
            }
            Err(Refused(_, problem)) => {
                error!(%certificate, problem, "the certificate has changed and is no good: the one before it stays");
            }
        }
    }
}

/// Of both: they are written one after the other, and only together they fit.
fn stamps(files: &CertificateFiles) -> [Stamp; 2] {
    [stamp(&files.certificate), stamp(&files.key)]
}

fn stamp(path: &Path) -> Stamp {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

#[expect(clippy::disallowed_methods, reason = "files change in real time")]
async fn pause() {
    tokio::time::sleep(EVERY).await;
}
