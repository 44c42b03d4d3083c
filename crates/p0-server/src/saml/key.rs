//! The signing key for assertions: RSA, which all services support, with a self-signed
//! certificate. It is made at first use and stored permanently, because services are configured with it.

use super::SamlError;
use crate::{clock::Timestamp, oidc::store::SamlKey};
use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::RSA_PKCS1_SHA256,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::{CertificateParams, DnType, PKCS_RSA_SHA256};

/// The validity of the certificate in years. Services only compare it with the one in their configuration.
const CERTIFICATE_LIFETIME_YEARS: i32 = 20;

/// Generates a key for the service at this URL, on a blocking thread because that is slow.
pub(super) fn generate(issuer: &str, now: Timestamp) -> Result<SamlKey, SamlError> {
    let unusable = |_| SamlError::Key;
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(unusable)?;
    let pkcs8 = pair.as_der().map_err(unusable)?.as_ref().to_vec();
    let certificate = certify(&pkcs8, issuer, now).map_err(|_| SamlError::Key)?;
    Ok(SamlKey { pkcs8, certificate, created_at: now })
}

fn certify(pkcs8: &[u8], issuer: &str, now: Timestamp) -> Result<Vec<u8>, rcgen::Error> {
    let pair = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8.into(), &PKCS_RSA_SHA256)?;
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, issuer);
    let time = jiff::Timestamp::from_millisecond(now.0).unwrap_or_default();
    let year = i32::from(time.to_zoned(jiff::tz::TimeZone::UTC).year());
    params.not_before = rcgen::date_time_ymd(year - 1, 1, 1);
    params.not_after = rcgen::date_time_ymd(year + CERTIFICATE_LIFETIME_YEARS, 1, 1);
    Ok(params.self_signed(&pair)?.der().to_vec())
}

/// A key.
pub(super) struct Signer {
    pair: KeyPair,
    certificate: Vec<u8>,
}

impl Signer {
    pub(super) fn new(key: &SamlKey) -> Result<Self, SamlError> {
        let pair = KeyPair::from_pkcs8(&key.pkcs8).map_err(|_| SamlError::Key)?;
        Ok(Self { pair, certificate: key.certificate.clone() })
    }

    /// Returns the certificate in base64.
    pub(super) fn certificate(&self) -> String {
        STANDARD.encode(&self.certificate)
    }

    /// Signs a text (RSASSA-PKCS1-v1_5 with SHA-256). Returns base64.
    pub(super) fn sign(&self, text: &str) -> Result<String, SamlError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .map_err(|_| SamlError::Key)?;
        Ok(STANDARD.encode(signature))
    }
}
