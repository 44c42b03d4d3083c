//! The database's client as a tool: told where the database is, whom to trust there, and the token, but never in an
//! argument.

use super::generate_db_auth_token::Arch;
use crate::{
    access::{Access, tool, tool_env},
    ctx::Ctx,
    dirs,
    error::{Failure, Result},
    integrations::aws::rds::{AUTHORITIES, Target},
};
use secrecy::{ExposeSecret, SecretString};
use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// Tells programs other than the known clients where their option file is.
const OPTIONS: &str = "P0_MYSQL_OPTIONS";
/// What libpq takes for the system's certificates instead of a file.
const SYSTEM: &str = "system";

/// The certificates of the authorities that the client trusts: those that the user names, else where the client itself
/// looks for them.
pub(super) fn authorities(ctx: &Ctx, arch: Arch, named: Option<&Path>) -> std::result::Result<String, Failure> {
    let inherited = ctx.env.pg_authorities.as_deref().filter(|_| arch == Arch::Postgres);
    if named.is_none() && inherited == Some(Path::new(SYSTEM)) {
        return Ok(SYSTEM.to_owned());
    }
    let usual = || dirs::postgres_authorities().filter(|_| arch == Arch::Postgres);
    let file = named.or(inherited).map(Path::to_owned).or_else(usual);
    let readable = |file: PathBuf| File::open(&file).and_then(|_| std::path::absolute(&file));
    let problem = match file.map(|file| (readable(file.clone()), file)) {
        Some((Ok(file), _)) => match file.into_os_string().into_string() {
            Ok(file) => return Ok(file),
            Err(file) => format!("the path {} is not UTF-8 text", file.display()),
        },
        Some((Err(error), file)) => format!("cannot read {}: {error}", file.display()),
        None => "no file is named".to_owned(),
    };
    let failure = Failure::error(format!(
        "{} needs the certificates of Amazon's authorities, or it could not tell the database from an impostor: {problem}.",
        arch.client()
    ));
    Err(match (arch, named) {
        (Arch::Postgres, None) => failure.hint(format!(
            "Download them to where psql looks for them: curl --create-dirs -o ~/.postgresql/root.crt {AUTHORITIES}"
        )),
        _ => failure.hint(format!("Download them: curl -o rds.pem {AUTHORITIES}")),
    }
    .hint("Or name a file that has them with: --ca-file FILE"))
}

/// A tool that has all that it needs, and what must outlive it.
pub(super) struct Equipped {
    pub(super) command: std::process::Command,
    /// The client's options, which are deleted when it has ended.
    pub(super) options: Option<NamedTempFile>,
}

pub(super) fn equip(
    ctx: &Ctx,
    arch: Arch,
    words: &[OsString],
    (org, access): (&str, &Access),
    (target, token, authorities): (&Target, &SecretString, &str),
) -> Result<Equipped> {
    if arch == Arch::Postgres {
        let mut command = tool::command(words, org, access);
        tool_env::with(&mut command, target.postgres(token, authorities));
        return Ok(Equipped { command, options: None });
    }
    let file = options(ctx, &target.mysql(token, authorities))?;
    let mut words = words.to_vec();
    if is_known_client(&words[0]) {
        // It has to be the first argument.
        let mut first = OsString::from("--defaults-file=");
        first.push(file.path());
        words.insert(1, first);
    }
    let mut command = tool::command(&words, org, access);
    command.env(OPTIONS, file.path()).env_remove("MYSQL_PWD");
    Ok(Equipped { command, options: Some(file) })
}

/// Writes the client's options to a file for the user alone.
fn options(ctx: &Ctx, text: &SecretString) -> Result<NamedTempFile> {
    let path = ctx.dirs.client_options();
    let written = dirs::create_parent(&path).and_then(|()| {
        let directory = path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new().prefix("mysql-").suffix(".cnf").tempfile_in(directory)?;
        file.write_all(text.expose_secret().as_bytes())?;
        Ok(file)
    });
    Ok(written.map_err(|error| {
        Failure::error(format!("Cannot write the options of mysql below {}: {error}", path.display()))
    })?)
}

/// Whether a program takes `--defaults-file`, as all clients of MySQL and MariaDB do.
fn is_known_client(program: &OsStr) -> bool {
    let name = Path::new(program).file_stem().unwrap_or_default().to_string_lossy();
    name.starts_with("mysql") || name.starts_with("mariadb")
}
