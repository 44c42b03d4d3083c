//! The signing keys for tokens: ES256 (RFC 7518, section 3.4).

use super::{OidcError, store::SigningKey};
use crate::clock::Timestamp;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The length of an uncompressed P-256 point: `0x04` and two coordinates.
const POINT_LENGTH: usize = 65;

/// Makes a new key.
pub(super) fn generate(now: Timestamp) -> Result<SigningKey, OidcError> {
    let unusable = |_| OidcError::Key;
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(unusable)?;
    let pkcs8 = pair.to_pkcs8v1().map_err(unusable)?.as_ref().to_vec();
    let jwk = Jwk::from_key_pair(&pair)?;
    Ok(SigningKey { kid: jwk.thumbprint(), pkcs8, created_at: now })
}

/// All keys. The newest one signs, all of them verify.
pub(super) struct Keys {
    signing: EncodingKey,
    kid: String,
    published: Vec<(String, DecodingKey, Jwk)>,
}

impl Keys {
    /// Reads the keys of the store, which are sorted newest first.
    pub(super) fn new(keys: &[SigningKey]) -> Result<Self, OidcError> {
        let newest = keys.first().ok_or(OidcError::Key)?;
        let published = keys
            .iter()
            .map(|key| {
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key.pkcs8)
                    .map_err(|_| OidcError::Key)?;
                let decoding = DecodingKey::from_ec_der(pair.public_key().as_ref());
                Ok((key.kid.clone(), decoding, Jwk::from_key_pair(&pair)?))
            })
            .collect::<Result<_, OidcError>>()?;
        Ok(Self { signing: EncodingKey::from_ec_der(&newest.pkcs8), kid: newest.kid.clone(), published })
    }

    /// Signs a token with this `typ` and these claims.
    pub(super) fn sign(&self, kind: &str, claims: &impl Serialize) -> Result<String, OidcError> {
        let header =
            Header { typ: Some(kind.to_owned()), kid: Some(self.kid.clone()), ..Header::new(Algorithm::ES256) };
        Ok(jsonwebtoken::encode(&header, claims, &self.signing)?)
    }

    /// Returns the key with this id.
    pub(super) fn verifying(&self, kid: &str) -> Option<&DecodingKey> {
        self.published.iter().find(|(name, ..)| name == kid).map(|(_, key, _)| key)
    }

    /// Returns the key set (RFC 7517).
    pub(super) fn document(&self) -> Value {
        let keys: Vec<_> = self
            .published
            .iter()
            .map(|(kid, _, Jwk { x, y })| {
                json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256", "kid": kid})
            })
            .collect();
        json!({ "keys": keys })
    }
}

/// The coordinates of a public key (base64url).
struct Jwk {
    x: String,
    y: String,
}

impl Jwk {
    fn from_key_pair(pair: &EcdsaKeyPair) -> Result<Self, OidcError> {
        let point = pair.public_key().as_ref();
        if point.len() != POINT_LENGTH || point[0] != 4 {
            return Err(OidcError::Key);
        }
        let (x, y) = point[1..].split_at(32);
        Ok(Self { x: URL_SAFE_NO_PAD.encode(x), y: URL_SAFE_NO_PAD.encode(y) })
    }

    /// Returns the thumbprint (RFC 7638).
    fn thumbprint(&self) -> String {
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, self.x, self.y);
        URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
    }
}
