use super::{Trust, client_config, files::FileVerifier};
use base64::{Engine, prelude::BASE64_STANDARD};
use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{
    CertificateError, Error,
    client::danger::ServerCertVerifier,
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A certificate authority.
struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn named(name: &str, signed_by: Option<&Self>) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let certificate = match signed_by {
            Some(parent) => params.signed_by(&key, &parent.issuer),
            None => params.self_signed(&key),
        };
        Self { certificate: certificate.expect("a certificate"), issuer: Issuer::new(params, key) }
    }

    fn pem(&self) -> String {
        let text = BASE64_STANDARD.encode(self.certificate.der());
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    }

    /// The certificate of `www.example.com`.
    fn server(&self) -> CertificateDer<'static> {
        let params = CertificateParams::new(vec!["www.example.com".to_owned()]).expect("a name");
        let key = KeyPair::generate().expect("a key");
        params.signed_by(&key, &self.issuer).expect("a certificate").der().clone()
    }
}

fn verify(
    file: Option<PathBuf>,
    dirs: &[&Path],
    chain: &[CertificateDer<'_>],
    name: &'static str,
) -> Result<(), CertificateError> {
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let verifier = FileVerifier::new(file, dirs.iter().map(|dir| (*dir).to_owned()).collect(), &provider);
    let name = ServerName::try_from(name).expect("a name");
    match verifier.verify_server_cert(&chain[0], &chain[1..], &name, &[], UnixTime::now()) {
        Ok(_) => Ok(()),
        Err(Error::InvalidCertificate(why)) => Err(why),
        Err(other) => panic!("{other}"),
    }
}

const NAME: &str = "www.example.com";

#[test]
fn authority_is_found_among_others_and_broken_entries_in_the_file() {
    let dir = tempfile::tempdir().expect("a directory");
    let (ours, other) = (Authority::named("ours", None), Authority::named("other", None));
    let file = dir.path().join("bundle.pem");
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    fs::write(&file, format!("# comment\n{broken}{}{}", other.pem(), ours.pem())).expect("written");
    assert_eq!(verify(Some(file.clone()), &[], &[ours.server()], NAME), Ok(()));
    let stranger = Authority::named("stranger", None);
    assert_eq!(verify(Some(file), &[], &[stranger.server()], NAME), Err(CertificateError::UnknownIssuer));
}

#[test]
fn root_of_an_intermediate_is_found_in_the_file() {
    let dir = tempfile::tempdir().expect("a directory");
    let root = Authority::named("root", None);
    let intermediate = Authority::named("intermediate", Some(&root));
    let file = dir.path().join("bundle.pem");
    fs::write(&file, root.pem()).expect("written");
    let chain = [intermediate.server(), intermediate.certificate.der().clone()];
    assert_eq!(verify(Some(file.clone()), &[], &chain, NAME), Ok(()));
    assert_eq!(verify(Some(file), &[], &chain[..1], NAME), Err(CertificateError::UnknownIssuer));
}

#[test]
fn authority_with_the_same_name_and_another_key_is_not_trusted() {
    let dir = tempfile::tempdir().expect("a directory");
    let (ours, impostor) = (Authority::named("ours", None), Authority::named("ours", None));
    let file = dir.path().join("bundle.pem");
    fs::write(&file, ours.pem()).expect("written");
    assert_eq!(verify(Some(file.clone()), &[], &[impostor.server()], NAME), Err(CertificateError::BadSignature));
    // Authorities renew their keys under the same name: each in the file is tried.
    fs::write(&file, ours.pem() + &impostor.pem()).expect("written");
    assert_eq!(verify(Some(file), &[], &[impostor.server()], NAME), Ok(()));
}

#[test]
fn directories_are_searched_for_what_the_file_does_not_have() {
    let dir = tempfile::tempdir().expect("a directory");
    let (in_file, in_dir) = (Authority::named("in the file", None), Authority::named("in the directory", None));
    let file = dir.path().join("bundle.pem");
    fs::write(&file, in_file.pem()).expect("written");
    let certs = dir.path().join("certs");
    fs::create_dir(&certs).expect("created");
    fs::write(certs.join("0123abcd.0"), in_dir.pem()).expect("written");
    let dirs: &[&Path] = &[&dir.path().join("missing"), &certs];
    for authority in [&in_file, &in_dir] {
        assert_eq!(verify(Some(file.clone()), dirs, &[authority.server()], NAME), Ok(()));
    }
    assert_eq!(verify(None, dirs, &[in_dir.server()], NAME), Ok(()));
    assert_eq!(verify(None, dirs, &[in_file.server()], NAME), Err(CertificateError::UnknownIssuer));
}

#[test]
fn certificate_for_another_name_is_rejected() {
    let dir = tempfile::tempdir().expect("a directory");
    let ours = Authority::named("ours", None);
    let file = dir.path().join("bundle.pem");
    fs::write(&file, ours.pem()).expect("written");
    let error = verify(Some(file), &[], &[ours.server()], "other.example.com").expect_err("another name");
    assert!(matches!(error, CertificateError::NotValidForNameContext { .. }), "{error:?}");
}

#[test]
fn what_is_not_a_certificate_is_rejected() {
    let garbage = CertificateDer::from(vec![0x30, 0x03, 0x02, 0x01]);
    assert_eq!(verify(None, &[], &[garbage], NAME), Err(CertificateError::BadEncoding));
}

#[test]
fn hybrid_post_quantum_key_exchange_is_offered_first() {
    let config = client_config(&Trust::default()).expect("a configuration");
    assert_eq!(config.crypto_provider().kx_groups[0].name(), rustls::NamedGroup::X25519MLKEM768);
}
