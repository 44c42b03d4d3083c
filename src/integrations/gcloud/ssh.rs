//! Compute Engine instances: reached through Identity-Aware Proxy, with a key that OS Login brings to them
//! (<https://cloud.google.com/iap/docs/using-tcp-forwarding>, <https://cloud.google.com/compute/docs/oslogin>).

use super::os_login::{self, Key, OsLoginError};
use crate::integrations::ssh::{
    names::{BadName, Host, User},
    program::{self, Argv},
    provider::{
        Explained, Grant, HostKeys, Material, Needs, Prerequisite, Provider, ProviderError, Reach, Route, Verdict,
    },
    words,
};
use async_trait::async_trait;
use p0_wire::ssh::GcloudInstance;
use secrecy::SecretString;
use std::time::Duration;
use url::Url;

/// Changes to policies are known everywhere within two minutes, as a rule.
const WINDOW: Duration = Duration::from_secs(120);
/// The port of SSH.
const PORT: u16 = 22;
/// `gcloud` may take so long to give a token.
const TOKEN_LIMIT: Duration = Duration::from_secs(30);
/// What to do where Google is not reached.
const NETWORK: &str = "Check your network and your proxy (HTTPS_PROXY), then try again.";

/// A Compute Engine instance.
#[derive(Debug)]
pub struct Instance {
    name: String,
    zone: String,
    project: String,
    alias: Host,
    /// The account at Google. `None`: the one that `gcloud` is set to.
    account: Option<User>,
    expires_at: Option<i64>,
    os_login: Url,
    port: u16,
}

impl Instance {
    /// The instance of this grant, with OS Login at this address.
    pub fn new(grant: &Grant, zone: &str, instance: &GcloudInstance, os_login: Url) -> Result<Self, ProviderError> {
        let name = plain("an instance", &instance.instance_name, "-")?;
        let zone = plain("a zone", zone, "-")?;
        // `example.com:project` is one of a domain's own.
        let project = plain("a project", &instance.project_id, "-.:")?;
        let account = match grant.principal.as_str() {
            "" => None,
            email => Some(User::parse(email)?),
        };
        Ok(Self {
            alias: Host::parse(&format!("{name}.{zone}.{project}"))?,
            name,
            zone,
            project,
            account,
            expires_at: grant.request.expiry_timestamp,
            os_login,
            port: PORT,
        })
    }

    /// `gcloud`, as the account that has the grant, whichever it is set to.
    fn gcloud<'a>(&'a self, words: impl IntoIterator<Item = &'a str>) -> Argv {
        let account = self.account.as_ref().map(|account| ["--account", account.as_str()]);
        // Warnings would be mixed with what the session shows.
        let quiet = ["--quiet", "--verbosity", "error"];
        Argv::new("gcloud", words.into_iter().chain(account.into_iter().flatten()).chain(quiet))
    }

    /// `gcloud compute start-iap-tunnel …`, which carries a connection on its stdin and stdout.
    fn proxy(&self) -> Argv {
        let port = self.port.to_string();
        let place = ["--listen-on-stdin", "--zone", &self.zone, "--project", &self.project];
        self.gcloud(["compute", "start-iap-tunnel", &self.name, &port].into_iter().chain(place))
    }

    /// The user's own token. It stands in memory only.
    async fn token(&self) -> Result<SecretString, ProviderError> {
        let argv = self.gcloud(["auth", "print-access-token"]);
        let ended = program::run("gcloud", &argv, &[], TOKEN_LIMIT).await?;
        if !ended.success {
            return Err(self.no_token(&ended.stderr));
        }
        match ended.stdout.trim() {
            token if !token.is_empty() && token.chars().all(|c| c.is_ascii_graphic()) => Ok(token.into()),
            _ => Err(failed("gcloud printed no access token.".into(), &["Try: gcloud auth print-access-token"])),
        }
    }

    fn no_token(&self, said: &str) -> ProviderError {
        // It advises to sign in whatever keeps it from getting a new token.
        if words::unreachable(said) {
            return failed("gcloud does not reach Google.".into(), &[NETWORK]);
        }
        if needs_login(said) {
            return self.login(said, &[]);
        }
        let said = words::reason(said);
        failed(format!("gcloud gave no access token: {said}"), &["Try: gcloud auth print-access-token"])
    }

    /// Signing in with `gcloud`, in the user's browser.
    fn login(&self, said: &str, options: &[&str]) -> ProviderError {
        let who = self.account.as_ref().map_or_else(String::new, |account| format!(" as {account}"));
        let message = match said.contains("eauthentication") {
            true => format!("Google wants you to sign in again with gcloud{who}."),
            false => format!("You are not signed in with gcloud{who}."),
        };
        let account = self.account.as_ref().map(User::as_str);
        let words = ["auth", "login"].iter().chain(options).copied();
        let command = Argv::new("gcloud", words.chain(account));
        ProviderError::First(Box::new(Prerequisite { why: Explained::new(message, &[]), command }))
    }

    fn not_imported(&self, error: OsLoginError) -> ProviderError {
        let message = format!("{error}.");
        match error {
            // It would go on with what it has: that the token is refused is news to it.
            OsLoginError::Token => self.login("", &["--force"]),
            OsLoginError::Forbidden(said) => {
                ProviderError::NotYet { waiting_for: "Google Cloud to take your key", said }
            }
            OsLoginError::Busy(_) => ProviderError::NotYet { waiting_for: "OS Login to answer", said: message },
            OsLoginError::Disabled => {
                let enable = format!("gcloud services enable oslogin.googleapis.com --project {}", self.project);
                let message = format!("The OS Login API is switched off in the project {}.", self.project);
                failed(message, &[&format!("Ask those who run the project for: {enable}")])
            }
            OsLoginError::Full => failed(
                "Your OS Login profile has no room for another key.".into(),
                &[
                    "Look at your keys with: gcloud compute os-login ssh-keys list",
                    "Remove those that are no longer used with: gcloud compute os-login ssh-keys remove --key <key>",
                ],
            ),
            OsLoginError::NoAccount => failed(
                "Your OS Login profile has no account for Linux machines.".into(),
                &["Look at it with: gcloud compute os-login describe-profile"],
            ),
            OsLoginError::Unreachable(_) => failed(message, &[NETWORK]),
            OsLoginError::Refused(_) | OsLoginError::Invalid => failed(message, &[]),
        }
    }
}

/// Letters, digits and these, beginning with a letter: nothing that `gcloud` could take for an option or a file.
fn plain(what: &'static str, text: &str, more: &str) -> Result<String, BadName> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || more.contains(c);
    match text.starts_with(|c: char| c.is_ascii_lowercase()) && text.len() <= 63 && text.chars().all(fits) {
        true => Ok(text.to_owned()),
        false => Err(BadName::new(what, text)),
    }
}

/// Whether `gcloud` says that nobody is signed in, or not for long enough.
fn needs_login(said: &str) -> bool {
    [
        "You do not currently have an active account selected",
        "does not have any valid credentials",
        "There was a problem refreshing ",
        "eauthentication",
        "gcloud auth login",
    ]
    .iter()
    .any(|words| said.contains(words))
}

fn failed(message: String, hints: &[&str]) -> ProviderError {
    ProviderError::Failed(Explained::new(message, hints))
}

#[async_trait]
impl Provider for Instance {
    fn name(&self) -> &'static str {
        "Google Cloud"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["gcloud"]
    }

    fn needs(&self) -> Needs {
        Needs { host_keys: HostKeys::FirstSeen, ..Needs::default() }
    }

    fn set_port(&mut self, port: u16) -> Result<(), ProviderError> {
        self.port = port;
        Ok(())
    }

    async fn prepare(&self, material: &Material<'_>) -> Result<Route, ProviderError> {
        let token = self.token().await?;
        let email = match &self.account {
            Some(account) => account.clone(),
            None => self.current_account().await?,
        };
        let key = Key {
            email: email.as_str(),
            project: &self.project,
            public_key: material.public_key,
            expires_at: self.expires_at,
        };
        let imported = os_login::import(material.http, &self.os_login, &token, key).await;
        let user = User::parse(&imported.map_err(|error| self.not_imported(error))?)?;
        Ok(Route {
            user,
            host: self.alias.clone(),
            port: self.port,
            alias: self.alias.clone(),
            certificate: None,
            reach: Reach::Proxy(self.proxy()),
            environment: self.environment(material.aws),
            unset: Vec::new(),
        })
    }

    fn classify(&self, said: &str) -> Verdict {
        let has = |text: &str| said.contains(text);
        // Whatever `gcloud` fails of, `ssh` says that the connection is closed: the better word comes first.
        if words::unreachable(said) || has("Error while connecting [[Errno ") {
            return Verdict::Refused(Explained::new("gcloud does not reach Google.", &[NETWORK]));
        }
        if needs_login(said) {
            let hint = match &self.account {
                Some(account) => format!("Sign in with: gcloud auth login {account}"),
                None => "Sign in with: gcloud auth login".into(),
            };
            return Verdict::Refused(Explained::new("You are not signed in with gcloud.", &[&hint]));
        }
        if has("[4033:") || has("(May be due to missing permissions)") {
            return Verdict::NotYet("Google Cloud to allow the tunnel");
        }
        if has("Required 'compute.instances.get'") {
            return Verdict::NotYet("Google Cloud to let you see the instance");
        }
        if has("[4010:") {
            return Verdict::NotYet("the instance to take connections");
        }
        if has("[4003:") {
            return Verdict::Refused(Explained::new(
                format!("Identity-Aware Proxy does not reach port {} of {}.", self.port, self.name),
                &[
                    "Check that the instance is running, and that it runs an SSH server.",
                    "Check that a firewall rule lets 35.235.240.0/20 reach it: https://cloud.google.com/iap/docs/using-tcp-forwarding#create-firewall-rule",
                ],
            ));
        }
        if has("[4047:") || (has("The resource 'projects/") && has("was not found")) {
            let message =
                format!("There is no instance {} in {} of the project {}.", self.name, self.zone, self.project);
            return Verdict::Refused(Explained::new(
                message,
                &["It may have been replaced: ask for access to the new one."],
            ));
        }
        if words::key_refused(said) {
            return Verdict::NotYet("OS Login to bring your key to the instance");
        }
        if let Some(verdict) = words::sudo(said) {
            return verdict;
        }
        if words::closed(said) {
            return Verdict::NotYet("the instance to take connections");
        }
        Verdict::Other
    }

    fn window(&self) -> Duration {
        WINDOW
    }

    fn after_all(&self, said: &str) -> Vec<String> {
        if words::key_refused(said) {
            return vec![
                "Check that the instance uses OS Login: its metadata, or the project's, must have enable-oslogin=TRUE."
                    .into(),
                "How to switch it on: https://cloud.google.com/compute/docs/oslogin/set-up-oslogin".into(),
            ];
        }
        if said.contains("[4033:") {
            return vec!["Ask those who run the project whether a condition keeps you from the role iap.tunnelResourceAccessor on the instance.".into()];
        }
        Vec::new()
    }
}

impl Instance {
    /// The account that `gcloud` is set to, for a grant that does not say whose it is.
    async fn current_account(&self) -> Result<User, ProviderError> {
        let argv = self.gcloud(["config", "get-value", "account"]);
        let ended = program::run("gcloud", &argv, &[], TOKEN_LIMIT).await?;
        User::parse(ended.stdout.trim()).map_err(|_| self.login("", &[]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrations::ssh::provider::tests::{grant, hostile};
    use serde_json::{Value, json};

    fn instance(zone: &str, name: &str, project: &str, principal: &str) -> Result<Instance, ProviderError> {
        let permission =
            json!({"provider": "gcloud", "zone": zone, "resource": {"instanceName": name, "projectId": project}});
        let mut grant = grant(permission, Value::Null, json!([]));
        grant.principal = principal.into();
        let p0_wire::ssh::Machine::Gcloud { zone, resource } = &grant.permission.machine else { panic!("gcloud") };
        Instance::new(&grant, zone, resource, os_login::endpoint())
    }

    fn batch() -> Instance {
        instance("us-central1-a", "batch-1", "example-dev", "ada@example.com").expect("an instance")
    }

    #[test]
    fn the_tunnel_is_started_by_gcloud() {
        let line = |argv: &Argv| argv.words().map(|w| w.to_str().expect("text")).collect::<Vec<_>>().join(" ");
        assert_eq!(
            line(&batch().proxy()),
            "gcloud compute start-iap-tunnel batch-1 22 --listen-on-stdin --zone us-central1-a --project example-dev \
             --account ada@example.com --quiet --verbosity error"
        );
        let nobody = instance("us-central1-a", "batch-1", "example.com:dev", "").expect("an instance");
        assert!(line(&nobody.proxy()).ends_with("--project example.com:dev --quiet --verbosity error"));
        assert_eq!(nobody.alias.as_str(), "batch-1.us-central1-a.example.com:dev");
    }

    #[test]
    fn a_grant_that_is_hostile_gets_nowhere() {
        for bad in hostile() {
            let bad = bad.as_str();
            assert!(instance(bad, "batch-1", "example-dev", "ada@example.com").is_err(), "{bad:?}");
            assert!(instance("us-central1-a", bad, "example-dev", "ada@example.com").is_err(), "{bad:?}");
            assert!(instance("us-central1-a", "batch-1", bad, "ada@example.com").is_err(), "{bad:?}");
            if !bad.is_empty() {
                assert!(instance("us-central1-a", "batch-1", "example-dev", bad).is_err(), "{bad:?}");
            }
        }
    }

    #[test]
    fn not_yet_is_told_from_never() {
        let closed = "kex_exchange_identification: Connection closed by remote host\r\n\
            Connection closed by UNKNOWN port 65535\r\n";
        for (said, expected) in [
            ("ada_example_com@batch-1: Permission denied (publickey).", "OS Login to bring your key to the instance"),
            (
                "ada_example_com@batch-1: Permission denied (publickey,gssapi-keyex).",
                "OS Login to bring your key to the instance",
            ),
            (
                "ERROR: (gcloud.compute.start-iap-tunnel) Error while connecting [4033: 'not authorized'].",
                "Google Cloud to allow the tunnel",
            ),
            (
                "ERROR: (gcloud.compute.start-iap-tunnel) Error while connecting [4010: 'destination read failed'].",
                "the instance to take connections",
            ),
            (
                "ERROR: (gcloud.compute.start-iap-tunnel) Could not fetch resource:\n - Required 'compute.instances.get' \
                 permission for 'projects/example-dev/zones/us-central1-a/instances/batch-1'",
                "Google Cloud to let you see the instance",
            ),
            ("Sorry, user ada_example_com may not run sudo on batch-1.", "sudo to be allowed"),
            // As version 528 says it on a tunnel of stdin.
            (
                "ERROR: [0] Error during local connection to [stdin]: Error while connecting [4033: 'not authorized'].",
                "Google Cloud to allow the tunnel",
            ),
            (
                "ERROR: [0] Error during local connection to [stdin]: Error while connecting [Handshake status 404 Not \
                 Found]. (May be due to missing permissions)",
                "Google Cloud to allow the tunnel",
            ),
            ("", "the instance to take connections"),
        ] {
            assert_eq!(batch().classify(&format!("{said}\n{closed}")), Verdict::NotYet(expected), "{said}");
        }
        for (said, expected) in [
            (
                "Error while connecting [4003: 'failed to connect to backend']. (Failed to connect to port 22)",
                "port 22",
            ),
            ("Error while connecting [4047: 'Failed to lookup instance'].", "no instance batch-1"),
            (
                "- The resource 'projects/example-dev/zones/us-central1-a/instances/batch-1' was not found",
                "no instance batch-1",
            ),
            ("You do not currently have an active account selected.", "not signed in with gcloud"),
            (
                "ERROR: [0] Error during local connection to [stdin]: Error while connecting [[Errno 111] Connection \
                 refused].",
                "does not reach Google",
            ),
        ] {
            let verdict = batch().classify(&format!("{said}\n{closed}"));
            let Verdict::Refused(Explained { message, hints }) = verdict else { panic!("{said}: {verdict:?}") };
            assert!(message.contains(expected) && !hints.is_empty(), "{message}");
        }
        assert_eq!(batch().classify("Host key verification failed."), Verdict::Other);
    }

    #[test]
    fn a_key_that_is_never_taken_hints_at_os_login() {
        let hints = batch().after_all("ada@batch-1: Permission denied (publickey).");
        assert!(hints[0].contains("enable-oslogin=TRUE"), "{hints:?}");
        assert!(
            batch().after_all("Error while connecting [4033: 'not authorized'].")[0].contains("tunnelResourceAccessor")
        );
        assert!(batch().after_all("Connection closed by UNKNOWN port 65535").is_empty());
    }

    #[test]
    fn whoever_is_not_signed_in_is_sent_there() {
        for (said, expected) in [
            (
                "ERROR: (gcloud.auth.print-access-token) You do not currently have an active account selected.",
                "You are not signed in with gcloud as ada@example.com.",
            ),
            (
                "ERROR: (gcloud.auth.print-access-token) Your current active account [ada@example.com] does not have any \
                 valid credentials",
                "You are not signed in with gcloud as ada@example.com.",
            ),
            (
                "Reauthentication failed. cannot prompt during non-interactive execution.",
                "Google wants you to sign in again with gcloud as ada@example.com.",
            ),
        ] {
            let ProviderError::First(errand) = batch().no_token(said) else { panic!("{said}") };
            assert_eq!(errand.why.message, expected);
            assert_eq!(errand.command, Argv::new("gcloud", ["auth", "login", "ada@example.com"]));
        }
        let offline = "ERROR: (gcloud.auth.print-access-token) There was a problem refreshing auth tokens for account \
            ada@example.com: HTTPSConnectionPool(host='oauth2.googleapis.com', port=443): Max retries exceeded with url: \
            /token (Caused by X)\nPlease run:\n\n  $ gcloud auth login\n";
        assert_eq!(batch().no_token(offline).to_string(), "gcloud does not reach Google.");
        let error = batch().no_token("Traceback (most recent call last):\nImportError: no module\n");
        assert_eq!(error.to_string(), "gcloud gave no access token: ImportError: no module");
    }

    #[test]
    fn what_os_login_says_is_explained() {
        let not_yet = |error| matches!(batch().not_imported(error), ProviderError::NotYet { .. });
        assert!(not_yet(OsLoginError::Forbidden("The caller does not have permission".into())));
        assert!(not_yet(OsLoginError::Busy(503)));
        let ProviderError::First(errand) = batch().not_imported(OsLoginError::Token) else { panic!("a sign-in") };
        assert_eq!(errand.command, Argv::new("gcloud", ["auth", "login", "--force", "ada@example.com"]));
        for (error, expected) in [
            (OsLoginError::Disabled, "switched off in the project example-dev"),
            (OsLoginError::Full, "no room for another key"),
            (OsLoginError::NoAccount, "no account for Linux"),
            (OsLoginError::Unreachable("connection refused".into()), "cannot be reached: connection refused"),
        ] {
            let ProviderError::Failed(Explained { message, hints }) = batch().not_imported(error) else {
                panic!("{expected}")
            };
            assert!(message.contains(expected) && !hints.is_empty(), "{message}");
        }
    }
}
