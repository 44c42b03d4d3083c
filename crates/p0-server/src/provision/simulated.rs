//! Grants nothing, after a while: for the clouds and directories that are not at hand.

use super::{Granted, ProvisionError, Provisioner};
use crate::{clock::Clock, domain::Request};
use async_trait::async_trait;
use serde_json::{Value, json};
use std::time::Duration;

pub(super) struct Simulated {
    delay: Duration,
    clock: Clock,
}

impl Simulated {
    pub(super) fn new(delay_ms: u64, clock: Clock) -> Self {
        Self { delay: Duration::from_millis(delay_ms), clock }
    }
}

#[async_trait]
impl Provisioner for Simulated {
    async fn grant(&self, request: &Request) -> Result<Granted, ProvisionError> {
        self.clock.sleep(self.delay).await;
        Ok(Granted { generated: generated(request), delegation: request.access.delegation.clone() })
    }

    async fn revoke(&self, _: &Request) -> Result<(), ProvisionError> {
        self.clock.sleep(self.delay).await;
        Ok(())
    }

    fn is_simulated(&self) -> bool {
        true
    }
}

/// What the catalogue knows, and for sessions the account that a real provisioner would have made.
fn generated(request: &Request) -> Value {
    let mut generated = request.access.generated.clone();
    if !matches!(request.access.integration.as_str(), "ssh" | "rdp" | "file-transfer") {
        return generated;
    }
    if generated.is_null() {
        generated = json!({});
    }
    if let Some(fields) = generated.as_object_mut() {
        fields.entry("linuxUserName").or_insert_with(|| linux_user_name(&request.principal).into());
        if let Some(key) = request.access.permission.get("publicKey") {
            fields.entry("publicKey").or_insert_with(|| key.clone());
        }
        fields.entry("hostKeys").or_insert_with(|| json!([]));
    }
    generated
}

/// An account's name after an e-mail address: what `useradd` takes, at most 32 characters.
fn linux_user_name(email: &str) -> String {
    let local = email.split('@').next().unwrap_or_default().to_lowercase();
    let name: String = local.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(32).collect();
    if name.starts_with(|c: char| c.is_ascii_lowercase()) {
        name
    } else {
        format!("u{name}").chars().take(32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_names_are_plain() {
        for (email, name) in [
            ("Dev@example.com", "dev"),
            ("first.last+x@example.com", "first-last-x"),
            ("7up@example.com", "u7up"),
            ("$(reboot)@example.com", "u--reboot-"),
            ("", "u"),
        ] {
            assert_eq!(linux_user_name(email), name, "{email}");
        }
        assert_eq!(linux_user_name(&"a".repeat(99)).len(), 32);
    }
}
