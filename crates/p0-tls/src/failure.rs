//! Why TLS failed, in sentences: rustls describes many of its errors only by the name of a variant.

use rustls::{
    AlertDescription, CertRevocationListError, CertificateError, Error, ExtendedKeyPurpose, InconsistentKeys,
    OtherError, PeerIncompatible, pki_types::UnixTime,
};
use std::{error::Error as StdError, fmt, io};

/// Why TLS failed, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFailure {
    /// The cause: a clause such as "it expired on 2026-01-01".
    pub reason: String,
    /// What to do, one step each.
    pub next_steps: &'static [&'static str],
}

impl fmt::Display for TlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

const TRUST: &[&str] = &[
    "If your company inspects TLS, set SSL_CERT_FILE to a file with its CA certificate.",
    "Check this machine's clock and the host's name.",
];
const CLOCK: &[&str] =
    &["Check this machine's clock.", "If the clock is right, the service needs a new certificate: tell its operator."];
const NAME: &[&str] = &[
    "Use a name that the certificate contains: check P0_APP_URL and the host's name.",
    "If the name is right, the service needs a certificate for it: tell its operator.",
];
const REPLACE: &[&str] =
    &["The service needs another certificate: tell its operator. `p0 serve` shows a command that makes one."];
const REVOKED: &[&str] = &["Do not use this service until its operator has replaced the certificate."];
const ADDRESS: &[&str] = &["Check that the address is an https one, and your proxy (HTTPS_PROXY)."];
const UPGRADE: &[&str] = &[
    "p0 requires TLS 1.2 or 1.3: tell the service's operator to turn them on.",
    "Check that the address is an https one, and your proxy (HTTPS_PROXY).",
];
const CLIENT_CERTIFICATE: &[&str] =
    &["p0 has no client certificate to send: tell the service's operator, and check your proxy (HTTPS_PROXY)."];
const REPORT: &[&str] = &["Try again. If it happens again, report it as a bug of p0."];

impl TlsFailure {
    fn new(reason: impl Into<String>, next_steps: &'static [&'static str]) -> Self {
        Self { reason: reason.into(), next_steps }
    }

    /// The error of rustls among the causes of an error.
    pub fn find<'e>(error: &'e (dyn StdError + 'static)) -> Option<&'e Error> {
        if let Some(tls) = error.downcast_ref::<Error>() {
            return Some(tls);
        }
        // An I/O error does not name the error that it carries as its source.
        let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        carried.and_then(|inner| Self::find(inner)).or_else(|| Self::find(error.source()?))
    }

    /// Describes any error of rustls.
    pub fn explain(error: &Error) -> Self {
        match error {
            Error::InvalidCertificate(error) => certificate(error),
            Error::InvalidCertRevocationList(error) => revocation_list(error),
            Error::AlertReceived(alert) => self::alert(*alert),
            Error::PeerIncompatible(error) => incompatible(error),
            Error::InvalidMessage(_) | Error::InappropriateMessage { .. } => {
                Self::new("the server's answer is not TLS", ADDRESS)
            }
            Error::InappropriateHandshakeMessage { .. } | Error::PeerMisbehaved(_) => {
                Self::new("the server does not follow the TLS protocol", ADDRESS)
            }
            Error::PeerSentOversizedRecord => Self::new("the server sent a record longer than TLS allows", ADDRESS),
            Error::DecryptError => Self::new("a message was damaged or altered on the way", ADDRESS),
            Error::NoCertificatesPresented => Self::new("the server sent no certificate", ADDRESS),
            Error::UnsupportedNameType => Self::new("TLS cannot verify a host name of this kind", NAME),
            Error::NoApplicationProtocol => Self::new("the server does not offer HTTP/1.1", ADDRESS),
            Error::InvalidEncryptedClientHello(_) => {
                Self::new("the server's settings for Encrypted Client Hello cannot be used", ADDRESS)
            }
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                Self::new("the private key does not belong to the certificate", REPLACE)
            }
            Error::InconsistentKeys(_) => Self::new("the private key and the certificate cannot be compared", REPLACE),
            Error::FailedToGetCurrentTime => Self::new("the system does not tell the time", CLOCK),
            Error::FailedToGetRandomBytes => Self::new("the system provides no random numbers", REPORT),
            Error::EncryptError | Error::HandshakeNotComplete | Error::BadMaxFragmentSize => {
                Self::new("p0 used TLS wrongly", REPORT)
            }
            Error::General(text) => Self::new(prose(text), REPORT),
            Error::Other(other) => self::other(other, ADDRESS),
            _ => Self::new("for a reason that this version of p0 does not know", REPORT),
        }
    }
}

fn certificate(error: &CertificateError) -> TlsFailure {
    let (reason, next_steps) = match error {
        CertificateError::UnknownIssuer => ("it is not signed by an authority that this machine trusts".into(), TRUST),
        CertificateError::Expired => ("it has expired".into(), CLOCK),
        CertificateError::ExpiredContext { not_after, .. } => (format!("it expired on {}", day(*not_after)), CLOCK),
        CertificateError::NotValidYet => ("it is not valid yet".into(), CLOCK),
        CertificateError::NotValidYetContext { not_before, .. } => {
            (format!("it is not valid before {}", day(*not_before)), CLOCK)
        }
        CertificateError::NotValidForName => ("it is for another host".into(), NAME),
        CertificateError::NotValidForNameContext { expected, presented } => {
            let expected = expected.to_str();
            (format!("it is not for {expected}, but for {}", names(presented)), NAME)
        }
        CertificateError::InvalidPurpose => ("it may not be used by a server".into(), REPLACE),
        CertificateError::InvalidPurposeContext { presented, .. } => {
            let allowed: Vec<_> = presented.iter().map(purpose).collect();
            let allowed = if allowed.is_empty() { "nothing".into() } else { allowed.join(", ") };
            (format!("it may not be used by a server, only for {allowed}"), REPLACE)
        }
        CertificateError::BadEncoding => ("it is malformed".into(), REPLACE),
        CertificateError::BadSignature => ("its signature is wrong".into(), TRUST),
        CertificateError::UnhandledCriticalExtension => {
            ("it has a critical extension that p0 does not know".into(), REPLACE)
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            ("it is signed with an algorithm or a key that is too weak or not supported".into(), REPLACE)
        }
        CertificateError::Revoked => ("its issuer has revoked it".into(), REVOKED),
        CertificateError::UnknownRevocationStatus => ("it is not known whether it is revoked".into(), TRUST),
        CertificateError::ExpiredRevocationList => ("the list of revoked certificates has expired".into(), CLOCK),
        CertificateError::ExpiredRevocationListContext { next_update, .. } => {
            (format!("the list of revoked certificates expired on {}", day(*next_update)), CLOCK)
        }
        CertificateError::InvalidOcspResponse => ("the proof that it is not revoked (OCSP) is invalid".into(), REPLACE),
        CertificateError::ApplicationVerificationFailure => ("the system rejects it".into(), TRUST),
        CertificateError::Other(other) => return self::other(other, TRUST),
        #[expect(deprecated, reason = "another verifier may still use it")]
        CertificateError::UnsupportedSignatureAlgorithm => {
            ("it is signed with an algorithm that is too weak or not supported".into(), REPLACE)
        }
        _ => ("for a reason that this version of p0 does not know".to_owned(), TRUST),
    };
    TlsFailure { reason, next_steps }
}

/// What rustls passes on from elsewhere: from webpki, or from the system's verifier.
fn other(other: &OtherError, next_steps: &'static [&'static str]) -> TlsFailure {
    match other.0.downcast_ref::<webpki::Error>() {
        Some(error) => TlsFailure::new(webpki(error), REPLACE),
        None => match other.0.downcast_ref::<Error>() {
            Some(error) => TlsFailure::explain(error),
            None => TlsFailure::new(prose(&other.0.to_string()), next_steps),
        },
    }
}

/// Those that rustls has no error of its own for. webpki writes only the names of its variants.
fn webpki(error: &webpki::Error) -> &'static str {
    use webpki::Error as E;
    match error {
        E::CaUsedAsEndEntity => {
            "it is a certificate authority's (CA:TRUE), as `openssl req -x509` makes it, and not a server's"
        }
        E::EndEntityUsedAsCa => "it is signed with a certificate that is not an authority's",
        E::CertDistrusted => "its key is distrusted",
        E::EmptyEkuExtension => "its extended key usage is empty",
        E::ExtensionValueInvalid | E::MalformedExtensions => "it has a malformed extension",
        E::InvalidCertValidity => "it ends before it begins",
        E::InvalidSerialNumber => "its serial number is invalid",
        E::MalformedDnsIdentifier => "it contains a malformed host name",
        E::InvalidNetworkMaskConstraint | E::MalformedNameConstraint => "an issuer's restriction of names is malformed",
        E::NameConstraintViolation => "its issuer may not sign certificates for this name",
        E::PathLenConstraintViolated | E::MaximumPathDepthExceeded => {
            "there are more issuers between it and a trusted authority than allowed"
        }
        E::MaximumNameConstraintComparisonsExceeded
        | E::MaximumPathBuildCallsExceeded
        | E::MaximumSignatureChecksExceeded => "its chain of issuers is too long to verify",
        E::SignatureAlgorithmMismatch => "it names two different signature algorithms",
        E::UnsupportedCertVersion => "it is not an X.509 version 3 certificate",
        E::UnsupportedCriticalExtension => "it has a critical extension that p0 does not know",
        E::UnsupportedNameType => "it cannot be verified for a host name of this kind",
        E::BadDer | E::BadDerTime | E::TrailingData(_) => "it is malformed",
        E::InvalidCrlNumber
        | E::UnsupportedCrlIssuingDistributionPoint
        | E::UnsupportedCrlVersion
        | E::UnsupportedDeltaCrl
        | E::UnsupportedIndirectCrl
        | E::UnsupportedRevocationReason
        | E::UnsupportedRevocationReasonsPartitioning
        | E::IssuerNotCrlSigner
        | E::InvalidCrlSignatureForPublicKey => "the list of revoked certificates cannot be used",
        _ => "it does not follow the rules for certificates (RFC 5280)",
    }
}

fn revocation_list(error: &CertRevocationListError) -> TlsFailure {
    let reason = match error {
        CertRevocationListError::BadSignature => "the signature of the list of revoked certificates is wrong",
        CertRevocationListError::ParseError => "the list of revoked certificates is malformed",
        _ => "the list of revoked certificates cannot be used",
    };
    TlsFailure::new(reason, TRUST)
}

/// The server ended the handshake and said why (RFC 8446, section 6.2).
fn alert(alert: AlertDescription) -> TlsFailure {
    use AlertDescription as A;
    let (reason, next_steps) = match alert {
        A::HandshakeFailure | A::InsufficientSecurity => ("the server supports none of p0's algorithms", UPGRADE),
        A::ProtocolVersion | A::InappropriateFallback => ("the server does not support TLS 1.2 or 1.3", UPGRADE),
        A::UnrecognisedName => ("the server does not serve this host name", NAME),
        A::CertificateRequired | A::NoCertificate => ("the server requires a client certificate", CLIENT_CERTIFICATE),
        A::AccessDenied => ("the server denies access to this client", CLIENT_CERTIFICATE),
        A::BadCertificate
        | A::UnsupportedCertificate
        | A::CertificateRevoked
        | A::CertificateExpired
        | A::CertificateUnknown
        | A::UnknownCA
        | A::CertificateUnobtainable
        | A::BadCertificateStatusResponse
        | A::BadCertificateHashValue => ("the server rejects a certificate", CLIENT_CERTIFICATE),
        A::NoApplicationProtocol => ("the server does not offer HTTP/1.1", ADDRESS),
        A::InternalError => ("the server has an internal error", ADDRESS),
        A::CloseNotify | A::UserCanceled => ("the server ended the handshake", ADDRESS),
        A::BadRecordMac | A::DecryptionFailed | A::DecryptError | A::DecompressionFailure => {
            ("the server could not decrypt a message: something on the way may alter the connection", ADDRESS)
        }
        _ => ("the server rejected the handshake", ADDRESS),
    };
    TlsFailure::new(reason, next_steps)
}

fn incompatible(error: &PeerIncompatible) -> TlsFailure {
    use PeerIncompatible as P;
    let (reason, next_steps) = match error {
        P::ServerDoesNotSupportTls12Or13
        | P::ServerTlsVersionIsDisabledByOurConfig
        | P::SupportedVersionsExtensionRequired
        | P::Tls12NotOffered
        | P::Tls12NotOfferedOrEnabled => ("the server does not support TLS 1.2 or 1.3", UPGRADE),
        P::NoCipherSuitesInCommon
        | P::NoKxGroupsInCommon
        | P::NoSignatureSchemesInCommon
        | P::NoCertificateRequestSignatureSchemesInCommon
        | P::NoEcPointFormatsInCommon => ("the server and p0 have no algorithm in common", UPGRADE),
        P::ExtendedMasterSecretExtensionRequired => {
            ("the server does not support the extended master secret (RFC 7627)", UPGRADE)
        }
        P::ServerRejectedEncryptedClientHello(_) => ("the server rejected Encrypted Client Hello", ADDRESS),
        _ => ("the server lacks a feature of TLS that p0 requires", UPGRADE),
    };
    TlsFailure::new(reason, next_steps)
}

/// The day, in UTC.
fn day(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).map_or_else(|_| "an unknown day".into(), |at| at.strftime("%F").to_string())
}

/// The names in a certificate, which webpki wraps: `DnsName("example.com")`, `IpAddress(192.0.2.1)`.
fn names(presented: &[String]) -> String {
    let bare = |name: &String| match name.split_once('(') {
        Some((_, rest)) => rest.trim_end_matches(')').trim_matches('"').to_owned(),
        None => name.clone(),
    };
    match presented.iter().map(bare).collect::<Vec<_>>() {
        names if names.is_empty() => "no host at all (it has no subjectAltName)".into(),
        names => names.join(", "),
    }
}

fn purpose(purpose: &ExtendedKeyPurpose) -> String {
    match purpose {
        ExtendedKeyPurpose::Other(numbers) => numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join("."),
        known => known.to_string(),
    }
}

/// A library's own text, if it is a sentence and not the name of a variant.
fn prose(text: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    let words = text.contains(' ') && !text.contains(['{', '}', '"']) && !text.split([' ', '(', ')']).any(is_variant);
    if words { text.to_owned() } else { "for a reason that the TLS library does not explain".into() }
}

/// `CaUsedAsEndEntity`, not `HTTPS`, `EdDSA` or `macOS`.
fn is_variant(word: &str) -> bool {
    let humps =
        |three: &[u8]| three[0].is_ascii_lowercase() && three[1].is_ascii_uppercase() && three[2].is_ascii_lowercase();
    word.starts_with(|c: char| c.is_ascii_uppercase()) && word.as_bytes().windows(3).any(humps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{
        ContentType, EncryptedClientHelloError, HandshakeType, InvalidMessage, PeerMisbehaved, pki_types::ServerName,
    };
    use std::{sync::Arc, time::Duration};

    fn at(seconds: u64) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(seconds))
    }

    fn other_error(error: impl std::error::Error + Send + Sync + 'static) -> OtherError {
        OtherError(Arc::new(error))
    }

    #[expect(deprecated, reason = "they can still occur")]
    fn certificates() -> Vec<CertificateError> {
        use CertificateError as C;
        let time = at(1_000_000_000);
        let mut all = vec![
            C::BadEncoding,
            C::Expired,
            C::ExpiredContext { time, not_after: at(0) },
            C::NotValidYet,
            C::NotValidYetContext { time, not_before: at(2_000_000_000) },
            C::Revoked,
            C::UnhandledCriticalExtension,
            C::UnknownIssuer,
            C::UnknownRevocationStatus,
            C::ExpiredRevocationList,
            C::ExpiredRevocationListContext { time, next_update: at(0) },
            C::BadSignature,
            C::UnsupportedSignatureAlgorithm,
            C::UnsupportedSignatureAlgorithmContext { signature_algorithm_id: vec![1], supported_algorithms: vec![] },
            C::UnsupportedSignatureAlgorithmForPublicKeyContext {
                signature_algorithm_id: vec![1],
                public_key_algorithm_id: vec![2],
            },
            C::NotValidForName,
            C::InvalidPurpose,
            C::InvalidPurposeContext {
                required: ExtendedKeyPurpose::ServerAuth,
                presented: vec![ExtendedKeyPurpose::ClientAuth, ExtendedKeyPurpose::Other(vec![1, 3, 6])],
            },
            C::InvalidPurposeContext { required: ExtendedKeyPurpose::ServerAuth, presented: vec![] },
            C::InvalidOcspResponse,
            C::ApplicationVerificationFailure,
            C::Other(other_error(std::io::Error::other("SomeError(Inner)"))),
            C::Other(other_error(Error::InvalidCertificate(C::Other(other_error(webpki::Error::CaUsedAsEndEntity))))),
        ];
        for presented in [vec![], vec!["DnsName(\"a.example.com\")".into(), "IpAddress(192.0.2.1)".into()]] {
            let expected = ServerName::try_from("api.example.com").expect("a name");
            all.push(C::NotValidForNameContext { expected, presented });
        }
        all.extend(webpki_errors().into_iter().map(|error| C::Other(other_error(error))));
        all
    }

    #[expect(deprecated, reason = "they can still occur")]
    fn webpki_errors() -> Vec<webpki::Error> {
        use webpki::Error as E;
        vec![
            E::BadDer,
            E::BadDerTime,
            E::CaUsedAsEndEntity,
            E::CertDistrusted,
            E::CertExpired { time: at(1), not_after: at(0) },
            E::CertNotValidYet { time: at(0), not_before: at(1) },
            E::CertRevoked,
            E::CrlExpired { time: at(1), next_update: at(0) },
            E::EmptyEkuExtension,
            E::EndEntityUsedAsCa,
            E::ExtensionValueInvalid,
            E::InvalidCertValidity,
            E::InvalidCrlNumber,
            E::InvalidNetworkMaskConstraint,
            E::InvalidSerialNumber,
            E::InvalidCrlSignatureForPublicKey,
            E::InvalidSignatureForPublicKey,
            E::IssuerNotCrlSigner,
            E::MalformedDnsIdentifier,
            E::MalformedExtensions,
            E::MalformedNameConstraint,
            E::MaximumNameConstraintComparisonsExceeded,
            E::MaximumPathBuildCallsExceeded,
            E::MaximumPathDepthExceeded,
            E::MaximumSignatureChecksExceeded,
            E::NameConstraintViolation,
            E::PathLenConstraintViolated,
            E::RequiredEkuNotFound,
            E::SignatureAlgorithmMismatch,
            E::UnknownIssuer,
            E::UnknownRevocationStatus,
            E::UnsupportedCertVersion,
            E::UnsupportedCriticalExtension,
            E::UnsupportedCrlIssuingDistributionPoint,
            E::UnsupportedCrlVersion,
            E::UnsupportedDeltaCrl,
            E::UnsupportedIndirectCrl,
            E::UnsupportedNameType,
            E::UnsupportedRevocationReason,
            E::UnsupportedRevocationReasonsPartitioning,
            E::UnsupportedCrlSignatureAlgorithm,
            E::UnsupportedSignatureAlgorithm,
            E::UnsupportedCrlSignatureAlgorithmForPublicKey,
            E::UnsupportedSignatureAlgorithmForPublicKey,
        ]
    }

    fn all() -> Vec<Error> {
        use CertRevocationListError as R;
        use PeerIncompatible as P;
        let mut all = vec![
            Error::InappropriateMessage { expect_types: vec![ContentType::Alert], got_type: ContentType::from(9) },
            Error::InappropriateHandshakeMessage {
                expect_types: vec![HandshakeType::Finished],
                got_type: HandshakeType::ServerHello,
            },
            Error::InvalidEncryptedClientHello(EncryptedClientHelloError::InvalidConfigList),
            Error::NoCertificatesPresented,
            Error::UnsupportedNameType,
            Error::DecryptError,
            Error::EncryptError,
            Error::General("UnexpectedThing(1)".into()),
            Error::General("no CA certificates were loaded from the system".into()),
            Error::FailedToGetCurrentTime,
            Error::FailedToGetRandomBytes,
            Error::HandshakeNotComplete,
            Error::PeerSentOversizedRecord,
            Error::NoApplicationProtocol,
            Error::BadMaxFragmentSize,
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch),
            Error::InconsistentKeys(InconsistentKeys::Unknown),
            Error::Other(other_error(webpki::Error::CaUsedAsEndEntity)),
            Error::Other(other_error(std::io::Error::other("SomeError"))),
        ];
        all.extend((0..=u8::MAX).map(|number| Error::AlertReceived(AlertDescription::from(number))));
        all.extend(certificates().into_iter().map(Error::InvalidCertificate));
        let messages = [
            InvalidMessage::InvalidContentType,
            InvalidMessage::MissingData("ServerHello"),
            InvalidMessage::TrailingData("ServerHello"),
            InvalidMessage::UnknownProtocolVersion,
            InvalidMessage::DuplicateExtension(7),
        ];
        all.extend(messages.map(Error::InvalidMessage));
        let misbehaved = [PeerMisbehaved::IncorrectBinder, PeerMisbehaved::SelectedUnofferedCipherSuite];
        all.extend(misbehaved.map(Error::PeerMisbehaved));
        let incompatible = [
            P::EcPointsExtensionRequired,
            P::ExtendedMasterSecretExtensionRequired,
            P::IncorrectCertificateTypeExtension,
            P::KeyShareExtensionRequired,
            P::NamedGroupsExtensionRequired,
            P::NoCertificateRequestSignatureSchemesInCommon,
            P::NoCipherSuitesInCommon,
            P::NoEcPointFormatsInCommon,
            P::NoKxGroupsInCommon,
            P::NoSignatureSchemesInCommon,
            P::NullCompressionRequired,
            P::ServerDoesNotSupportTls12Or13,
            P::ServerSentHelloRetryRequestWithUnknownExtension,
            P::ServerTlsVersionIsDisabledByOurConfig,
            P::SignatureAlgorithmsExtensionRequired,
            P::SupportedVersionsExtensionRequired,
            P::Tls12NotOffered,
            P::Tls12NotOfferedOrEnabled,
            P::UncompressedEcPointsRequired,
            P::UnsolicitedCertificateTypeExtension,
            P::ServerRejectedEncryptedClientHello(None),
        ];
        all.extend(incompatible.map(Error::PeerIncompatible));
        let lists =
            [R::BadSignature, R::InvalidCrlNumber, R::IssuerInvalidForCrl, R::ParseError, R::UnsupportedDeltaCrl];
        all.extend(lists.map(Error::InvalidCertRevocationList));
        all
    }

    #[test]
    fn every_error_of_rustls_has_a_sentence_and_a_next_step_without_debug_text() {
        let errors = all();
        assert!(errors.len() > 350, "the list was shortened");
        for error in errors {
            let TlsFailure { reason, next_steps } = TlsFailure::explain(&error);
            assert!(reason.contains(' ') && !reason.ends_with('.'), "{error:?}: {reason}");
            let words = reason.split(|c: char| !c.is_alphanumeric());
            assert!(!words.into_iter().any(is_variant), "{error:?}: {reason}");
            assert!(!reason.contains(['{', '}', '"', '[']), "{error:?}: {reason}");
            assert!(!next_steps.is_empty(), "{error:?}");
        }
    }

    #[test]
    fn a_library_s_sentence_is_kept_and_a_variant_s_name_is_not() {
        let reason = |text: &str| TlsFailure::explain(&Error::General(text.into())).reason;
        let sentence = "failed to parse private key as RSA, ECDSA, or EdDSA";
        assert_eq!(reason(sentence), sentence);
        assert_eq!(reason("UnexpectedThing"), "for a reason that the TLS library does not explain");
        assert_eq!(reason("it is an UnexpectedThing(1)"), "for a reason that the TLS library does not explain");
    }

    #[test]
    fn common_failures_name_their_cause() {
        let reason = |error: CertificateError| TlsFailure::explain(&Error::InvalidCertificate(error)).reason;
        let expired = CertificateError::ExpiredContext { time: at(9), not_after: at(1_000_000_000) };
        assert_eq!(reason(expired), "it expired on 2001-09-09");
        let expected = ServerName::try_from("api.example.com").expect("a name");
        let presented = vec!["DnsName(\"a.example.com\")".into(), "IpAddress(192.0.2.1)".into()];
        assert_eq!(
            reason(CertificateError::NotValidForNameContext { expected, presented }),
            "it is not for api.example.com, but for a.example.com, 192.0.2.1"
        );
        let authority = reason(CertificateError::Other(other_error(webpki::Error::CaUsedAsEndEntity)));
        assert!(authority.contains("CA:TRUE") && authority.contains("openssl req -x509"), "{authority}");
    }
}
