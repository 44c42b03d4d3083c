//! Passwords: Argon2id (RFC 9106), stored as PHC strings.

use super::OidcError;
use argon2::{
    Argon2, Params,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

/// The maximum length of a password, which bounds the cost of hashing.
const LONGEST_PASSWORD: usize = 1024;
/// The number of concurrent verifications. Each uses about 19 MiB.
const AT_ONCE: usize = 4;
/// The hash of an unknown password, verified for unknown users so that the response takes the same time.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGF0IGFsbC4uLg$LrLjG9gJmlV6yxvJ8wPpOiMRUyTzmMGz0PAkU0fcEbI";

/// Hashes a password for `password_hash`: Argon2id with a random salt.
///
/// # Errors
///
/// [`OidcError::Password`] if the password is empty, or longer than 1024 bytes.
pub fn hash_password(password: &str) -> Result<String, OidcError> {
    if password.is_empty() || password.len() > LONGEST_PASSWORD {
        return Err(OidcError::Password);
    }
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(|_| OidcError::Password)?;
    Ok(hash.to_string())
}

/// Whether [`Passwords::verify`] accepts a hash.
pub(super) fn is_readable(hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        hash.algorithm.as_str() == "argon2id"
            && hash.salt.is_some()
            && hash.hash.is_some()
            && Params::try_from(&hash).is_ok()
    })
}

/// Verifies passwords, with limited concurrency.
pub(super) struct Passwords {
    slots: Semaphore,
}

impl Passwords {
    pub(super) fn new() -> Self {
        Self { slots: Semaphore::new(AT_ONCE) }
    }

    /// Verifies a password. Without a hash the result is false and takes the same time.
    pub(super) async fn verify(&self, hash: Option<&str>, password: &str) -> Result<bool, OidcError> {
        if password.len() > LONGEST_PASSWORD {
            return Ok(false);
        }
        let _slot = self.slots.acquire().await.map_err(|_| OidcError::Stopping)?;
        let known = hash.is_some();
        let (hash, password) = (hash.unwrap_or(NOBODY).to_owned(), password.to_owned());
        let matches = tokio::task::spawn_blocking(move || {
            PasswordHash::new(&hash)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        })
        .await
        .map_err(|_| OidcError::Stopping)?;
        Ok(known && matches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_salted_argon2id() {
        let (one, other) = (hash_password("secret").unwrap(), hash_password("secret").unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, other);
        assert!(is_readable(&one) && is_readable(NOBODY));
        for hash in [
            "",
            "secret",
            "$argon2i$v=19$m=19456,t=2,p=1$bm9ib2R5IGF0IGFsbC4uLg",
            &one[..60],
            &one.replace("m=19456", "m=1"),
        ] {
            assert!(!is_readable(hash), "{hash}");
        }
        for password in ["", &"x".repeat(1025)] {
            assert_eq!(hash_password(password).unwrap_err().to_string(), "a password has between 1 and 1024 bytes");
        }
    }

    #[tokio::test]
    async fn only_the_right_password_verifies() {
        let hash = hash_password("secret").unwrap();
        let passwords = Passwords::new();
        assert!(passwords.verify(Some(&hash), "secret").await.unwrap());
        assert!(!passwords.verify(Some(&hash), "Secret").await.unwrap());
        assert!(!passwords.verify(Some(&hash), &"x".repeat(1025)).await.unwrap());
        assert!(!passwords.verify(None, "secret").await.unwrap());
    }
}
