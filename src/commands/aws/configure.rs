//! `p0 aws configure`: a profile through which the AWS CLI and the SDKs get credentials by themselves.

use super::assume::check_name;
use crate::{
    access::aws::{self, Looked, Name},
    clock,
    ctx::Ctx,
    dirs,
    error::{End, Failure, Result},
    integrations::aws::{
        presign,
        profile::{self, Profile, ProfileError, ProfileName, Quoting},
    },
    shared_file::SharedFile,
    stored_command::{self, StoredCommand},
};
use clap::ValueEnum;
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    str::Utf8Error,
    time::Duration,
};

/// How long the service may take to say which accounts there are.
const PATIENCE: Duration = Duration::from_secs(3);

/// Let `aws` and the SDKs get credentials by themselves.
///
/// This writes a profile to ~/.aws/config (or the file that AWS_CONFIG_FILE names) in which p0 is the program that gives
/// credentials. Whatever uses the profile then has credentials that are always fresh; where access has to be asked for,
/// p0 asks for it. The rest of the file stays as it is, and nothing is written to ~/.aws/credentials.
///
/// The profile contains the organisation, and P0_HOME, P0_ENV, P0_APP_URL and --token-file where they are given; it contains
/// no token.
///
/// Where you are signed in, the account is looked up first, and the profile is for that one account from then on.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(
    override_usage = "p0 aws configure [OPTIONS] <KIND> <NAME>\n       p0 aws configure --remove --profile <PROFILE>",
    after_help = "Examples:
  p0 aws configure role Developer
  aws --profile Developer s3 ls
  p0 aws configure permission-set ReadOnly --profile reports --region eu-west-1
  p0 aws configure role Admin --account production --reason 'on call' --profile prod-admin
  p0 aws configure --remove --profile prod-admin"
)]
pub struct Args {
    /// What the credentials are for
    #[arg(value_name = "KIND", required_unless_present = "remove")]
    kind: Option<Kind>,
    /// The role or the permission set
    #[arg(value_name = "NAME", required_unless_present = "remove")]
    name: Option<String>,
    /// The profile to write [default: the name of the role or permission set]
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// The account, by label or number [env: P0_AWS_ACCOUNT; default: the only one]
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// The region that the profile is for, such as eu-west-1
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// The reason to give whenever access is asked for
    #[arg(long, value_name = "REASON")]
    reason: Option<String>,
    /// Never ask for access: you have it
    #[arg(long, conflicts_with = "reason")]
    no_request: bool,
    /// Remove the profile
    #[arg(long, requires = "profile", conflicts_with_all = ["kind", "name", "account", "region", "reason", "no_request"])]
    remove: bool,
    /// Replace or remove a profile that p0 did not write
    #[arg(long)]
    force: bool,
}

/// What credentials can be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A role, through the organisation's identity provider
    Role,
    /// A permission set of IAM Identity Center
    PermissionSet,
}

impl Kind {
    fn with_name(self, name: &str) -> Name {
        match self {
            Self::Role => Name::Role(name.to_owned()),
            Self::PermissionSet => Name::PermissionSet(name.to_owned()),
        }
    }
}

/// Writes the profile, or removes it.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    let name = profile_name(&args)?;
    let file = aws_file("config", ctx.env.aws_config_file.as_deref())?;
    let region = args.region.as_deref();
    if let Some(region) = region.filter(|region| !presign::is_region(region)) {
        return Err(Failure::usage(format!("'{}' is not an AWS region.", region.escape_debug()))
            .hint("A region is written like eu-west-1.")
            .into());
    }
    let file = SharedFile::new(file, &ctx.dirs.shared_files());
    let change = |process: Option<&str>| {
        let (name, file, force) = (&name, &file, args.force);
        let process = process.map(str::to_owned);
        move |old: &[u8]| {
            let old = std::str::from_utf8(old).map_err(|error| not_text(file, &error))?;
            let new = match &process {
                Some(process) => profile::write(old, Profile { name, process, region }, force),
                None => profile::remove(old, name, force),
            };
            new.map(String::into_bytes).map_err(|error| refused(file, &error))
        }
    };
    let (process, account) = match &args {
        Args { kind: Some(kind), name: Some(target), remove: false, .. } => {
            check_name(target)?;
            let target = kind.with_name(target);
            // The account is only looked up for a profile that can be written.
            let unchecked = process(ctx, &target, &args, args.account.as_ref().or(ctx.env.aws_account.as_ref()))?;
            file.check(change(Some(&unchecked)))?;
            match account(ctx, &target, &args).await? {
                Some(account) => (Some(process(ctx, &target, &args, Some(&account))?), Some(account)),
                None => (Some(unchecked), None),
            }
        }
        _ => (None, None),
    };
    file.change(change(process.as_deref())).await?;
    if process.is_some() {
        stored_command::mention_token(ctx);
    }
    tell(ctx, &name, file.path(), process.is_some(), account.as_deref())
}

/// The number of the account that is meant, where the service can say; else a word of it that it could not.
async fn account(ctx: &Ctx, target: &Name, args: &Args) -> Result<Option<String>> {
    match aws::look_up(ctx, target, args.account.as_deref(), clock::instant() + PATIENCE).await? {
        Looked::Account(id) => Ok(Some(id)),
        Looked::Unasked(why) => {
            ctx.ui.say(format!("The account was not checked: {}", why.message));
            Ok(None)
        }
    }
}

/// The profile's name: as given, else what it is for.
fn profile_name(args: &Args) -> std::result::Result<ProfileName, Failure> {
    let (name, is_given) = match (&args.profile, &args.name) {
        (Some(profile), _) => (profile.as_str(), true),
        (None, name) => (name.as_deref().unwrap_or_default(), false),
    };
    name.parse().map_err(|error| {
        let failure = Failure::usage(format!("'{}' cannot be the name of a profile: {error}.", name.escape_debug()));
        if is_given { failure } else { failure.hint("Give the profile another name with: --profile NAME") }
    })
}

fn aws_file(name: &str, variable: Option<&Path>) -> std::result::Result<PathBuf, Failure> {
    dirs::aws(name, variable)
        .ok_or_else(|| Failure::error("There is no home directory.").hint("Set HOME to a directory of yours."))
}

/// The line that makes p0 give credentials, whatever the environment of the program that runs it.
fn process(ctx: &Ctx, target: &Name, args: &Args, account: Option<&String>) -> Result<String> {
    let StoredCommand { program, env, options } = StoredCommand::new(ctx, &ctx.sessions().org()?)?;
    let quoting = if cfg!(windows) { Quoting::Windows } else { Quoting::Posix };
    if quoting == Quoting::Windows && !env.is_empty() {
        let names: Vec<&str> = env.iter().map(|(name, _)| *name).collect();
        return Err(Failure::error(format!("A profile cannot contain variables on Windows: {}.", names.join(", ")))
            .hint("Set them for your user account, and unset them for this command.")
            .into());
    }
    let mut words: Vec<String> = env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if !words.is_empty() {
        words.insert(0, "env".to_owned());
    }
    words.push(program);
    words.extend(options);
    words.extend(["aws", "credential-process", target.word(), target.as_str()].map(str::to_owned));
    let own = [("--account", account), ("--reason", args.reason.as_ref())];
    words.extend(own.into_iter().filter_map(|(option, value)| Some(format!("{option}={}", value?))));
    words.extend(args.no_request.then(|| "--no-request".to_owned()));
    let line = profile::command_line(words.iter().map(String::as_str), quoting);
    Ok(line.map_err(|error| Failure::usage(format!("{error}.")))?)
}

/// Why the file stays as it is.
fn refused(file: &SharedFile, error: &ProfileError) -> Failure {
    let failure = Failure::error(format!("{} was not changed: {error}.", file.path().display()));
    match error {
        ProfileError::Corrupt { .. }
        | ProfileError::SectionTwice { .. }
        | ProfileError::SettingTwice { .. }
        | ProfileError::NotNested { .. } => unreadable(file, failure),
        ProfileError::Twice(_) => failure.hint("Remove one of the two, then try again."),
        ProfileError::Foreign(_) => {
            failure.hint("Choose another name with --profile.").hint("To overwrite or remove it all the same: --force")
        }
        ProfileError::Absent(_) => failure.hint("See which there are with: aws configure list-profiles"),
    }
}

fn not_text(file: &SharedFile, error: &Utf8Error) -> Failure {
    let failure = format!(
        "{} was not changed: it is not UTF-8 text, from byte {} on.",
        file.path().display(),
        error.valid_up_to()
    );
    unreadable(file, Failure::error(failure))
}

fn unreadable(file: &SharedFile, failure: Failure) -> Failure {
    let failure = failure
        .hint("The AWS CLI cannot read it either. Repair it, or move the file away.")
        .hint("AWS_CONFIG_FILE can name another file.");
    match file.leftover() {
        Some(copy) => failure.hint(file.restoring(&copy)),
        None => failure,
    }
}

fn tell(ctx: &Ctx, name: &ProfileName, file: &Path, written: bool, account: Option<&str>) -> Result {
    if !written {
        ctx.ui.say(format!("Profile {name} removed from {}.", file.display()));
    } else {
        ctx.ui.say(format!("Profile {name} written to {}. Use it with: aws --profile {name} …", file.display()));
        warn_of_credentials(ctx, name)?;
    }
    if ctx.ui.json {
        let document = json!({
            "profile": name.to_string(), "file": file.to_string_lossy(), "written": written, "accountId": account,
        });
        ctx.ui.document(&document)?;
    }
    Ok(End::Done)
}

/// Long-lived credentials of the same name go before whatever the profile says.
fn warn_of_credentials(ctx: &Ctx, name: &ProfileName) -> Result<()> {
    let file = aws_file("credentials", ctx.env.aws_credentials_file.as_deref())?;
    // Only the names of sections matter, so the rest may be in any encoding.
    let text = SharedFile::new(&file, &ctx.dirs.shared_files()).read();
    match text.map(|text| text.map(|text| String::from_utf8_lossy(&text).into_owned())) {
        Ok(Some(text)) if profile::is_among_credentials(&text, name) => ctx.ui.warn(format!(
            "{} has credentials for {name} as well, and the AWS CLI prefers those. Remove them there, or choose \
             another name with --profile.",
            file.display()
        )),
        Ok(_) => {}
        Err(error) => ctx.ui.warn(format!("Whether {} has credentials for {name} is unknown: {error}", file.display())),
    }
    Ok(())
}
