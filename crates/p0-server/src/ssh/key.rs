//! Public keys from untrusted input.

use ssh_key::{
    HashAlg, PublicKey,
    public::{KeyData, RsaPublicKey},
};

/// The maximum length of a key line, in bytes: an RSA key of 16384 bits with a comment.
const LONGEST: usize = 8 * 1024;
/// The minimum length of RSA keys, above OpenSSH's own minimum (ssh_config(5), `RequiredRSASize`).
const MIN_RSA_BITS: usize = 2048;

/// A user's public key, of a kind that can be certified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserKey(PublicKey);

/// Why a public key is rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is not one line in the format of `authorized_keys` without options.
    #[error("Invalid public key: send one line, with its type and the key in base64, such as id_ed25519.pub has")]
    Form,
    /// The key type is weak or unknown.
    #[error("A key of the type {0} is not accepted: make one with ssh-keygen -t ed25519")]
    Kind(String),
    /// The key is too short.
    #[error("An RSA key of {0} bits is too short: make one with ssh-keygen -t ed25519")]
    Short(usize),
}

impl UserKey {
    /// Parses a line in the format of `authorized_keys` without options.
    ///
    /// # Errors
    ///
    /// [`KeyError`].
    pub fn parse(line: &str) -> Result<Self, KeyError> {
        let line = line.trim();
        if line.len() > LONGEST || line.contains(char::is_control) {
            return Err(KeyError::Form);
        }
        let mut key = PublicKey::from_openssh(line).map_err(|_| KeyError::Form)?;
        match key.key_data() {
            KeyData::Ed25519(_) | KeyData::Ecdsa(_) | KeyData::SkEd25519(_) | KeyData::SkEcdsaSha2NistP256(_) => {}
            KeyData::Rsa(rsa) => match bits(rsa) {
                MIN_RSA_BITS.. => {}
                bits => return Err(KeyError::Short(bits)),
            },
            other => return Err(KeyError::Kind(crate::spec::text::echo(other.algorithm().as_str()))),
        }
        // The comment is arbitrary text.
        key.set_comment("");
        Ok(Self(key))
    }

    /// Returns type and base64.
    pub fn as_line(&self) -> String {
        line(&self.0)
    }

    /// Returns the fingerprint (`SHA256:…`).
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }

    pub(super) fn data(&self) -> KeyData {
        self.0.key_data().clone()
    }
}

/// Parses a host key (type and base64). Returns `None` if it is invalid.
pub fn host_key(text: &str) -> Option<String> {
    let mut key = PublicKey::from_openssh(text.trim()).ok()?;
    key.set_comment("");
    Some(line(&key))
}

fn line(key: &PublicKey) -> String {
    // A parsed key can always be formatted.
    key.to_openssh().unwrap_or_default().trim_end().to_owned()
}

fn bits(rsa: &RsaPublicKey) -> usize {
    let modulus = rsa.n.as_positive_bytes().unwrap_or_default();
    let leading = modulus.first().map_or(0, |byte| byte.leading_zeros());
    (modulus.len() * 8).saturating_sub(usize::try_from(leading).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::STANDARD};

    const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

    fn rsa(bits: usize) -> String {
        let part = |bytes: &[u8]| {
            let length = u32::try_from(bytes.len()).expect("short");
            [&length.to_be_bytes()[..], bytes].concat()
        };
        let modulus = [vec![0, 0x80], vec![1; bits / 8 - 1]].concat();
        let blob = [part(b"ssh-rsa"), part(&[1, 0, 1]), part(&modulus)].concat();
        format!("ssh-rsa {}", STANDARD.encode(blob))
    }

    #[test]
    fn key_parses_to_type_and_base64() {
        let key = UserKey::parse(&format!("{ED25519} ada@laptop\n")).expect("a key");
        assert_eq!(key.as_line(), ED25519);
        assert!(key.fingerprint().starts_with("SHA256:"));
        assert_eq!(UserKey::parse(&rsa(2048)).expect("a key").as_line(), rsa(2048));
    }

    #[test]
    fn malformed_and_weak_keys_are_rejected() {
        for bad in [
            "",
            "ssh-ed25519",
            "ssh-ed25519 AAAA",
            &format!("{ED25519}\n{ED25519}"),
            &format!("command=\"reboot\" {ED25519}"),
            &format!("{ED25519} \u{1b}[2J"),
            &format!("{ED25519} {}", "x".repeat(LONGEST)),
            &ED25519.replace("ssh-ed25519 ", "ssh-rsa "),
        ] {
            assert_eq!(UserKey::parse(bad), Err(KeyError::Form), "{bad:?}");
        }
        assert_eq!(UserKey::parse(&rsa(1024)), Err(KeyError::Short(1024)));
    }

    #[test]
    fn host_key_parses_without_comment() {
        assert_eq!(host_key(&format!(" {ED25519} root@web-1 ")).as_deref(), Some(ED25519));
        assert_eq!(host_key("web-1 ssh-ed25519 AAAA"), None);
    }
}
