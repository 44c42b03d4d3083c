//! Databases on Amazon RDS: where one is, and what its clients are told so that they reach it with a token and tell it
//! from an impostor
//! (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.AWSCLI.html>).

use p0_wire::integration::{DatabaseHosting, DatabaseInstance};
use secrecy::{ExposeSecret, SecretString};
use std::path::Path;

/// Where Amazon keeps the certificates of all authorities that vouch for its databases.
pub const AUTHORITIES: &str = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem";

/// Why a database cannot be reached by a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RdsError {
    /// It runs somewhere else.
    #[error("it is not on Amazon RDS")]
    Elsewhere,
    /// Its ARN is not one.
    #[error("'{0}' is not the ARN of a database on Amazon RDS")]
    Arn(String),
    /// Its port is not one.
    #[error("{0} is not a port")]
    Port(String),
}

/// A database, and as whom it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The region that it is in.
    pub region: String,
    /// The database in it, if one is named.
    pub database: Option<String>,
    /// The user at the database.
    pub user: String,
}

impl Target {
    /// The database that an installed instance is, for this user.
    ///
    /// # Errors
    /// It takes no tokens, or is described wrongly.
    pub fn new(instance: &DatabaseInstance, database: Option<&str>, user: &str) -> Result<Self, RdsError> {
        let Some(DatabaseHosting::AwsRds { database_arn, .. }) = &instance.hosting else {
            return Err(RdsError::Elsewhere);
        };
        let region = region(database_arn).ok_or_else(|| RdsError::Arn(database_arn.clone()))?;
        Ok(Self {
            host: instance.hostname.clone(),
            port: instance.port().ok_or_else(|| RdsError::Port(instance.port.to_string()))?,
            region: region.to_owned(),
            database: database.or(instance.default_db.as_deref()).map(str::to_owned),
            user: user.to_owned(),
        })
    }

    /// The variables of libpq for this database (<https://www.postgresql.org/docs/current/libpq-envars.html>), and those
    /// that would go before them. The server has to prove that it is the one that is meant: the token is worth as much as
    /// a password to whoever gets it.
    pub fn postgres<'a>(&'a self, token: &'a SecretString, authorities: &'a str) -> Environment<'a> {
        let mut set = vec![
            ("PGHOST", self.host.clone()),
            ("PGPORT", self.port.to_string()),
            ("PGUSER", self.user.clone()),
            ("PGPASSWORD", token.expose_secret().to_owned()),
            ("PGSSLMODE", "verify-full".to_owned()),
            ("PGSSLROOTCERT", authorities.to_owned()),
        ];
        let mut removed = vec!["PGHOSTADDR", "PGSERVICE", "PGPASSFILE"];
        match &self.database {
            Some(database) => set.push(("PGDATABASE", database.clone())),
            None => removed.push("PGDATABASE"),
        }
        Environment { set: set.into_iter().map(|(name, value)| (name, value.into())).collect(), removed, _of: self }
    }

    /// An option file for the clients of MySQL and MariaDB, which is as good as a password
    /// (<https://dev.mysql.com/doc/refman/en/option-files.html>). Their variable for passwords is deprecated, and goes
    /// behind whatever the user's own option file says. What only one of the two knows is `loose`.
    pub fn mysql(&self, token: &SecretString, authorities: &Path) -> SecretString {
        let mut text = format!(
            "[client]\nhost={}\nport={}\nuser={}\npassword={}\nssl-ca={}\nloose-ssl-mode=VERIFY_IDENTITY\n\
             loose-ssl-verify-server-cert\nloose-enable-cleartext-plugin\n",
            quoted(&self.host),
            self.port,
            quoted(&self.user),
            quoted(token.expose_secret()),
            quoted(&authorities.to_string_lossy()),
        );
        if let Some(database) = &self.database {
            // Only the interactive client knows of a database.
            text += &format!("[mysql]\ndatabase={}\n", quoted(database));
        }
        text.into()
    }
}
