//! The user's key: made here, and kept as a secret text.

#[cfg(any(windows, test))]
mod file;
#[cfg(unix)]
mod sign;

use aws_lc_rs::{
    encoding::AsDer,
    rsa::{self, KeySize},
    signature::{Ed25519KeyPair, KeyPair, RsaKeyPair},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use ssh_key::{
    Mpint, PublicKey,
    public::{Ed25519PublicKey, KeyData, RsaPublicKey},
};
use std::fmt;

/// The kinds of keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyType {
    #[default]
    Ed25519,
    /// RSA with 3072 bits, for what takes nothing newer.
    Rsa,
}

impl KeyType {
    /// The word for it in settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Rsa => "rsa",
        }
    }

    /// The kind of this name.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Ed25519, Self::Rsa].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A private key and its public half.
pub struct UserKey {
    pair: Pair,
    blob: Vec<u8>,
    line: String,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

/// A key cannot be made, read or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The system has no randomness, or no memory.
    #[error("a key for SSH cannot be made")]
    Make,
    /// What is kept is none.
    #[error("the key for SSH that is kept here cannot be read")]
    Read,
    /// It is not fit for what it is to sign.
    #[cfg(unix)]
    #[error("the key for SSH cannot sign this")]
    Sign,
}

impl UserKey {
    pub fn generate(kind: KeyType) -> Result<Self, KeyError> {
        let pair = match kind {
            KeyType::Ed25519 => Pair::Ed25519(Ed25519KeyPair::generate().map_err(|_| KeyError::Make)?),
            KeyType::Rsa => Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa3072).map_err(|_| KeyError::Make)?),
        };
        Self::new(pair)
    }

    /// The key that [`Self::to_secret`] wrote.
    pub fn from_secret(secret: &SecretString) -> Result<Self, KeyError> {
        let (kind, text) = secret.expose_secret().split_once(' ').ok_or(KeyError::Read)?;
        let der = BASE64_STANDARD.decode(text).map_err(|_| KeyError::Read)?;
        let pair = match KeyType::parse(kind) {
            Some(KeyType::Ed25519) => Ed25519KeyPair::from_pkcs8(&der).map(Pair::Ed25519),
            Some(KeyType::Rsa) => RsaKeyPair::from_pkcs8(&der).map(Pair::Rsa),
            None => return Err(KeyError::Read),
        };
        Self::new(pair.map_err(|_| KeyError::Read)?)
    }

    fn new(pair: Pair) -> Result<Self, KeyError> {
        let data = match &pair {
            Pair::Ed25519(pair) => {
                let bytes = pair.public_key().as_ref().try_into().map_err(|_| KeyError::Read)?;
                KeyData::Ed25519(Ed25519PublicKey(bytes))
            }
            Pair::Rsa(pair) => {
                let number = |bytes: &[u8]| Mpint::from_positive_bytes(bytes).map_err(|_| KeyError::Read);
                let public = rsa::PublicKey::from_der(pair.public_key().as_ref()).map_err(|_| KeyError::Read)?;
                KeyData::Rsa(RsaPublicKey {
                    e: number(public.exponent().big_endian_without_leading_zero())?,
                    n: number(public.modulus().big_endian_without_leading_zero())?,
                })
            }
        };
        let public = PublicKey::from(data);
        let line = public.to_openssh().map_err(|_| KeyError::Read)?;
        Ok(Self { pair, blob: public.to_bytes().map_err(|_| KeyError::Read)?, line })
    }

    /// The public half as the protocol has it (RFC 4253, section 6.6).
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// The whole key as a text: its kind, and PKCS #8 (RFC 5958) in base64.
    pub fn to_secret(&self) -> Result<SecretString, KeyError> {
        let text = |kind: KeyType, der: &[u8]| format!("{} {}", kind.as_str(), BASE64_STANDARD.encode(der)).into();
        match &self.pair {
            Pair::Ed25519(pair) => pair.to_pkcs8().map(|der| text(KeyType::Ed25519, der.as_ref())),
            Pair::Rsa(pair) => pair.as_der().map(|der| text(KeyType::Rsa, der.as_ref())),
        }
        .map_err(|_| KeyError::Make)
    }

    /// The public half as in `authorized_keys`: type and base64, without comment or line end.
    pub fn line(&self) -> &str {
        &self.line
    }
}

impl fmt::Debug for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserKey").field("public", &self.line).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_from_its_text() {
        for (kind, name) in [(KeyType::Ed25519, "ssh-ed25519 "), (KeyType::Rsa, "ssh-rsa ")] {
            let key = UserKey::generate(kind).expect("a key");
            assert!(key.line().starts_with(name) && !key.line().contains('\n'), "{}", key.line());
            let again = UserKey::from_secret(&key.to_secret().expect("a text")).expect("the key");
            assert_eq!((again.line(), again.blob()), (key.line(), key.blob()));
            assert!(!format!("{key:?}").contains(key.to_secret().expect("a text").expose_secret()));
        }
    }

    #[test]
    fn what_is_no_key_is_none() {
        for text in ["", "ed25519", "ed25519 ", "ed25519 AAAA", "rsa AAAA", "dsa AAAA", "ed25519 !"] {
            assert_eq!(UserKey::from_secret(&text.into()).err(), Some(KeyError::Read), "{text}");
        }
    }
}
