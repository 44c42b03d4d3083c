//! Connections to clusters, read from the configured files.

use super::{config::ClusterConfig, yaml};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use url::Url;

/// The address, CA certificates and credentials of a cluster. No `Debug`,
/// because it is secret.
pub(super) struct Connection {
    pub(super) server: Url,
    /// The CA certificates (PEM).
    pub(super) authority: String,
    pub(super) token: Option<String>,
    /// A client certificate and its key (PEM).
    pub(super) identity: Option<String>,
}

/// Why a connection cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectionError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// A file has invalid content.
    #[error("{}: {why}", path.display())]
    Kubeconfig { path: PathBuf, why: String },
    /// The configuration contains neither.
    #[error("it needs either server, ca and token_file, or kubeconfig")]
    Incomplete,
}

/// Reads the files of a cluster.
pub(super) fn read(config: &ClusterConfig) -> Result<Connection, ConnectionError> {
    match (&config.kubeconfig, &config.server, &config.ca, &config.token_file) {
        (Some(path), ..) => {
            let text = read_file(path)?;
            let kubeconfig = Kubeconfig { path, folder: path.parent().unwrap_or(Path::new("")) };
            kubeconfig.read(&text, config.context.as_deref())
        }
        (None, Some(server), Some(ca), Some(token)) => Ok(Connection {
            server: server.clone(),
            authority: read_file(ca)?,
            token: Some(read_file(token)?.trim().to_owned()),
            identity: None,
        }),
        _ => Err(ConnectionError::Incomplete),
    }
}

fn read_file(path: &Path) -> Result<String, ConnectionError> {
    fs::read_to_string(path).map_err(|source| ConnectionError::Read { path: path.into(), source })
}

/// A kubeconfig and the directory of its relative paths.
struct Kubeconfig<'a> {
    path: &'a Path,
    folder: &'a Path,
}

/// Settings of clusters and users that are not supported. They are errors, not ignored.
const REFUSED: [(&str, &str); 8] = [
    ("insecure-skip-tls-verify", "the cluster's certificate is always checked"),
    ("tls-server-name", "the cluster's certificate has to be for its address"),
    ("proxy-url", "the cluster has to be reached directly"),
    ("exec", "the service runs no plugin: use a token or a client certificate"),
    ("auth-provider", "the service runs no plugin: use a token or a client certificate"),
    ("username", "the service signs in with a token or a client certificate"),
    ("password", "the service signs in with a token or a client certificate"),
    ("as", "the service impersonates nobody"),
];

impl Kubeconfig<'_> {
    fn read(&self, text: &str, context: Option<&str>) -> Result<Connection, ConnectionError> {
        let document = yaml::read(text).map_err(|error| self.wrong(format!("it cannot be read: {error}")))?;
        let document = &document.ok_or_else(|| self.wrong("it is empty"))?;
        let context = match context.or_else(|| text_of(document, "current-context")) {
            Some(context) if !context.is_empty() => context,
            _ => return Err(self.wrong("it has no current context: name one as `context`")),
        };
        let context = self.named(document, "context", context)?;
        let reference =
            |what: &str| text_of(context, what).ok_or_else(|| self.wrong(format!("its context names no {what}")));
        let cluster = self.named(document, "cluster", reference("cluster")?)?;
        let user = self.named(document, "user", reference("user")?)?;
        for (key, why) in REFUSED {
            let said = [cluster, user].into_iter().find_map(|section| section.get(key));
            if said.is_some_and(|said| said != "false") {
                return Err(self.wrong(format!("{key} is not supported: {why}")));
            }
        }
        let server = text_of(cluster, "server").ok_or_else(|| self.wrong("its cluster has no server"))?;
        let server = Url::parse(server).ok().filter(|url| url.scheme() == "https");
        let authority = self.data_or_file(cluster, "certificate-authority")?;
        let certificate = self.data_or_file(user, "client-certificate")?;
        let key = self.data_or_file(user, "client-key")?;
        let token = match (text_of(user, "tokenFile"), text_of(user, "token")) {
            // The file takes precedence, as in kubectl.
            (Some(file), _) => Some(read_file(&self.folder.join(file))?),
            (None, token) => token.map(str::to_owned),
        };
        let identity = certificate.zip(key).map(|(certificate, key)| format!("{certificate}\n{key}"));
        if token.is_none() && identity.is_none() {
            return Err(self.wrong("its user has neither a token nor a client certificate with its key"));
        }
        Ok(Connection {
            server: server.ok_or_else(|| self.wrong("its server does not begin with https://"))?,
            authority: authority.ok_or_else(|| self.wrong("its cluster has no certificate-authority"))?,
            token: token.map(|token| token.trim().to_owned()),
            identity,
        })
    }

    /// Finds `{name: …, <kind>: {…}}` in the list `<kind>s`.
    fn named<'d>(&self, document: &'d Value, kind: &str, name: &str) -> Result<&'d Value, ConnectionError> {
        let list = document.get(format!("{kind}s")).and_then(Value::as_array);
        let entry = list.into_iter().flatten().find(|entry| text_of(entry, "name") == Some(name));
        entry.and_then(|entry| entry.get(kind)).ok_or_else(|| self.wrong(format!("it has no {kind} {name}")))
    }

    /// Returns `<key>-data` (base64) or the content of the file `<key>`.
    fn data_or_file(&self, section: &Value, key: &str) -> Result<Option<String>, ConnectionError> {
        if let Some(data) = text_of(section, &format!("{key}-data")) {
            let bytes = BASE64_STANDARD.decode(data.trim()).ok();
            let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
            return text.map(Some).ok_or_else(|| self.wrong(format!("{key}-data is not PEM in base64")));
        }
        text_of(section, key).map(|file| read_file(&self.folder.join(file))).transpose()
    }

    fn wrong(&self, why: impl Into<String>) -> ConnectionError {
        ConnectionError::Kubeconfig { path: self.path.into(), why: why.into() }
    }
}

fn text_of<'d>(section: &'d Value, key: &str) -> Option<&'d str> {
    section.get(key)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KUBECONFIG: &str = r#"
apiVersion: v1
kind: Config
current-context: dev
contexts:
- { name: dev, context: { cluster: dev, user: admin } }
- { name: by-file, context: { cluster: dev, user: by-file } }
- { name: plugin, context: { cluster: dev, user: plugin } }
- { name: nobody, context: { cluster: dev, user: nobody } }
- { name: careless, context: { cluster: careless, user: admin } }
- { name: clear, context: { cluster: clear, user: admin } }
- { name: bare, context: { cluster: bare, user: admin } }
- { name: broken, context: { cluster: broken, user: admin } }
- { name: lost, context: { cluster: lost, user: admin } }
clusters:
- { name: dev, cluster: { server: "https://k8s.example.com:6443/k8s/", certificate-authority-data: UEVN, insecure-skip-tls-verify: false } }
- { name: careless, cluster: { server: "https://k8s.example.com", insecure-skip-tls-verify: true } }
- { name: clear, cluster: { server: "http://k8s.example.com", certificate-authority-data: UEVN } }
- { name: bare, cluster: { server: "https://k8s.example.com" } }
- { name: broken, cluster: { server: "https://k8s.example.com", certificate-authority-data: "!" } }
users:
- { name: admin, user: { client-certificate-data: Q0VSVA==, client-key-data: S0VZ } }
- { name: by-file, user: { tokenFile: token, token: old } }
- { name: plugin, user: { exec: { command: aws } } }
- { name: nobody, user: {} }
"#;

    fn config(folder: &Path, context: Option<&str>) -> ClusterConfig {
        ClusterConfig {
            kubeconfig: Some(folder.join("config")),
            context: context.map(str::to_owned),
            ..ClusterConfig::default()
        }
    }

    #[test]
    fn a_kubeconfig_is_read_by_context() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("config"), KUBECONFIG).expect("a file");
        fs::write(folder.path().join("token"), "new\n").expect("a file");
        let current = read(&config(folder.path(), None)).expect("a connection");
        assert_eq!(current.server.as_str(), "https://k8s.example.com:6443/k8s/");
        assert_eq!((current.authority.as_str(), current.identity.as_deref()), ("PEM", Some("CERT\nKEY")));
        let by_file = read(&config(folder.path(), Some("by-file"))).expect("a connection");
        assert_eq!(by_file.token.as_deref(), Some("new"));
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("config"), KUBECONFIG).expect("a file");
        for (context, why) in [
            ("none", "it has no context none"),
            ("plugin", "exec is not supported: the service runs no plugin: use a token or a client certificate"),
            ("nobody", "its user has neither a token nor a client certificate with its key"),
            ("careless", "insecure-skip-tls-verify is not supported: the cluster's certificate is always checked"),
            ("clear", "its server does not begin with https://"),
            ("bare", "its cluster has no certificate-authority"),
            ("broken", "certificate-authority-data is not PEM in base64"),
            ("lost", "it has no cluster lost"),
        ] {
            let error = read(&config(folder.path(), Some(context))).err().expect("an error").to_string();
            assert_eq!(error, format!("{}: {why}", folder.path().join("config").display()));
        }
        for (text, why) in [("", "it is empty"), ("a: [", "it cannot be read"), ("{}", "it has no current context")] {
            fs::write(folder.path().join("config"), text).expect("a file");
            let error = read(&config(folder.path(), None)).err().expect("an error").to_string();
            assert!(error.contains(why), "{error}");
        }
        fs::remove_file(folder.path().join("config")).expect("removed");
        let error = read(&config(folder.path(), None)).err().expect("an error").to_string();
        assert!(error.starts_with("cannot read ") && error.ends_with("config: No such file or directory (os error 2)"));
    }
}
