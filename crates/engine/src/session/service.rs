//! Signs in and out, and says who is.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use market::InstrumentKey;
use protocol::{AppPicture, AppTest, NewApp, SessionPicture, SignInEnd, SignInPicture};
use secrecy::{ExposeSecret, SecretString};
use store::Vault;
use upstox::{ApiError, AuthorizationCode, BoxFuture, Credentials, Remedy};

use super::app::AppBook;
use super::dialog::{ComeBack, Dialogs, Return};
use super::held::{Session, written_end};
use super::refusal::SignInRefusal;
use crate::broker::Broker;
use crate::config::Source;
use crate::error::EngineError;

/// How long a sign-in waits for its turn to ask; then a token is kept unchecked.
const SIGN_IN_PATIENCE: Duration = Duration::from_secs(5);
/// Longer than any bearer that was ever seen; they are about 500 bytes.
const TOKEN_LENGTH_MAX: usize = 8192;
/// Whose list of expiries tells whether the plan is the right one.
const ASKED_FOR_THE_PLAN: &str = "NSE_INDEX|Nifty 50";
/// No code that Upstox gives out.
const NO_CODE: &str = "expirytrack-test";

#[derive(Clone)]
pub struct SessionService {
    inner: Arc<Inner>,
}

struct Inner {
    session: Arc<Session>,
    broker: Arc<Broker>,
    source: Source,
    apps: AppBook,
    dialogs: Dialogs,
    /// Why the last sign-in through the dialog was not finished, until the next is begun.
    refused: Mutex<Option<String>>,
    /// What a server that reads only reads.
    replica_of: OnceLock<String>,
}

impl SessionService {
    pub(crate) fn new(session: Arc<Session>, broker: Arc<Broker>, source: Source, vault: Vault) -> Self {
        let (apps, dialogs, refused) = (AppBook::new(vault), Dialogs::default(), Mutex::default());
        let replica_of = OnceLock::new();
        Self { inner: Arc::new(Inner { session, broker, source, apps, dialogs, refused, replica_of }) }
    }

    pub fn picture(&self) -> SessionPicture {
        let Inner { session, source, replica_of, .. } = &*self.inner;
        SessionPicture {
            state: session.state(),
            ended_by: session.ended_by(),
            simulated: source.is_simulated(),
            simulated_day: source.simulated_day(),
            broker: source.address().to_string(),
            plus_needed: session.plus_needed(),
            replica_of: replica_of.get().cloned(),
        }
    }

    /// From now on everybody is told that it is one, and of what.
    pub(crate) fn is_replica_of(&self, what: &str) {
        self.inner.replica_of.get_or_init(|| what.to_owned());
    }

    /// Fails with what a person has to do when nobody is signed in.
    pub fn check(&self) -> Result<(), EngineError> {
        self.inner.session.token().map(drop)
    }

    /// Keeps a bearer token after asking whose it is. It is refused where the broker says that it is dead, or where by its
    /// own word it is; when the broker does not say whose it is (to some kinds of token it never does), the token is kept
    /// and the sentence that comes back tells so.
    pub async fn sign_in(&self, token: SecretString) -> Result<Option<String>, EngineError> {
        let text = token.expose_secret().trim().to_owned();
        if text.is_empty()
            || text.len() > TOKEN_LENGTH_MAX
            || !text.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(EngineError::MalformedToken);
        }
        let Inner { broker, .. } = &*self.inner;
        let token = SecretString::from(text);
        self.refuse_ended(&token)?;
        let (client, bearer) = (broker.client.clone(), token.clone());
        let call =
            |slot| -> BoxFuture<'static, _> { Box::pin(async move { client.profile(slot, &bearer).await }) };
        let (user, unchecked) = match broker.ask_once_within(SIGN_IN_PATIENCE, call).await {
            Ok(Ok(user)) => (user, None),
            Ok(Err(error)) if error.remedy() == Remedy::SignIn => return Err(EngineError::TokenRefused),
            Ok(Err(error)) => (None, Some(Unchecked::by(&error))),
            Err(EngineError::Waits(wait)) => (None, Some(Unchecked { why: wait.sentence, answers: false })),
            Err(error) => return Err(error),
        };
        let asks = unchecked.as_ref().is_none_or(|unchecked| unchecked.answers);
        let plan = self.keep(token, user, unchecked.is_none(), asks).await?;
        self.tell_refusal(None);
        match plan {
            Plan::Refuses => Err(EngineError::TokenRefused),
            Plan::OtherToken => Ok(Some(format!("the token is kept, but {}", EngineError::TokenOfOtherKind))),
            // What Upstox answered to the question of the plan has checked the token too.
            Plan::Reaches | Plan::NeedsPlus => Ok(None),
            Plan::Unknown => {
                Ok(unchecked.map(|unchecked| format!("the token is kept, not checked: {}", unchecked.why)))
            }
        }
    }

    /// By the clock of this machine: a sign-in that has ended as soon as it is kept is none.
    fn refuse_ended(&self, token: &SecretString) -> Result<(), EngineError> {
        let now = self.inner.session.now();
        match written_end(token.expose_secret()) {
            Some(end) if end <= now => Err(EngineError::TokenEnded { end, now }),
            _ => Ok(()),
        }
    }

    /// Keeps a sign-in, whoever brought it, and finds out what its plan is where the broker answers at all. What cannot be
    /// asked now the first job finds out.
    async fn keep(
        &self,
        token: SecretString,
        user: Option<String>,
        checked: bool,
        asks: bool,
    ) -> Result<Plan, EngineError> {
        self.inner.session.store(token, user, checked).await?;
        if !asks {
            return Ok(Plan::Unknown);
        }
        Ok(self.plan().await.unwrap_or_else(|error| {
            tracing::warn!(
                error = error.chain(),
                "it is not known yet whether the plan reaches expired contracts"
            );
            Plan::Unknown
        }))
    }

    /// Asks once whether the plan of whoever is signed in reaches expired contracts; the picture says what came of it.
    async fn plan(&self) -> Result<Plan, EngineError> {
        let Inner { session, broker, .. } = &*self.inner;
        let (token, generation) = session.token()?;
        let nifty: InstrumentKey = ASKED_FOR_THE_PLAN.parse()?;
        let client = broker.client.clone();
        let call = |slot| -> BoxFuture<'static, _> {
            Box::pin(async move { client.expiries(slot, &token, &nifty).await })
        };
        let plan = match broker.ask_once_within(SIGN_IN_PATIENCE, call).await {
            Ok(answer) => Plan::of(answer.err().map(|error| error.remedy())),
            Err(EngineError::Waits(_)) => return Ok(Plan::Unknown),
            Err(error) => return Err(error),
        };
        session.plan_is(generation, plan == Plan::NeedsPlus);
        match plan {
            Plan::Reaches | Plan::NeedsPlus | Plan::OtherToken => session.checked(generation).await?,
            Plan::Refuses => session.ended_by_broker(generation).await?,
            Plan::Unknown => {}
        }
        Ok(plan)
    }

    /// Forgets the token, and asks the broker to forget it too. What comes back says that it could not be told.
    pub async fn sign_out(&self) -> Result<Option<String>, EngineError> {
        let Inner { session, broker, .. } = &*self.inner;
        let Some((token, until)) = session.sign_out().await? else { return Ok(None) };
        let client = broker.client.clone();
        let call =
            |slot| -> BoxFuture<'static, _> { Box::pin(async move { client.logout(slot, &token).await }) };
        let why = match broker.ask_once_within(SIGN_IN_PATIENCE, call).await {
            Ok(Ok(())) => return Ok(None),
            // It has ended the token before.
            Ok(Err(error)) if error.remedy() == Remedy::SignIn => return Ok(None),
            Ok(Err(error)) => error.to_string(),
            Err(EngineError::Waits(wait)) => wait.sentence,
            Err(error) => return Err(error),
        };
        let until = until.to_ist().format("%-d %b %Y, %H:%M");
        Ok(Some(format!(
            "the token is forgotten here; Upstox could not be told ({why}), and ends it by itself on {until} IST"
        )))
    }

    /// The app that is registered at the broker, without its secrets.
    pub async fn app(&self) -> Result<AppPicture, EngineError> {
        self.inner.apps.picture().await
    }

    /// What the page of the sign-in shows beside the session.
    pub async fn sign_in_picture(&self) -> Result<SignInPicture, EngineError> {
        let refused = self.inner.refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(SignInPicture { app: self.app().await?, refused, sign_ins: self.inner.session.sign_ins() })
    }

    pub async fn put_app(&self, new: NewApp) -> Result<AppPicture, EngineError> {
        self.inner.apps.put(new, self.inner.session.now()).await?;
        self.app().await
    }

    pub async fn forget_app(&self) -> Result<AppPicture, EngineError> {
        self.inner.apps.forget().await?;
        self.app().await
    }

    /// Tests the app as far as it can be without a person: the dialog is asked for, and a code that was never given
    /// out is exchanged; what the broker says against either is told.
    pub async fn test_app(&self) -> Result<AppTest, EngineError> {
        let credentials = self.inner.apps.credentials().await?.ok_or(SignInRefusal::NoApp)?;
        let redirect_uri = credentials.redirect_uri.clone();
        if let Some(refusal) = self.refusal_of_dialog(credentials.clone()).await? {
            return Ok(AppTest { good: false, sentence: refusal.to_string() });
        }
        let error = match self.exchange(credentials, SecretString::from(NO_CODE)).await {
            // Nobody gave that code out; whoever takes it is no judge.
            Ok(_) => return Ok(AppTest { good: false, sentence: NO_JUDGE.to_owned() }),
            Err(EngineError::Broker { error, .. }) => error,
            Err(error) => return Err(error),
        };
        Ok(match SignInRefusal::of(&error, &redirect_uri) {
            SignInRefusal::Code { .. } => AppTest { good: true, sentence: NOTHING_SAID_AGAINST.to_owned() },
            refusal if refusal.is_of_the_app() => AppTest { good: false, sentence: refusal.to_string() },
            other => AppTest { good: false, sentence: format!("it could not be tested: {other}") },
        })
    }

    /// Begins a sign-in in the browser: the address of the broker's dialog. `here` is this server as the browser calls
    /// it, where the simulated market's own dialog comes back to; an app of Upstox says itself where to.
    pub async fn begin(&self, here: &str, next: &str) -> Result<String, EngineError> {
        let Inner { session, source, apps, dialogs, .. } = &*self.inner;
        let credentials = match source {
            Source::Simulated { .. } => Credentials {
                client_id: "simulated".to_owned(),
                client_secret: "simulated".into(),
                redirect_uri: format!("{here}/callback"),
            },
            Source::Broker(_) => apps.credentials().await?.ok_or(SignInRefusal::NoApp)?,
        };
        self.tell_refusal(None);
        let state = dialogs.begin(credentials.clone(), next, session.now());
        Ok(credentials.dialog_address(source.address(), &state))
    }

    /// Whether the sign-in of this `state` was begun here.
    pub fn has_begun(&self, state: &str) -> bool {
        self.inner.dialogs.knows(state)
    }

    /// Ends a sign-in that came back, well or not.
    pub async fn come_back(&self, back: Return) -> ComeBack {
        let dialogs = &self.inner.dialogs;
        let state = back.state.clone().unwrap_or_default();
        let next = dialogs.next_of(&state);
        let outcome = self.finish(back).await;
        if outcome.as_ref().err().is_none_or(|error| self.is_of_the_last_sign_in(error)) {
            self.tell_refusal(outcome.as_ref().err().map(EngineError::chain));
        }
        if let Some(error) = outcome.as_ref().err().filter(|error| ends_its_sign_in(error)) {
            dialogs.refuse(&state, error.chain());
        }
        ComeBack { next: next.unwrap_or_else(|| "/".to_owned()), outcome }
    }

    /// What a stray address brings is for whoever brought it: nobody who waits for a sign-in of their own is told.
    fn is_of_the_last_sign_in(&self, error: &EngineError) -> bool {
        let Inner { dialogs, session, .. } = &*self.inner;
        match error {
            EngineError::SignInRefused(SignInRefusal::UnknownState) => false,
            // An older one, shown again.
            EngineError::SignInRefused(SignInRefusal::UsedState) => !dialogs.awaits_somebody(session.now()),
            _ => true,
        }
    }

    /// Why the sign-in of this `state` was not finished: whoever waits for one of several is told of no other.
    pub fn refusal_of(&self, state: &str) -> Option<String> {
        self.inner.dialogs.refusal_of(state)
    }

    /// Ends a sign-in by the whole address that a browser ended at.
    pub async fn come_back_at(&self, address: &SecretString) -> Result<(), EngineError> {
        self.come_back(Return::at(address.expose_secret())?).await.outcome
    }

    async fn finish(&self, back: Return) -> Result<(), EngineError> {
        let Inner { session, dialogs, .. } = &*self.inner;
        let state = back.state.ok_or(SignInRefusal::UnknownState)?;
        // Whatever comes back uses the state up.
        let credentials = dialogs.take(&state, session.now())?;
        let code = match (back.code, back.error) {
            (Some(code), _) if !code.expose_secret().is_empty() => code,
            (_, Some(_)) => return Err(SignInRefusal::Declined.into()),
            _ => return Err(SignInRefusal::NoCode.into()),
        };
        let redirect_uri = credentials.redirect_uri.clone();
        let token = match self.exchange(credentials, code).await {
            Err(EngineError::Broker { error, .. }) => {
                return Err(SignInRefusal::of(&error, &redirect_uri).into());
            }
            // The state is used up: to ask again by itself would be in vain.
            Err(EngineError::Waits(wait)) => {
                return Err(SignInRefusal::Held { sentence: wait.sentence }.into());
            }
            other => other?,
        };
        self.refuse_ended(&token.token)?;
        match self.keep(token.token, token.user_name, true, true).await? {
            Plan::Refuses => Err(EngineError::SignInEnded(SignInEnd::NotTaken)),
            _ => Ok(()),
        }
    }

    async fn refusal_of_dialog(
        &self,
        credentials: Credentials,
    ) -> Result<Option<SignInRefusal>, EngineError> {
        let redirect_uri = credentials.redirect_uri.clone();
        let client = self.inner.broker.client.clone();
        let call = |slot| -> BoxFuture<'static, _> {
            Box::pin(async move { client.dialog(slot, &credentials).await })
        };
        let answer = self.inner.broker.ask_once_within(SIGN_IN_PATIENCE, call).await?;
        // A page to sign in on may be refused to a program and shown to a person: only words about the app count.
        let refusal = answer.err().map(|error| SignInRefusal::of(&error, &redirect_uri));
        Ok(refusal.filter(SignInRefusal::is_of_the_app))
    }

    /// Asked once: a code is used up, whatever the answer.
    async fn exchange(
        &self,
        credentials: Credentials,
        code: SecretString,
    ) -> Result<upstox::AccessToken, EngineError> {
        let client = self.inner.broker.client.clone();
        let call = |slot| -> BoxFuture<'static, _> {
            Box::pin(async move { client.exchange_code(slot, &credentials, &AuthorizationCode(code)).await })
        };
        let answer = self.inner.broker.ask_once_within(SIGN_IN_PATIENCE, call).await?;
        answer.map_err(|error| EngineError::Broker { attempts: 1, error })
    }

    fn tell_refusal(&self, sentence: Option<String>) {
        *self.inner.refused.lock().unwrap_or_else(PoisonError::into_inner) = sentence;
    }
}

/// One that has come back before ended then, well or not.
fn ends_its_sign_in(error: &EngineError) -> bool {
    !matches!(error, EngineError::SignInRefused(SignInRefusal::UsedState))
}

const NO_JUDGE: &str = "this address takes a code that nobody gave out, so it tells nothing: is it Upstox?";
const NOTHING_SAID_AGAINST: &str = "Upstox says nothing against the API key, the secret and the redirect address, and refuses only the code that this test made up. Signing in is the last test";

/// Why nobody knows whose a token is.
struct Unchecked {
    why: String,
    /// Upstox said something to it, and may say more.
    answers: bool,
}

impl Unchecked {
    fn by(error: &ApiError) -> Self {
        let answers = matches!(error, ApiError::Unreadable { .. })
            || matches!(error.remedy(), Remedy::GiveUp | Remedy::OtherToken | Remedy::GetPlus);
        Self { why: error.to_string(), answers }
    }
}

/// What the broker says to a question about expired contracts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plan {
    Reaches,
    NeedsPlus,
    /// Tokens of this kind do not reach them, whatever the plan.
    OtherToken,
    /// The token is dead.
    Refuses,
    /// It said something else, or nothing.
    Unknown,
}

impl Plan {
    fn of(remedy: Option<Remedy>) -> Self {
        match remedy {
            None => Self::Reaches,
            Some(Remedy::GetPlus) => Self::NeedsPlus,
            Some(Remedy::OtherToken) => Self::OtherToken,
            Some(Remedy::SignIn) => Self::Refuses,
            Some(_) => Self::Unknown,
        }
    }
}
