//! The machine account of a grant.

use crate::{domain::Request, ssh::after_email};
use serde_json::{Value, json};

/// Returns what the catalog knows and, for SSH sessions, the account, the public key and the host keys (protocol, section 6).
pub(super) fn generated(request: &Request) -> Value {
    let mut generated = request.access.generated.clone();
    if !matches!(request.access.integration.as_str(), "ssh" | "rdp" | "file-transfer") {
        return generated;
    }
    if generated.is_null() {
        generated = json!({});
    }
    if let Some(fields) = generated.as_object_mut() {
        fields.entry("linuxUserName").or_insert_with(|| after_email(&request.principal).into());
        if let Some(key) = request.access.permission.get("publicKey") {
            fields.entry("publicKey").or_insert_with(|| key.clone());
        }
        fields.entry("hostKeys").or_insert_with(|| json!([]));
    }
    generated
}
