//! TLS: the certificate of this server and its key. What is wrong with the files at the start is said in a sentence, and
//! nothing starts. Files that change later are read again (`tls_watch.rs`).

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use ring::digest::{SHA256, digest};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, DigitallySignedStruct, Error as TlsError, ServerConfig, SignatureScheme};
use tokio_rustls::TlsAcceptor;

use crate::exit::{Exit, Refused};

/// Longer than any chain of certificates.
const BYTES_MAX: u64 = 1024 * 1024;

/// What connections are encrypted with.
#[derive(Clone)]
pub struct Tls {
    pub acceptor: TlsAcceptor,
    pub files: Arc<CertificateFiles>,
    /// Of the certificate at the start: what the commands of this machine recognise the server by.
    pub fingerprint: String,
}

impl Tls {
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, Refused> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let read = Certificate::read(certificate, key, &provider)?;
        let fingerprint = read.fingerprint.clone();
        let files = Arc::new(CertificateFiles {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            provider: provider.clone(),
            shown: RwLock::new(read.certified),
        });
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| refused(error.to_string()))?
            .with_no_client_auth()
            .with_cert_resolver(files.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), files, fingerprint })
    }
}

/// The two files, and what was read of them last: every handshake shows it.
#[derive(Debug)]
pub struct CertificateFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
    provider: Arc<CryptoProvider>,
    shown: RwLock<Arc<CertifiedKey>>,
}

impl CertificateFiles {
    /// Reads the files again. What is no good is refused, and what is shown stays. The new fingerprint.
    pub fn read_again(&self) -> Result<String, Refused> {
        let read = Certificate::read(&self.certificate, &self.key, &self.provider)?;
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = read.certified;
        Ok(read.fingerprint)
    }
}

impl ResolvesServerCert for CertificateFiles {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.shown.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// A certificate and a key that fit.
struct Certificate {
    certified: Arc<CertifiedKey>,
    fingerprint: String,
}

impl Certificate {
    fn read(certificate: &Path, key: &Path, provider: &CryptoProvider) -> Result<Self, Refused> {
        let chain = read_chain(certificate)?;
        let [own, ..] = chain.as_slice() else {
            return Err(refused(format!("{} holds no certificate in PEM", certificate.display())));
        };
        let fingerprint = fingerprint(own);
        let certified = CertifiedKey::from_der(chain, read_key(key)?, provider);
        let certified = certified.map_err(|error| does_not_fit(&error, certificate, key))?;
        Ok(Self { certified: Arc::new(certified), fingerprint })
    }
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, Refused> {
    let text = read_bounded(path)
        .map_err(|error| refused(format!("the certificate {} cannot be read: {error}", path.display())))?;
    let chain = CertificateDer::pem_slice_iter(&text).collect::<Result<_, _>>();
    chain.map_err(|_| refused(format!("{} holds no certificate in PEM", path.display())))
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, Refused> {
    let text = read_bounded(path)
        .map_err(|error| refused(format!("the key {} cannot be read: {error}", path.display())))?;
    PrivateKeyDer::from_pem_slice(&text)
        .map_err(|_| refused(format!("{} holds no private key in PEM without a passphrase", path.display())))
}

/// What is named by mistake is not waited for, and not read to its end: a pipe, a device, a backup.
fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > BYTES_MAX { Err(io::Error::other("it is too long")) } else { Ok(bytes) }
}

fn does_not_fit(error: &TlsError, certificate: &Path, key: &Path) -> Refused {
    let (certificate, key) = (certificate.display(), key.display());
    match error {
        TlsError::InconsistentKeys(_) => refused(format!(
            "the key {key} does not belong to the certificate {certificate}: of several certificates the server's own \
             stands first"
        )),
        TlsError::General(_) => refused(format!(
            "the key {key} is of a kind that cannot be used: take RSA of 2048 bits or more, ECDSA (P-256 or P-384) or Ed25519"
        )),
        _ => refused(format!("{certificate} and {key} cannot be used for TLS: {error}")),
    }
}

fn refused(sentence: String) -> Refused {
    Refused(Exit::Refused, sentence)
}

/// For a client that knows the server by its certificate alone: whom else it could name and who signed it counts for
/// nothing, and that the other side has its key is proved in the handshake.
pub fn trusting(fingerprint: String) -> anyhow::Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let known = Arc::new(KnownCertificate { fingerprint, provider: provider.clone() });
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(known)
        .with_no_client_auth())
}

#[derive(Debug)]
struct KnownCertificate {
    fingerprint: String,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for KnownCertificate {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        if fingerprint(certificate) == self.fingerprint {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(TlsError::General("the server shows another certificate than it said".to_owned()))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    digest(&SHA256, certificate).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
