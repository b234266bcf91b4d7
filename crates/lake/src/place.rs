//! Where a lake is: a folder, or a bucket of a store that speaks S3. What a person wrote is read here, at the edge, and
//! nothing else is ever opened. The credentials come from the environment (`AWS_*`) and are told to nobody.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};

use crate::error::{LakeError, Result};

const SCHEME: &str = "s3://";
const TEXT_LENGTH_MAX: usize = 1024;
/// How often, and how long in all, a request is tried that the network or the store lost.
const RETRIES_MAX: usize = 4;
const RETRY_TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Of one request: a part of a file is five megabytes.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Where a machine of Amazon's is asked for the keys of its role.
const MACHINE_ROLE_PATHS: [&str; 2] = ["/latest/api/token", "/latest/meta-data/"];

/// Where a lake is. Its text is what is kept of it, and two texts are never one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Absolute.
    Folder(PathBuf),
    Bucket {
        name: String,
        /// Without slashes around it; empty: all of the bucket.
        prefix: String,
    },
}

impl Place {
    pub fn is_bucket(&self) -> bool {
        matches!(self, Self::Bucket { .. })
    }

    /// The store of its objects. A folder that is not there is made.
    pub fn open(&self) -> Result<Arc<dyn ObjectStore>> {
        match self {
            Self::Folder(path) => open_folder(path),
            Self::Bucket { name, prefix } => self.open_bucket(name, prefix),
        }
    }

    fn open_bucket(&self, name: &str, prefix: &str) -> Result<Arc<dyn ObjectStore>> {
        // Fails where somebody has installed one, and that is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let backoff = BackoffConfig {
            init_backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(5),
            base: 2.0,
        };
        let retry = RetryConfig { backoff, max_retries: RETRIES_MAX, retry_timeout: RETRY_TIMEOUT };
        // Whoever names an address without TLS wants it so.
        let options = ClientOptions::new()
            .with_connect_timeout(CONNECT_TIMEOUT)
            .with_timeout(REQUEST_TIMEOUT)
            .with_allow_http(true);
        let bucket = AmazonS3Builder::from_env()
            .with_client_options(options)
            .with_bucket_name(name)
            .with_retry(retry)
            .build()
            .map_err(|source| LakeError::Access { place: self.to_string(), source: Box::new(source) })?;
        Ok(match prefix {
            "" => Arc::new(bucket),
            prefix => Arc::new(PrefixStore::new(bucket, prefix)),
        })
    }
}

/// Whether what failed is asking a machine of Amazon's for the keys of its role, which is done where nobody has set any.
pub(crate) fn is_of_machine_role(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut chain = std::iter::successors(Some(error), |error| error.source());
    chain.any(|error| {
        let words = error.to_string();
        MACHINE_ROLE_PATHS.iter().any(|path| words.contains(path))
    })
}

fn open_folder(path: &Path) -> Result<Arc<dyn ObjectStore>> {
    if path.is_file() {
        return Err(LakeError::NoFolder { path: path.to_owned() });
    }
    let folder_error = |source| LakeError::Folder { path: path.to_owned(), source };
    std::fs::create_dir_all(path).map_err(folder_error)?;
    let folder = LocalFileSystem::new_with_prefix(path)
        .map_err(|error| folder_error(std::io::Error::other(error)))?
        .with_automatic_cleanup(true)
        // What is told to be published outlasts a loss of power.
        .with_fsync(true);
    Ok(Arc::new(folder))
}

impl FromStr for Place {
    type Err = LakeError;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        let bad = |why| LakeError::BadPlace { text: text.to_owned(), why };
        if text.is_empty() {
            return Err(LakeError::NoPlace);
        }
        if text.len() > TEXT_LENGTH_MAX || text.chars().any(char::is_control) {
            return Err(bad("it is too long, or has control characters in it"));
        }
        if let Some(rest) = text.strip_prefix(SCHEME) {
            return bucket(rest).map_err(bad);
        }
        if text.contains("://") {
            return Err(bad("only s3:// is known"));
        }
        let path = std::path::absolute(text).map_err(|_| bad("it cannot be made absolute"))?;
        // As it is written: a link stays a link, and `..` goes where the system says it goes.
        if path.to_str().is_none() {
            return Err(bad("it cannot be read as UTF-8"));
        }
        Ok(Self::Folder(path.components().collect()))
    }
}

/// What stands behind `s3://`.
fn bucket(rest: &str) -> Result<Place, &'static str> {
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '_');
    if !(3..=63).contains(&name.len()) || !name.chars().all(is_letter) {
        return Err("the name of a bucket has 3 to 63 small letters, digits, dots and dashes");
    }
    let prefix = prefix.trim_matches('/');
    if prefix.split('/').any(|part| matches!(part, "." | "..")) || prefix.contains("//") {
        return Err("its prefix has an empty part, or dots in place of a name");
    }
    if prefix.contains(['?', '#']) {
        return Err("its prefix has ? or # in it");
    }
    Ok(Place::Bucket { name: name.to_owned(), prefix: prefix.to_owned() })
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "{}", path.display()),
            Self::Bucket { name, prefix } if prefix.is_empty() => write!(f, "{SCHEME}{name}"),
            Self::Bucket { name, prefix } => write!(f, "{SCHEME}{name}/{prefix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_as_people_write_it_and_says_itself() {
        for (text, said) in [
            ("s3://my-bucket", "s3://my-bucket"),
            (" s3://my-bucket/lake/ ", "s3://my-bucket/lake"),
            ("s3://my.bucket/a/b", "s3://my.bucket/a/b"),
            ("/srv/lake/", "/srv/lake"),
            ("/srv//lake/.", "/srv/lake"),
        ] {
            let place: Place = text.parse().unwrap();
            assert_eq!(place.to_string(), said);
            assert_eq!(place.to_string().parse::<Place>().unwrap(), place);
        }
        let here = "lake".parse::<Place>().unwrap();
        assert_eq!(here, Place::Folder(std::path::absolute("lake").unwrap()));
    }

    #[test]
    fn what_is_no_place_is_refused_with_the_reason() {
        for (text, why) in [
            ("", "nothing was named"),
            ("  ", "nothing was named"),
            ("s3://", "3 to 63"),
            ("s3://Bucket/x", "small letters"),
            ("s3://bu", "3 to 63"),
            ("s3://bucket/a//b", "empty part"),
            ("s3://bucket/../b", "dots"),
            ("s3://bucket/a?b", "? or #"),
            ("gs://bucket/a", "only s3://"),
            ("https://host/bucket", "only s3://"),
            ("a\u{0}b", "control characters"),
        ] {
            let refused = text.parse::<Place>().unwrap_err().to_string();
            assert!(refused.contains(why), "{text}: {refused}");
        }
    }

    #[test]
    fn a_file_is_no_lake() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("lake");
        std::fs::write(&file, "x").unwrap();
        let place: Place = file.to_str().unwrap().parse().unwrap();
        assert!(matches!(place.open(), Err(LakeError::NoFolder { .. })));
        let new: Place = folder.path().join("a/b").to_str().unwrap().parse().unwrap();
        assert!(new.open().is_ok() && folder.path().join("a/b").is_dir());
    }
}
