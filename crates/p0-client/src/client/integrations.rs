//! What an integration is set up with (protocol, section 7), and the calls that help sessions (section 8).

use super::{Client, json};
use crate::{
    Answer, Error,
    call::{Call, Repeat},
};
use p0_wire::{
    integration::Configuration,
    ssh::{Audit, Certificate, HostKeys, PublicKey},
};
use reqwest::Method;

impl Client {
    /// What of an integration, such as `aws`, is installed.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the organisation does not have the integration. Those of every call.
    pub async fn integration(&self, name: &str) -> Result<Answer<Configuration>, Error> {
        self.get(&["integrations", name, "config"]).await
    }

    /// Tells the service with which key the user comes, where the grant does not know it. Telling it again changes nothing.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn submit_public_key(&self, key: &PublicKey) -> Result<(), Error> {
        let call = self.call(Method::POST, &["integrations", "ssh", "public-keys"], Repeat::Harmless)?;
        self.send(Call { body: Some(json(key)), ..call }).await?.done()
    }

    /// The machine's host keys; `force`: asked of the machine anew.
    ///
    /// # Errors
    /// Those of every call.
    pub async fn host_keys(&self, request_id: &str, force: bool) -> Result<Answer<HostKeys>, Error> {
        let mut call = self.call(Method::GET, &["integrations", "ssh", "host-keys"], Repeat::Harmless)?;
        call.url.query_pairs_mut().append_pair("requestId", request_id);
        if force {
            call.url.query_pairs_mut().append_pair("force", "true");
        }
        self.send(call).await?.read()
    }

    /// A certificate for the user's key, which ends with the grant.
    ///
    /// # Errors
    /// The grant has ended or the service signs no certificates. Those of every call.
    pub async fn ssh_certificate(&self, key: &PublicKey) -> Result<Answer<Certificate>, Error> {
        let call = self.call(Method::POST, &["integrations", "ssh", "certificates"], Repeat::Harmless)?;
        self.send(Call { body: Some(json(key)), ..call }).await?.read()
    }

    /// Reports that a session has begun or ended.
    ///
    /// # Errors
    /// Those of every call. No session waits for it or fails with it, so that it is tried again is told to nobody.
    pub async fn audit_ssh(&self, audit: &Audit) -> Result<(), Error> {
        let call = self.call(Method::POST, &["integrations", "ssh", "audit"], Repeat::Harmless)?;
        self.send(Call { body: Some(json(audit)), quiet: true, ..call }).await?.done()
    }
}
