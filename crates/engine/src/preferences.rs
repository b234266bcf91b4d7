//! The settings of a person: read when the database is opened, changed here alone, and in force from that moment on,
//! also for jobs that run. They make the limits stricter and never looser; the limiter sees to it.

use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};

use protocol::{Preferences, SettingChanges, SettingName, SettingsPicture};
use ratelimit::{Limiter, Restraint};
use store::Store;
use tokio::sync::Mutex;
use tracing::{info, warn};

use crate::error::EngineError;

const PREFERENCES: &str = "preferences";

/// What a database keeps. Settings of another version are those that are built in: they are given anew.
pub(crate) async fn kept(store: &Store) -> Result<Preferences, EngineError> {
    let Some(text) = store.setting(PREFERENCES).await? else { return Ok(Preferences::default()) };
    Ok(serde_json::from_str(&text).unwrap_or_else(|error| {
        warn!(%error, "the settings cannot be read: give them again");
        Preferences::default()
    }))
}

/// A handle; clones share everything.
#[derive(Clone)]
pub struct PreferenceService {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    limiter: Limiter,
    /// What the environment of the program does to a setting.
    environment: Vec<(SettingName, String)>,
    in_force: RwLock<Preferences>,
    /// So that what is kept and what is in force change as one.
    changing: Mutex<()>,
}

impl PreferenceService {
    /// What is kept, in force.
    pub(crate) async fn open(
        store: Store,
        limiter: Limiter,
        environment: Vec<(SettingName, String)>,
    ) -> Result<Self, EngineError> {
        let kept = kept(&store).await?;
        let inner =
            Inner { store, limiter, environment, in_force: RwLock::default(), changing: Mutex::default() };
        let service = Self { inner: Arc::new(inner) };
        service.enforce(kept);
        Ok(service)
    }

    /// What holds now.
    pub fn now(&self) -> Preferences {
        *self.inner.in_force.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What holds now, told to a person.
    pub fn picture(&self) -> SettingsPicture {
        let environment = |name| {
            let told = self.inner.environment.iter().filter(|(of, _)| *of == name);
            let told: Vec<&str> = told.map(|(_, sentence)| sentence.as_str()).collect();
            (!told.is_empty()).then(|| told.join("; "))
        };
        SettingsPicture::of(self.now(), self.inner.limiter.limits().to_string(), environment)
    }

    /// Keeps these in place of all that were there.
    pub async fn put(&self, settings: Preferences) -> Result<SettingsPicture, EngineError> {
        let _changing = self.inner.changing.lock().await;
        self.keep(settings).await
    }

    /// Changes these, as they are typed, and leaves all others as they are by now.
    pub async fn change(
        &self,
        SettingChanges(changes): &SettingChanges,
    ) -> Result<SettingsPicture, EngineError> {
        let _changing = self.inner.changing.lock().await;
        let mut settings = self.now();
        changes.iter().try_for_each(|(name, text)| settings.set(*name, text))?;
        self.keep(settings).await
    }

    async fn keep(&self, settings: Preferences) -> Result<SettingsPicture, EngineError> {
        // Numbers and words always serialise.
        let text = serde_json::to_string(&settings).map_err(EngineError::UnreadableSettings)?;
        self.inner.store.put_setting(PREFERENCES, &text).await?;
        self.enforce(settings);
        info!(settings = text, "the settings are changed");
        Ok(self.picture())
    }

    fn enforce(&self, settings: Preferences) {
        let limits = settings.limits;
        self.inner.limiter.restrain(Restraint {
            per_second: limits.requests_per_second.and_then(|max| NonZeroU32::new(max.get())),
            reserve_percent: limits.reserve_percent.map(|percent| percent.get()),
        });
        *self.inner.in_force.write().unwrap_or_else(PoisonError::into_inner) = settings;
    }
}
