//! Errors, which the API reports in the body rather than in the status.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `{"error": "…"}`: an error whatever the HTTP status that carried it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// Meant for the user; it can be a help text of many lines.
    pub error: String,
}

impl ErrorBody {
    /// An error with this text.
    pub fn new(error: impl Into<String>) -> Self {
        Self { error: error.into() }
    }

    /// The error that a document states, if it is one: an object with an `error` key that is neither `null` nor
    /// `false`. The value is a string, or an object with a `message`; anything else is shown as it stands.
    pub fn of(document: &Value) -> Option<Self> {
        let error = document.as_object()?.get("error")?;
        let text = match error {
            Value::Null | Value::Bool(false) => return None,
            Value::String(text) => text.clone(),
            Value::Object(fields) => match fields.get("message") {
                Some(Value::String(text)) => text.clone(),
                _ => error.to_string(),
            },
            other => other.to_string(),
        };
        Some(Self::new(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_error_is_found_wherever_it_stands() {
        let text = |v: Value| ErrorBody::of(&v).map(|e| e.error);
        assert_eq!(text(json!({"error": "no"})).as_deref(), Some("no"));
        assert_eq!(text(json!({"ok": true, "error": {"message": "no"}})).as_deref(), Some("no"));
        assert_eq!(text(json!({"error": {"code": 3}})).as_deref(), Some(r#"{"code":3}"#));
        assert_eq!(text(json!({"error": 7})).as_deref(), Some("7"));
    }

    #[test]
    fn other_documents_are_not_errors() {
        for document in [json!({"ok": true}), json!({"error": null}), json!([{"error": "no"}]), json!("error")] {
            assert_eq!(ErrorBody::of(&document), None, "{document}");
        }
    }
}
