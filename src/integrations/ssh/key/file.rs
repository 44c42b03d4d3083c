//! The key as a file, where `ssh` takes it in no other way.

use super::{KeyError, Pair, UserKey};
use aws_lc_rs::{
    encoding::{AsBigEndian, AsDer, Curve25519SeedBin},
    signature::KeyPair,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::SecretString;
use ssh_key::{
    LineEnding, PrivateKey,
    private::{Ed25519Keypair, Ed25519PrivateKey, KeypairData},
    public::Ed25519PublicKey,
};

impl UserKey {
    /// The whole key as the text of a file that every `ssh` reads: OpenSSH's own form (PROTOCOL.key), which for Ed25519 older
    /// ones take alone; for RSA PKCS #8 (RFC 5958) in RFC 7468's.
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
                let pair =
                    Ed25519Keypair { public: Ed25519PublicKey(public), private: Ed25519PrivateKey::from_bytes(&seed) };
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
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::integrations::ssh::key::KeyType;
    use p0_testkit::need::{self, Need};
    use secrecy::ExposeSecret;
    use std::{io::Write, process::Command};

    #[test]
    fn ssh_reads_the_key_from_its_file() {
        if !need::all(&[Need::Program("ssh-keygen")]) {
            return;
        }
        for kind in [KeyType::Ed25519, KeyType::Rsa] {
            let key = UserKey::generate(kind).expect("a key");
            // `tempfile` creates with 0600, without which `ssh` reads no key.
            let mut file = tempfile::NamedTempFile::new().expect("a file");
            file.write_all(key.to_file().expect("a text").expose_secret().as_bytes()).expect("written");
            let output = Command::new("ssh-keygen").args(["-y", "-f"]).arg(file.path()).output();
            let output = output.expect("ssh-keygen");
            let read = String::from_utf8_lossy(&output.stdout);
            assert_eq!(read.trim_end(), key.line(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
}
