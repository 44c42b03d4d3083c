//! Signing, for the agent: the key is used without being a file.

use super::{KeyError, Pair, UserKey};
use crate::integrations::ssh::wire::put;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding},
};

/// `SSH_AGENT_RSA_SHA2_256` of a request to sign (RFC draft-miller-ssh-agent, section 3.6.1).
const RSA_SHA2_256: u32 = 2;
const RSA_SHA2_512: u32 = 4;

impl UserKey {
    /// The signature over this, as the protocol has it: the algorithm's name and its bytes, each with its length. `flags`
    /// choose the hash for RSA; SHA-1 is not to be had.
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
        put(&mut signature, name.as_bytes());
        put(&mut signature, &bytes);
        Ok(signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrations::ssh::key::KeyType;

    #[test]
    fn rsa_signs_with_sha_2_and_nothing_else() {
        let key = UserKey::generate(KeyType::Rsa).expect("a key");
        let named = |flags| key.sign(b"data", flags).map(|bytes| String::from_utf8_lossy(&bytes[4..16]).into_owned());
        assert_eq!(named(RSA_SHA2_256).as_deref(), Ok("rsa-sha2-256"));
        assert_eq!(named(RSA_SHA2_512 | RSA_SHA2_256).as_deref(), Ok("rsa-sha2-512"));
        assert_eq!(named(0), Err(KeyError::Sign));
    }
}
