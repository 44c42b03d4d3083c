//! Databases on Amazon RDS: where one is, and what its clients are told so that they reach it with a token and tell it
//! from an impostor
//! (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.AWSCLI.html>).

use super::{environment::Environment, presign::is_region};
use p0_wire::integration::{DatabaseHosting, DatabaseInstance};
use secrecy::{ExposeSecret, SecretString};

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
    pub host: String,
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
    pub fn postgres(&self, token: &SecretString, authorities: &str) -> Environment {
        let mut set: Vec<(&'static str, SecretString)> = vec![
            ("PGHOST", self.host.as_str().into()),
            ("PGPORT", self.port.to_string().into()),
            ("PGUSER", self.user.as_str().into()),
            ("PGPASSWORD", token.clone()),
            ("PGSSLMODE", "verify-full".into()),
            ("PGSSLROOTCERT", authorities.into()),
        ];
        let mut removed = vec!["PGHOSTADDR", "PGPASSFILE", "PGSERVICE", "PGSSLNEGOTIATION"];
        match self.database.as_deref() {
            Some(database) => set.push(("PGDATABASE", database.into())),
            None => removed.push("PGDATABASE"),
        }
        Environment { set, removed }
    }

    /// An option file for the clients of MySQL and MariaDB, which is as good as a password
    /// (<https://dev.mysql.com/doc/refman/en/option-files.html>). Their variable for passwords is deprecated, and goes
    /// behind whatever the user's own option file says. What only one of the two knows is `loose`.
    pub fn mysql(&self, token: &SecretString, authorities: &str) -> SecretString {
        let mut text = format!(
            "[client]\nhost={}\nport={}\nuser={}\npassword={}\nssl-ca={}\nloose-ssl-mode=VERIFY_IDENTITY\n\
             loose-ssl-verify-server-cert\nloose-enable-cleartext-plugin\n",
            quoted(&self.host),
            self.port,
            quoted(&self.user),
            quoted(token.expose_secret()),
            quoted(authorities),
        );
        if let Some(database) = &self.database {
            // Only the interactive client knows of a database.
            text += &format!("[mysql]\ndatabase={}\n", quoted(database));
        }
        text.into()
    }
}

/// The region in the ARN of a database: `arn:aws:rds:<region>:<account>:db:<name>`.
fn region(arn: &str) -> Option<&str> {
    let mut parts = arn.split(':');
    let (arn, _partition, service, region) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    (arn == "arn" && service == "rds" && is_region(region)).then_some(region)
}

/// A value of an option file, between quotes and escaped.
fn quoted(value: &str) -> String {
    let mut quoted = String::from("\"");
    for c in value.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn target(change: impl FnOnce(&mut Value), database: Option<&str>) -> Result<Target, RdsError> {
        let mut instance = json!({
            "hostname": "orders.example.com", "port": 5432, "defaultDb": "orders",
            "hosting": {"type": "aws-rds", "databaseArn": "arn:aws:rds:eu-west-1:111122223333:db:orders"},
        });
        change(&mut instance);
        let instance: DatabaseInstance = serde_json::from_value(instance).expect("an instance");
        Target::new(&instance, database, "asker@example.com")
    }

    #[test]
    fn an_instance_says_where_its_database_is() {
        let found = target(|_| (), None).expect("a target");
        assert_eq!((found.region.as_str(), found.port, found.database.as_deref()), ("eu-west-1", 5432, Some("orders")));
        assert_eq!(target(|_| (), Some("other")).expect("a target").database.as_deref(), Some("other"));
        let cluster = "arn:aws-cn:rds:cn-north-1:111122223333:cluster:orders";
        let found = target(|i| i["hosting"]["databaseArn"] = cluster.into(), None).expect("a target");
        assert_eq!(found.region, "cn-north-1");
    }

    #[test]
    fn what_takes_no_tokens_is_refused() {
        let error = |change: fn(&mut Value)| target(change, None).expect_err("refused");
        assert_eq!(error(|i| i["hosting"] = json!({"type": "gcp"})), RdsError::Elsewhere);
        assert_eq!(error(|i| i["hosting"] = Value::Null), RdsError::Elsewhere);
        assert_eq!(error(|i| i["port"] = "https".into()), RdsError::Port("\"https\"".into()));
        for arn in ["", "orders", "arn:aws:ec2:eu-west-1:1:instance/i", "arn:aws:rds::1:db:x", "arn:aws:rds:a/b:1:db:x"]
        {
            let refused = target(|i| i["hosting"]["databaseArn"] = arn.into(), None).expect_err(arn);
            assert_eq!(refused, RdsError::Arn(arn.into()));
        }
    }

    #[test]
    fn psql_is_told_everything_and_nothing_inherited_wins() {
        let environment = target(|_| (), None).expect("a target").postgres(&"hush".into(), "/ca.pem");
        let set: Vec<String> =
            environment.set.iter().map(|(name, value)| format!("{name}={}", value.expose_secret())).collect();
        assert_eq!(
            set,
            [
                "PGHOST=orders.example.com",
                "PGPORT=5432",
                "PGUSER=asker@example.com",
                "PGPASSWORD=hush",
                "PGSSLMODE=verify-full",
                "PGSSLROOTCERT=/ca.pem",
                "PGDATABASE=orders"
            ]
        );
        assert!(environment.removed.contains(&"PGHOSTADDR") && environment.removed.contains(&"PGSERVICE"));
        let without = target(|i| i["defaultDb"] = Value::Null, None).expect("a target").postgres(&"hush".into(), "/c");
        assert!(without.removed.contains(&"PGDATABASE"));
    }

    #[test]
    fn an_option_file_holds_any_value() {
        let mut target = target(|_| (), None).expect("a target");
        target.user = "a\"b\\c\n#d".into();
        let text = target.mysql(&"x?y=z&%2F".into(), "/my ca.pem");
        let lines: Vec<&str> = text.expose_secret().lines().collect();
        assert_eq!(
            lines[..6],
            [
                "[client]",
                "host=\"orders.example.com\"",
                "port=5432",
                r#"user="a\"b\\c\n#d""#,
                "password=\"x?y=z&%2F\"",
                "ssl-ca=\"/my ca.pem\""
            ]
        );
        assert_eq!(lines[lines.len() - 2..], ["[mysql]", "database=\"orders\""]);
        assert!(!format!("{text:?}").contains("x?y"));
    }
}
