//! Errors. The API reports them in the body, whatever the HTTP status.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `{"error": "…"}`, which is an error even if the HTTP status is 200.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The message for the user. It can be a help text of many lines.
    pub error: String,
}

impl ErrorBody {
    /// Makes an error with this message.
    pub fn new(error: impl Into<String>) -> Self {
        Self { error: error.into() }
    }

    /// Reads the error from a document: an object with an `error` key that is neither `null` nor `false`. The message is
    /// the value if it is a string, its `message` if it is an object with one, and its JSON text otherwise.
    pub fn from_document(document: &Value) -> Option<Self> {
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
    fn error_message_is_read_from_a_string_an_object_or_json() {
        let text = |v: Value| ErrorBody::from_document(&v).map(|e| e.error);
        assert_eq!(text(json!({"error": "no"})).as_deref(), Some("no"));
        assert_eq!(text(json!({"ok": true, "error": {"message": "no"}})).as_deref(), Some("no"));
        assert_eq!(text(json!({"error": {"code": 3}})).as_deref(), Some(r#"{"code":3}"#));
        assert_eq!(text(json!({"error": 7})).as_deref(), Some("7"));
    }

    #[test]
    fn documents_without_an_error_key_are_not_errors() {
        for document in [json!({"ok": true}), json!({"error": null}), json!([{"error": "no"}]), json!("error")] {
            assert_eq!(ErrorBody::from_document(&document), None, "{document}");
        }
    }
}
