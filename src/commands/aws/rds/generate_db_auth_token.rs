//! `p0 aws rds generate-db-auth-token`.

use super::{client, instance};
use crate::{
    access::{self, Access, aws::Principal, tool},
    clock,
    commands::request::{Waiting, give_back},
    ctx::Ctx,
    error::{End, Failure, Kind, Result, sentence},
    integrations::aws::{
        presign::{self, RDS_TOKEN},
        profile::{Quoting, command_line},
        rds::Target,
    },
    interrupt::Interrupt,
    ui::time,
};
use clap::ValueEnum;
use jiff::Timestamp;
use p0_client::Client;
use p0_wire::{integration::Configuration, request::Request};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::{ffi::OsString, path::PathBuf, time::Instant};

/// Get a password for a database on Amazon RDS.
///
/// Asks for access to the database, waits until it is usable, and signs a token that the database takes for a password
/// during the next 15 minutes; a connection that is made with it may last longer. The token is signed here, and sent
/// nowhere. The user at the database is the one that the grant names, else you, by your e-mail address.
///
/// A client behind `--` is told everything that it needs, and to refuse a server that cannot prove that it is the
/// database. psql and other programs with libpq find it in PGHOST, PGUSER, PGPASSWORD and so on; mysql, mariadb and their
/// kin in an option file, which P0_MYSQL_OPTIONS names to any other program.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(
    override_usage = "p0 aws rds generate-db-auth-token --arch <ARCH> <--role <ROLE>|--sql <SQL>> [OPTIONS] [-- <CLIENT> [ARGS]...]",
    after_help = "Examples:
  p0 aws rds generate-db-auth-token --arch postgres --role readonly --instance orders -- psql
  p0 aws rds generate-db-auth-token --arch mysql --sql 'SELECT 1' --ca-file rds.pem -- mysql
  PGPASSWORD=\"$(p0 aws rds generate-db-auth-token --arch postgres --role readonly)\" psql ..."
)]
pub(super) struct Args {
    /// The kind of database
    #[arg(long, value_name = "ARCH")]
    arch: Arch,
    /// The role that is needed at the database
    #[arg(long, value_name = "ROLE", required_unless_present = "sql", conflicts_with = "sql")]
    role: Option<String>,
    /// The statement that is to be run
    #[arg(long, value_name = "SQL")]
    sql: Option<String>,
    /// The database server, by its identifier or its label [default: the one that has what is asked for]
    #[arg(long, value_name = "INSTANCE")]
    instance: Option<String>,
    /// The database in it [default: what the organisation has set]
    #[arg(long, value_name = "DATABASE")]
    database: Option<String>,
    /// Why the access is needed
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The certificates that the client trusts [default for psql: PGSSLROOTCERT, ~/.postgresql/root.crt]
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// How to wait, and what comes after.
    #[command(flatten)]
    waiting: Waiting,
    /// The client to run; taken off the line before clap reads it.
    #[arg(skip)]
    pub(super) tool: Vec<OsString>,
}

/// The kinds of databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Arch {
    Mysql,
    #[value(alias = "pg", alias = "postgresql")]
    Postgres,
}

impl Arch {
    /// The service's word for it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Mysql => "mysql",
            Self::Postgres => "postgres",
        }
    }

    /// How people call it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Mysql => "MySQL",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// Its usual client.
    pub(super) const fn client(self) -> &'static str {
        match self {
            Self::Mysql => "mysql",
            Self::Postgres => "psql",
        }
    }
}

/// Asks, signs, and runs the client if there is one.
pub(super) async fn run(ctx: &Ctx, args: Args) -> Result {
    args.waiting.check(&args.tool)?;
    let authorities = match args.tool.is_empty() {
        true => None,
        false => Some(client::authorities(ctx, args.arch, args.ca_file.as_deref())?),
    };
    let deadline = args.waiting.deadline();
    let client = ctx.api_until(Some(deadline)).await?;
    let mut interrupt = Interrupt::listen()?;
    let bounded = client.until(Some(deadline));
    let fetching = access::in_time(deadline, || client.late(), instance::fetch(&bounded, args.arch));
    let installed = tokio::select! {
        installed = fetching => installed?,
        () = interrupt.pressed() => {
            return Err(Failure::new(Kind::Interrupted, "Interrupted before anything was requested.").into());
        }
    };
    let chosen = instance::choose(&installed, args.arch, args.instance.as_deref())?;
    if let Some(id) = chosen.as_ref().filter(|id| installed.is_example(id)) {
        return Err(Failure::error(format!("The database server '{id}' is an example: there is no such server."))
            .hint("To connect databases of your own, run your own service: p0 serve --help")
            .into());
    }
    if let Some(id) = &chosen {
        // What cannot be reached is not asked for.
        target(&installed, &args, id, "")?;
    }
    let words = words(&args, chosen.as_deref());
    let access = access::obtain(ctx, &client, &mut interrupt, &words, deadline).await?;
    let connecting = Connecting { ctx, client: &client, args: &args, access: &access };
    let end = match connecting.target(&installed, chosen.as_deref()) {
        Ok(target) => connecting.go(&mut interrupt, &target, authorities.as_deref(), deadline).await,
        Err(failure) => Err(failure.into()),
    };
    if args.waiting.relinquish {
        give_back(ctx, &client, &access).await;
    }
    end
}

/// The request, in the service's words.
fn words(args: &Args, instance: Option<&str>) -> Vec<String> {
    let (kind, what) = match (&args.role, &args.sql) {
        (Some(role), _) => ("role", role.as_str()),
        (None, sql) => ("sql", sql.as_deref().unwrap_or_default()),
    };
    let mut words = vec![args.arch.word().to_owned(), kind.to_owned()];
    for (option, value) in
        [("--instance", instance), ("--database", args.database.as_deref()), ("--reason", args.reason.as_deref())]
    {
        // As one word, so that a value that begins with a dash is a value.
        words.extend(value.map(|value| format!("{option}={value}")));
    }
    match what.starts_with('-') {
        // Such as a statement that begins with a comment: behind `--` nothing is an option.
        true => words.extend(["--".to_owned(), what.to_owned()]),
        false => words.insert(2, what.to_owned()),
    }
    words
}

/// Where a server is, and its database.
fn target(installed: &Configuration, args: &Args, id: &str, user: &str) -> std::result::Result<Target, Failure> {
    let described = instance::described(installed, args.arch, id)?;
    Target::new(&described, args.database.as_deref(), user).map_err(|error| {
        Failure::error(format!("There are no tokens for the {} instance '{id}': {error}.", args.arch.name()))
            .hint(format!("Ask for access with: p0 request {}", args.arch.word()))
    })
}

/// From access to a connection.
struct Connecting<'a> {
    ctx: &'a Ctx,
    client: &'a Client,
    args: &'a Args,
    access: &'a Access,
}

impl Connecting<'_> {
    /// The database that was granted, and the user there.
    fn target(&self, installed: &Configuration, chosen: Option<&str>) -> std::result::Result<Target, Failure> {
        let Self { args, access, .. } = self;
        let granted = access.request.permission.get("instanceId").and_then(|id| id.as_str());
        let id = granted.or(chosen).ok_or_else(|| {
            Failure::error("The grant does not say for which database server it is.").hint("Name one with --instance.")
        })?;
        let user = user(&access.request).ok_or_else(|| {
            Failure::error("The grant does not say who you are at the database.").hint(instance::TELL)
        })?;
        target(installed, args, id, user)
    }

    /// Signs the token, and writes it or runs the client with it.
    async fn go(
        &self,
        interrupt: &mut Interrupt,
        target: &Target,
        authorities: Option<&str>,
        deadline: Instant,
    ) -> Result {
        let Self { ctx, client, args, access } = *self;
        let principal = Principal::from_request(&access.request).ok_or_else(|| {
            Failure::error("The grant does not say with which AWS role the database is reached.").hint(instance::TELL)
        })?;
        let credentials = access::aws::credentials(ctx, client, interrupt, &principal, deadline).await?;
        let now = clock::now();
        let Target { host, port, region, user, .. } = target;
        let token = presign::rds_auth_token(host, *port, region, user, &credentials, now)
            .map_err(|error| Failure::error(format!("{}.", sentence(error))))?;
        let Some(authorities) = authorities else {
            self.write(target, &token, (now, credentials.expires_at.min(now + RDS_TOKEN)))?;
            return Ok(End::Done);
        };
        let whose = (client.org(), access);
        let equipped = client::equip(ctx, args.arch, &args.tool, whose, (target, &token, authorities))?;
        match equipped.options {
            None if !args.waiting.relinquish => tool::become_or_run(ctx, equipped.command).await,
            options => {
                let end = tool::run(ctx, equipped.command).await;
                drop(options);
                end
            }
        }
    }

    /// The token on stdout; at a terminal also what to do with it.
    fn write(&self, target: &Target, token: &SecretString, (now, until): (Timestamp, Timestamp)) -> Result<()> {
        let Self { ctx, args, .. } = *self;
        let Target { host, port, user, database, .. } = target;
        if ctx.ui.json {
            let document = json!({
                "token": token.expose_secret(), "host": host, "port": port, "user": user, "database": database,
                "expiration": time::rfc3339(until),
            });
            return Ok(ctx.ui.document(&document)?);
        }
        if ctx.ui.stdout_is_terminal() {
            ctx.ui.say(format!(
                "A password for {user} at {host}:{port}, until {} ({}).",
                time::local(now, until),
                time::relative(now, until)
            ));
            let client = by_hand(args.arch, target).map_err(|error| Failure::error(format!("{error}.")))?;
            ctx.ui.say(format!("To connect: {client}"));
            ctx.ui.say(format!("Or let p0 do it: run this again with `-- {}` at its end.", args.arch.client()));
        }
        Ok(ctx.ui.data(token.expose_secret())?)
    }
}

/// The user at the database: the one that provisioning made, else the principal.
fn user(request: &Request) -> Option<&str> {
    let made = request.generated.get("username").and_then(|user| user.as_str());
    made.or(request.principal.as_deref()).filter(|user| !user.is_empty())
}

/// What to run with the token as the password.
fn by_hand(arch: Arch, target: &Target) -> std::result::Result<String, crate::integrations::aws::profile::Unquotable> {
    let Target { host, port, user, database, .. } = target;
    let mut words = match arch {
        Arch::Postgres => {
            vec!["psql".to_owned(), format!("--host={host}"), format!("--port={port}"), format!("--username={user}")]
        }
        Arch::Mysql => vec![
            "mysql".to_owned(),
            format!("--host={host}"),
            format!("--port={port}"),
            format!("--user={user}"),
            "--enable-cleartext-plugin".to_owned(),
            "--password".to_owned(),
        ],
    };
    words.extend(database.clone());
    command_line(words.iter().map(String::as_str), Quoting::Posix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Args as _, FromArgMatches};
    use p0_wire::request::Status;

    #[test]
    fn the_user_at_the_database() {
        let mut request = Request::with_status(Status::Done);
        assert_eq!(user(&request), None);
        request.principal = Some("asker@example.com".into());
        assert_eq!(user(&request), Some("asker@example.com"));
        request.generated = json!({"username": "p0_asker"});
        assert_eq!(user(&request), Some("p0_asker"));
    }

    #[test]
    fn no_value_is_taken_for_an_option() {
        let words = |line: &[&str]| {
            let line = ["x", "--arch", "postgres"].iter().chain(line);
            let matches = Args::augment_args(clap::Command::new("x")).try_get_matches_from(line).expect("a line");
            words(&Args::from_arg_matches(&matches).expect("arguments"), Some("-orders")).join("|")
        };
        assert_eq!(
            words(&["--sql=--all\nDROP TABLE x", "--reason=--duration 9d", "--database=-x"]),
            "postgres|sql|--instance=-orders|--database=-x|--reason=--duration 9d|--|--all\nDROP TABLE x"
        );
        assert_eq!(words(&["--role", "readonly"]), "postgres|role|readonly|--instance=-orders");
    }

    #[test]
    fn how_to_connect_by_hand() {
        let target = Target {
            host: "orders.example.com".into(),
            port: 3306,
            region: "eu-west-1".into(),
            database: Some("my db".into()),
            user: "asker@example.com".into(),
        };
        let line = by_hand(Arch::Mysql, &target).expect("a line");
        assert!(line.ends_with("--user=asker@example.com --enable-cleartext-plugin --password 'my db'"), "{line}");
        assert!(by_hand(Arch::Postgres, &target).expect("a line").starts_with("psql --host=orders.example.com "));
    }
}
