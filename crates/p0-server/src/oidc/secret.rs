//! Random secrets, and the hashes of them that the service stores.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::Rng;
use sha2::{Digest, Sha256};

/// The letters of user codes: no vowels, to avoid words, and none that look like digits (RFC 8628, section 6.1).
const USER_CODE_LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const USER_CODE_LENGTH: usize = 8;

/// The SHA-256 hash of a secret, for the store. Secrets are random, so they need no salt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Hashes a secret.
    pub fn from_secret(secret: &str) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// Returns the 32 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Makes a secret: 256 bits from a cryptographic generator, in 43 characters of base64url.
pub(crate) fn random() -> String {
    URL_SAFE_NO_PAD.encode(rand::rng().random::<[u8; 32]>())
}

/// Whether the text has the form of a secret of [`random`].
pub(crate) fn is_well_formed(secret: &str) -> bool {
    secret.len() == 43 && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Makes a unique id of 128 bits.
pub(crate) fn random_id() -> String {
    URL_SAFE_NO_PAD.encode(rand::rng().random::<[u8; 16]>())
}

/// Makes a user code of 34 bits, which is enough because attempts are limited and codes expire soon.
pub(crate) fn user_code() -> String {
    let mut rng = rand::rng();
    (0..USER_CODE_LENGTH).map(|_| char::from(USER_CODE_LETTERS[rng.random_range(0..USER_CODE_LETTERS.len())])).collect()
}

/// Parses a user code as typed: ignores case, dashes and spaces (RFC 8628, section 6.1).
pub(crate) fn read_user_code(typed: &str) -> Option<String> {
    if typed.len() > 64 {
        return None;
    }
    let code: String =
        typed.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_uppercase()).collect();
    (code.len() == USER_CODE_LENGTH && code.bytes().all(|b| USER_CODE_LETTERS.contains(&b))).then_some(code)
}

/// Formats a user code for display, as two groups of four.
pub(crate) fn show_user_code(code: &str) -> String {
    let (left, right) = code.split_at(code.len() / 2);
    format!("{left}-{right}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_code_parses_in_any_spelling() {
        let code = user_code();
        let shown = show_user_code(&code);
        assert_eq!(shown.len(), 9);
        for typed in [shown.clone(), shown.to_lowercase(), format!(" {code}\n"), code.clone()] {
            assert_eq!(read_user_code(&typed).as_ref(), Some(&code), "{typed:?}");
        }
        for typed in ["", "BCDF", "BCDF-GHJA", "BCDF-GHJKL", "<script>", "ÄÄÄÄ", &"-".repeat(100)] {
            assert_eq!(read_user_code(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn secrets_are_well_formed_and_unique() {
        let (one, other) = (random(), random());
        assert!(is_well_formed(&one));
        assert_ne!(one, other);
        assert_ne!(SecretHash::from_secret(&one), SecretHash::from_secret(&other));
        assert!(!is_well_formed("short"));
    }
}
