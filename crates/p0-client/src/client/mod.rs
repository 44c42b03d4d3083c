//! The authenticated calls: commands here; requests, integrations, policies, settings and roles in the modules below.

pub(crate) mod admin;
pub(crate) mod integrations;
pub(crate) mod requests;

use crate::{
    Answer, Error, Http, Network, Tokens,
    answer::Raw,
    call::{Call, Repeat},
    http::host_of,
    org::{address, check_slug},
};
use bytes::Bytes;
use p0_wire::command::{Command, CommandMessage, Listing, Submitted};
use reqwest::Method;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{fmt, iter, sync::Arc, time::Instant};
use url::Url;

/// The calls of one organisation, made with one person's tokens. Cloning is cheap.
#[derive(Clone)]
pub struct Client {
    pub(crate) http: Arc<Http>,
    org: String,
    /// `{base}/o/{org}`.
    root: Url,
    tokens: Arc<dyn Tokens>,
    deadline: Option<Instant>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("root", &self.root.as_str()).finish_non_exhaustive()
    }
}

impl Client {
    /// The calls of this organisation at this address (`config.appUrl`, see [`crate::discover`]).
    ///
    /// # Errors
    /// [`Error::BadName`] for a slug that is none; [`Error::Cleartext`] and [`Error::Scheme`] for an address to which
    /// no token is sent.
    pub fn new(http: Arc<Http>, base: &Url, org: &str, tokens: Arc<dyn Tokens>) -> Result<Self, Error> {
        let root = Self::root_of(base, org)?;
        http.reqwest(&root)?;
        Ok(Self { http, org: org.to_owned(), root, tokens, deadline: None })
    }

    /// The address below which the calls of this organisation are, without setting anything up.
    ///
    /// # Errors
    /// [`Error::BadName`] for a slug that is none.
    pub fn root_of(base: &Url, org: &str) -> Result<Url, Error> {
        check_slug(org)?;
        address(base, &["o", org])
    }

    /// The organisation's slug.
    pub fn org(&self) -> &str {
        &self.org
    }

    /// The address below which the organisation's calls are.
    pub fn root(&self) -> &Url {
        &self.root
    }

    /// The same calls, retries included, bounded by a deadline. Sign-in and renewal of tokens bound themselves.
    #[must_use]
    pub fn until(&self, deadline: Option<Instant>) -> Self {
        Self { deadline, ..self.clone() }
    }

    /// The error of a call that somebody else cut off because it was late.
    pub fn late(&self) -> Error {
        Error::network(host_of(&self.root), Network::TimedOut)
    }

    /// `GET /account`: succeeds exactly when the user may use the organisation.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn account(&self) -> Result<Value, Error> {
        self.send(self.call(Method::GET, &["account"], Repeat::Harmless)?).await?.document()
    }

    /// Any command; the answer as it came. `request`, `grant` and `ls` are repeated when their answer is lost, others not.
    ///
    /// # Errors
    /// [`Error::Service`] with a help text for words that the service does not understand; those of every call.
    pub async fn command(&self, command: &Command) -> Result<Value, Error> {
        self.post_command(command, false).await?.document()
    }

    /// `request`: asks for access for the caller. Asking again is answered with the same request, so this is safe to
    /// repeat.
    ///
    /// # Errors
    /// As for [`Client::command`].
    pub async fn request(&self, arguments: &[String]) -> Result<Answer<Submitted>, Error> {
        submitted(self.post_command(&said("request", arguments), false).await?)
    }

    /// `grant`: asks for access for somebody else.
    ///
    /// # Errors
    /// As for [`Client::command`].
    pub async fn grant(&self, arguments: &[String]) -> Result<Answer<Submitted>, Error> {
        submitted(self.post_command(&said("grant", arguments), false).await?)
    }

    /// `allow`: approves in advance.
    ///
    /// # Errors
    /// As for [`Client::command`], and [`Error::Uncertain`].
    pub async fn allow(&self, arguments: &[String]) -> Result<Answer<CommandMessage>, Error> {
        self.post_command(&said("allow", arguments), false).await?.read()
    }

    /// `ls`: what can be asked for. `owners` is for `--all` and `--principal`, which have a call of their own.
    ///
    /// # Errors
    /// As for [`Client::command`].
    pub async fn ls(&self, arguments: &[String], owners: bool) -> Result<Answer<Listing>, Error> {
        self.post_command(&said("ls", arguments), owners).await?.read()
    }

    async fn post_command(&self, command: &Command, owners: bool) -> Result<Raw, Error> {
        let repeat = match command.argv.first().map(String::as_str) {
            Some("request" | "grant" | "ls") => Repeat::Harmless,
            // No command lists what is allowed, and nobody gets more by an approval that stands twice.
            Some("allow") => {
                Repeat::Unsafe { advice: "to be sure, allow it again: that adds nothing if it was".into() }
            }
            _ => Repeat::Unsafe { advice: "check with `p0 requests`".into() },
        };
        let path: &[&str] = if owners { &["command", "ls"] } else { &["command"] };
        self.send(Call { body: Some(json(command)), ..self.call(Method::POST, path, repeat)? }).await
    }

    /// A call below this organisation.
    pub(crate) fn call(&self, method: Method, path: &[&str], repeat: Repeat) -> Result<Call<'_>, Error> {
        let call = Call::new(method, address(&self.root, path)?, repeat);
        Ok(Call { tokens: Some(&*self.tokens), deadline: self.deadline, ..call })
    }

    pub(crate) async fn send(&self, call: Call<'_>) -> Result<Raw, Error> {
        self.http.send(&call).await
    }

    /// Reads a document.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &[&str]) -> Result<Answer<T>, Error> {
        self.send(self.call(Method::GET, path, Repeat::Harmless)?).await?.read()
    }

    /// Changes something whose answer says no more than that it is done. `check` is the command that shows whether it
    /// is, should the answer be lost.
    pub(crate) async fn change(
        &self,
        method: Method,
        path: &[&str],
        body: Option<Bytes>,
        check: &str,
    ) -> Result<(), Error> {
        let repeat = Repeat::Unsafe { advice: format!("check with `{check}`").into() };
        self.send(Call { body, ..self.call(method, path, repeat)? }).await?.done()
    }
}

/// The longest identifier of a request, in bytes.
const MAX_ID: usize = 128;

/// The answer that a request was made. Its identifier stands in variables and in commands that users copy, so it is
/// taken only if it means nothing to a shell.
fn submitted(raw: Raw) -> Result<Answer<Submitted>, Error> {
    let host = raw.host.clone();
    let answer = raw.read::<Submitted>()?;
    let id = answer.id.as_bytes();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if id.first().is_some_and(u8::is_ascii_alphanumeric) && id.len() <= MAX_ID && id.iter().all(plain) {
        return Ok(answer);
    }
    Err(Error::Invalid { host, what: "its request has no identifier that can be used".into() })
}

fn said(command: &str, arguments: &[String]) -> Command {
    Command::new(iter::once(command).chain(arguments.iter().map(String::as_str)))
}

/// A document of the wire as bytes.
pub(crate) fn json(document: &impl Serialize) -> Bytes {
    serde_json::to_vec(document).expect("the wire's documents have text for keys").into()
}
