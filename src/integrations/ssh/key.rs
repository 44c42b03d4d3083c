//! The user's key: made here, kept as a secret text, and used without ever being a file.

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::{self, KeySize},
    signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use ssh_key::{
    Mpint, PublicKey,
    public::{Ed25519PublicKey, KeyData, RsaPublicKey},
};
#[cfg(any(windows, test))]
use aws_lc_rs::encoding::{AsBigEndian, Curve25519SeedBin};
#[cfg(any(windows, test))]
use ssh_key::{
    LineEnding, PrivateKey,
    private::{Ed25519Keypair, Ed25519PrivateKey, KeypairData},
};
use std::fmt;

/// `SSH_AGENT_RSA_SHA2_256` of a request to sign (RFC draft-miller-ssh-agent, section 3.6.1).
const RSA_SHA2_256: u32 = 2;
/// `SSH_AGENT_RSA_SHA2_512`.
const RSA_SHA2_512: u32 = 4;

/// The kinds of keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyType {
    /// Ed25519 (RFC 8709).
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
    #[error("the key for SSH cannot sign this")]
    Sign,
}

impl UserKey {
    /// Makes one.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn generate(kind: KeyType) -> Result<Self, KeyError> {
        let pair = match kind {
            KeyType::Ed25519 => Pair::Ed25519(Ed25519KeyPair::generate().map_err(|_| KeyError::Make)?),
            KeyType::Rsa => Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa3072).map_err(|_| KeyError::Make)?),
        };
        Self::new(pair)
    }

    /// The key that [`Self::to_secret`] wrote.
    ///
    /// # Errors
    /// It is none.
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
        let blob = public.to_bytes().map_err(|_| KeyError::Read)?;
        let line = public.to_openssh().map_err(|_| KeyError::Read)?;
        Ok(Self { pair, blob, line })
    }

    /// The whole key as a text: its kind, and PKCS #8 (RFC 5958) in base64.
    ///
    /// # Errors
    /// There is no memory.
    pub fn to_secret(&self) -> Result<SecretString, KeyError> {
        let text = |kind: KeyType, der: &[u8]| format!("{} {}", kind.as_str(), BASE64_STANDARD.encode(der)).into();
        match &self.pair {
            Pair::Ed25519(pair) => pair.to_pkcs8().map(|der| text(KeyType::Ed25519, der.as_ref())),
            Pair::Rsa(pair) => pair.as_der().map(|der| text(KeyType::Rsa, der.as_ref())),
        }
        .map_err(|_| KeyError::Make)
    }

    /// The whole key as the text of a file that every `ssh` reads: OpenSSH's own form (PROTOCOL.key), which for Ed25519 older
    /// ones take alone; for RSA PKCS #8 (RFC 5958) in RFC 7468's.
    ///
    /// # Errors
    /// There is no memory.
    #[cfg(any(windows, test))]
    pub fn to_file(&self) -> Result<SecretString, KeyError> {
        match &self.pair {
            Pair::Ed25519(pair) => {
                let seed = pair.seed().map_err(|_| KeyError::Make)?;
                let seed: [u8; 32] = AsBigEndian::<Curve25519SeedBin<'_>>::as_be_bytes(&seed)
                    .map_err(|_| KeyError::Make)?
                    .as_ref()
                    .try_into()
                    .map_err(|_| KeyError::Make)?;
                let public = pair.public_key().as_ref().try_into().map_err(|_| KeyError::Make)?;
                let pair = Ed25519Keypair {
                    public: Ed25519PublicKey(public),
                    private: Ed25519PrivateKey::from_bytes(&seed),
                };
                let key = PrivateKey::new(KeypairData::Ed25519(pair), "").map_err(|_| KeyError::Make)?;
                let text = key.to_openssh(LineEnding::LF).map_err(|_| KeyError::Make)?;
                Ok(text.as_str().into())
            }
            Pair::Rsa(pair) => {
                let der = pair.as_der().map_err(|_| KeyError::Make)?;
                let text = BASE64_STANDARD.encode(der.as_ref());
                let lines = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line) + "\n");
                let lines: String = lines.collect();
                Ok(format!("-----BEGIN PRIVATE KEY-----\n{lines}-----END PRIVATE KEY-----\n").into())
            }
        }
    }

    /// The public half as in `authorized_keys`: type and base64, without comment or line end.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// The public half as the protocol has it (RFC 4253, section 6.6).
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// The signature over this, as the protocol has it: the algorithm's name and its bytes, each with its length. `flags`
    /// choose the hash for RSA; SHA-1 is not to be had.
    ///
    /// # Errors
    /// The key is not fit for it.
    pub fn sign(&self, data: &[u8], flags: u32) -> Result<Vec<u8>, KeyError> {
        let (name, bytes) = match &self.pair {
            Pair::Ed25519(pair) => ("ssh-ed25519", pair.try_sign(data).map_err(|_| KeyError::Sign)?.as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let (name, padding): (_, &'static dyn RsaEncoding) = match flags {
                    flags if flags & RSA_SHA2_512 != 0 => ("rsa-sha2-512", &RSA_PKCS1_SHA512),
                    flags if flags & RSA_SHA2_256 != 0 => ("rsa-sha2-256", &RSA_PKCS1_SHA256),
                    _ => return Err(KeyError::Sign),
                };
                let mut bytes = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &SystemRandom::new(), data, &mut bytes).map_err(|_| KeyError::Sign)?;
                (name, bytes)
            }
        };
        let mut signature = Vec::with_capacity(bytes.len() + name.len() + 8);
        super::wire::put(&mut signature, name.as_bytes());
        super::wire::put(&mut signature, &bytes);
        Ok(signature)
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

    #[cfg(unix)]
    #[test]
    fn ssh_reads_the_key_from_its_file() {
        use std::{io::Write, process::Command};
        for kind in [KeyType::Ed25519, KeyType::Rsa] {
            let key = UserKey::generate(kind).expect("a key");
            // `tempfile` creates with 0600, without which `ssh` reads no key.
            let mut file = tempfile::NamedTempFile::new().expect("a file");
            file.write_all(key.to_file().expect("a text").expose_secret().as_bytes()).expect("written");
            let Ok(output) = Command::new("ssh-keygen").args(["-y", "-f"]).arg(file.path()).output() else { return };
            let read = String::from_utf8_lossy(&output.stdout);
            assert_eq!(read.trim_end(), key.line(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }

    #[test]
    fn what_is_no_key_is_none() {
        for text in ["", "ed25519", "ed25519 ", "ed25519 AAAA", "rsa AAAA", "dsa AAAA", "ed25519 !"] {
            assert_eq!(UserKey::from_secret(&text.into()).err(), Some(KeyError::Read), "{text}");
        }
    }

    #[test]
    fn rsa_signs_with_sha_2_and_nothing_else() {
        let key = UserKey::generate(KeyType::Rsa).expect("a key");
        let named = |flags| key.sign(b"data", flags).map(|bytes| String::from_utf8_lossy(&bytes[4..16]).into_owned());
        assert_eq!(named(RSA_SHA2_256).as_deref(), Ok("rsa-sha2-256"));
        assert_eq!(named(RSA_SHA2_512 | RSA_SHA2_256).as_deref(), Ok("rsa-sha2-512"));
        assert_eq!(named(0), Err(KeyError::Sign));
    }
}
