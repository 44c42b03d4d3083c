//! Which clients reject the service's certificate: told at startup, for their errors reach other people later.

use crate::integrations::x509::Facts;
use jiff::{SignedDuration, Timestamp};
use p0_tls::{TlsFailure, verify_server_certificate};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use std::path::Path;
use url::{Host, Url};

/// Apple's systems reject certificates that are valid for longer, from any issuer
/// (<https://support.apple.com/en-us/103769>).
const APPLE_DAYS: i64 = 825;
/// Certificates that end sooner are worth a word.
const ENDS_SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What is to be said of a certificate.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Advice {
    /// Who rejects it, and why: a sentence each.
    pub(super) warnings: Vec<String>,
    /// What to do, if there is a warning.
    pub(super) hint: Option<String>,
}

/// Judges the certificates in a file, of a service at this address. A file that cannot be read is told by the start
/// itself.
pub(super) fn judge(file: &Path, url: &Url, now: Timestamp) -> Advice {
    let chain = CertificateDer::pem_file_iter(file).map(|chain| chain.collect::<Result<Vec<_>, _>>());
    match (chain, url.host()) {
        (Ok(Ok(chain)), Some(host)) => judge_chain(&chain, &host, now),
        _ => Advice::default(),
    }
}

fn judge_chain(chain: &[CertificateDer<'static>], host: &Host<&str>, now: Timestamp) -> Advice {
    let Some(Ok(facts)) = chain.first().map(|server| Facts::read(server)) else { return Advice::default() };
    let mut warnings = Vec::new();
    if let Err(failure) = verify_server_certificate(chain, &host.to_string(), now) {
        warnings.push(rejection(&failure, &facts, now));
    } else if facts.ends.duration_since(now) < ENDS_SOON {
        warnings.push(format!("The certificate expires on {}.", facts.ends.strftime("%F")));
    }
    if chain.len() == 1 && !facts.self_issued && facts.names_issuers_address {
        warnings.push(
            "The certificate's issuer is not in the file. Clients that do not have it (p0, curl and Go programs do not \
             download it) reject the certificate: append the issuer's certificate to the file."
                .into(),
        );
    }
    let days = facts.ends.duration_since(facts.begins).as_hours() / 24;
    if days > APPLE_DAYS {
        warnings.push(format!(
            "Apple's systems, and p0 on macOS, reject the certificate: it is valid for {days} days, and they allow \
             {APPLE_DAYS}."
        ));
    }
    if !facts.has_purposes {
        warnings.push(
            "Apple's systems, and p0 on macOS, reject the certificate: it has no extended key usage (serverAuth)."
                .into(),
        );
    }
    let hint = (!warnings.is_empty()).then(|| suitable(host));
    Advice { warnings, hint }
}

/// Who rejects it for this reason.
fn rejection(failure: &TlsFailure, facts: &Facts, now: Timestamp) -> String {
    let reason = &failure.reason;
    let out_of_date = now < facts.begins || facts.ends <= now;
    if !facts.has_alternative_names && !out_of_date && !reason.contains("CA:TRUE") {
        // OpenSSL still looks at the common name, and with it curl does.
        return "p0, browsers and Go programs reject the certificate: it has no subjectAltName.".into();
    }
    // Others accept an authority's certificate, and a version 1 certificate, where they are told to trust it.
    if reason.contains("CA:TRUE") || reason.contains("version 3") {
        return format!("p0 on Linux, and other clients that use rustls, reject the certificate: {reason}.");
    }
    format!("Clients reject the certificate: {reason}.")
}

/// The command that makes a certificate that every client takes which is told to trust it.
fn suitable(host: &Host<&str>) -> String {
    let (name, kind) = match host {
        Host::Domain(name) => ((*name).to_owned(), "DNS"),
        Host::Ipv4(address) => (address.to_string(), "IP"),
        Host::Ipv6(address) => (address.to_string(), "IP"),
    };
    format!(
        "Use a certificate from a certificate authority, or make one that clients accept if they trust it: \
         openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days {APPLE_DAYS} \
         -keyout key.pem -out cert.pem -subj '/CN={name}' -addext subjectAltName={kind}:{name} \
         -addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=serverAuth"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the command in the hint makes, for p0.example.com: valid from 2026-11-30T21:31:34Z for 825 days.
    const SUITABLE: &str = "-----BEGIN CERTIFICATE-----\n\
MIIBtjCCAVugAwIBAgIUdmUmBcj7tMVqtG2a0WJ5vPF4f24wCgYIKoZIzj0EAwIw\n\
GTEXMBUGA1UEAwwOcDAuZXhhbXBsZS5jb20wHhcNMjYxMTMwMjEzMTM0WhcNMjkw\n\
MzA0MjEzMTM0WjAZMRcwFQYDVQQDDA5wMC5leGFtcGxlLmNvbTBZMBMGByqGSM49\n\
AgEGCCqGSM49AwEHA0IABBVobN6JGYjykZ/RcqbOcs9pCYBS6vvF8LzKvtJgi+Eq\n\
WLIDW3ftgYaOc4p7YYKryrxYe1hl9D4TzcmlIa78v8ajgYAwfjAdBgNVHQ4EFgQU\n\
w9M49EN8LjP4wqVuMrLIemiBW38wHwYDVR0jBBgwFoAUw9M49EN8LjP4wqVuMrLI\n\
emiBW38wGQYDVR0RBBIwEIIOcDAuZXhhbXBsZS5jb20wDAYDVR0TAQH/BAIwADAT\n\
BgNVHSUEDDAKBggrBgEFBQcDATAKBggqhkjOPQQDAgNJADBGAiEAhBZ7jTARY7O9\n\
zlKcfVHnO0HfHlbCHrX0DjBoQjZoBasCIQCeSB9Ba5Det00q998cdK24zbvrQL/u\n\
JYZKoKyBqBIOpw==\n\
-----END CERTIFICATE-----\n";

    fn at(time: &str) -> Advice {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(SUITABLE.as_bytes()).map(|der| der.expect("PEM")).collect();
        judge_chain(&chain, &Host::Domain("p0.example.com"), time.parse().expect("a time"))
    }

    #[test]
    fn nothing_is_said_of_a_suitable_certificate() {
        assert_eq!(at("2027-01-01T00:00:00Z"), Advice::default());
    }

    #[test]
    fn a_certificate_that_is_out_of_date_is_named_with_the_day() {
        for (time, warning) in [
            ("2026-01-01T00:00:00Z", "Clients reject the certificate: it is not valid before 2026-11-30."),
            ("2029-02-28T00:00:00Z", "The certificate expires on 2029-03-04."),
            ("2029-03-05T00:00:00Z", "Clients reject the certificate: it expired on 2029-03-04."),
        ] {
            let advice = at(time);
            assert_eq!(advice.warnings, [warning]);
            assert!(advice.hint.is_some_and(|hint| hint.contains("-addext subjectAltName=DNS:p0.example.com ")));
        }
    }
}
