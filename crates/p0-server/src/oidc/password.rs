//! Passwords: Argon2id (RFC 9106), kept as PHC strings.

use super::OidcError;
use argon2::{
    Argon2, Params,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

/// A longer password is refused, so that nobody makes the service hash a book.
const LONGEST_PASSWORD: usize = 1024;
/// Each verification takes about 19 MiB, so not many run at once.
const AT_ONCE: usize = 4;
/// Verified when there is no such user, so that it takes as long as if there were. It is the hash of no known password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGF0IGFsbC4uLg$LrLjG9gJmlV6yxvJ8wPpOiMRUyTzmMGz0PAkU0fcEbI";

/// What `password_hash` of a user is to be for this password: Argon2id with a random salt.
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

/// Whether [`Passwords::verify`] can read a hash.
pub(super) fn is_readable(hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        hash.algorithm.as_str() == "argon2id"
            && hash.salt.is_some()
            && hash.hash.is_some()
            && Params::try_from(&hash).is_ok()
    })
}

/// Verifies passwords, a few at once.
pub(super) struct Passwords {
    slots: Semaphore,
}

impl Passwords {
    pub(super) fn new() -> Self {
        Self { slots: Semaphore::new(AT_ONCE) }
    }

    /// Whether the password has this hash. Without a hash it has not, and the answer takes as long.
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
    fn hashes_are_argon2id_with_a_salt() {
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
    async fn only_the_password_verifies() {
        let hash = hash_password("secret").unwrap();
        let passwords = Passwords::new();
        assert!(passwords.verify(Some(&hash), "secret").await.unwrap());
        assert!(!passwords.verify(Some(&hash), "Secret").await.unwrap());
        assert!(!passwords.verify(Some(&hash), &"x".repeat(1025)).await.unwrap());
        assert!(!passwords.verify(None, "secret").await.unwrap());
    }
}
