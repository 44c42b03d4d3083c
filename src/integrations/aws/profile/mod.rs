//! Profiles in the configuration of the AWS CLI and the SDKs, read and changed as text: what p0 did not write stays as it
//! is, byte for byte (<https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>).

mod command;
mod text;

pub use command::{Quoting, Unquotable, command_line};

use std::str::FromStr;
use text::{Document, Line, Section};

/// The setting that names the program which gives credentials.
const PROCESS: &str = "credential_process";
/// The words by which a program of ours is known.
const OURS: [&str; 2] = ["aws", "credential-process"];
/// Settings that would go before [`PROCESS`], or make something else of it.
const RIVALS: [&str; 18] = [
    PROCESS,
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "credential_source",
    "external_id",
    "mfa_serial",
    "role_arn",
    "role_session_name",
    "source_profile",
    "sso_account_id",
    "sso_region",
    "sso_registration_scopes",
    "sso_role_name",
    "sso_session",
    "sso_start_url",
    "login_session",
    "web_identity_token_file",
];
/// No name is longer.
const LONGEST_NAME: usize = 128;

/// Why a profile was not written or removed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// The file is not what the AWS CLI reads.
    #[error("line {line} is neither a section, a setting nor a comment")]
    Corrupt { line: usize },
    /// It has a section twice.
    #[error("line {line} repeats the section [{section}] of line {first}")]
    SectionTwice {
        section: String,
        /// Where it begins first, counted from one.
        first: usize,
        /// Where it begins again.
        line: usize,
    },
    /// A section has a setting twice.
    #[error("line {line} repeats the setting '{setting}' of the section [{section}]")]
    SettingTwice {
        /// Its name, in small letters.
        setting: String,
        section: String,
        line: usize,
    },
    /// A line below a setting without a value is not a setting itself.
    #[error("line {line}, indented below '{setting}', is not written as 'name = value'")]
    NotNested { line: usize, setting: String },
    /// Two sections are the same profile, written differently. Programs differ in which one they use.
    #[error("it has the profile '{0}' twice")]
    Twice(ProfileName),
    #[error("it has a profile '{0}' that p0 did not write")]
    Foreign(ProfileName),
    /// There is nothing to remove.
    #[error("it has no profile '{0}'")]
    Absent(ProfileName),
}

/// The name of a profile, of the characters that every SDK takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileName(String);

/// Not a name that every SDK takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the name of a profile consists of letters, digits and any of -_./%@:+")]
pub struct BadProfileName;

impl FromStr for ProfileName {
    type Err = BadProfileName;

    fn from_str(name: &str) -> Result<Self, BadProfileName> {
        let is_taken = |c: char| c.is_ascii_alphanumeric() || "-_./%@:+".contains(c);
        match !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(is_taken) {
            true => Ok(Self(name.to_owned())),
            false => Err(BadProfileName),
        }
    }
}

impl std::fmt::Display for ProfileName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a profile is to say.
#[derive(Debug, Clone, Copy)]
pub struct Profile<'a> {
    pub name: &'a ProfileName,
    /// The program that gives credentials, made by [`command_line`].
    pub process: &'a str,
    /// Where calls go; `None`: as before, or as the user's defaults say.
    pub region: Option<&'a str>,
}

/// The configuration with this profile: at its end, or where it stood, if p0 wrote it or `force` says so.
pub fn write(configuration: &str, profile: Profile<'_>, force: bool) -> Result<String, ProfileError> {
    let document = Document::parse(configuration)?;
    let Some(section) = document.profile(profile.name)? else { return Ok(appended(&document, profile)) };
    let is_ours = is_ours(&section);
    if !is_ours && !force {
        return Err(ProfileError::Foreign(profile.name.clone()));
    }
    let goes = |line: &Line<'_>| {
        let setting = line.setting.as_deref().unwrap_or_default();
        setting == PROCESS
            || (setting == "region" && profile.region.is_some())
            || (!is_ours && RIVALS.contains(&setting))
    };
    let kept = section.lines[1..].iter().filter(|line| !goes(line));
    // A setting that was indented deeper than the one above it would continue that one.
    let indent = kept.clone().find(|line| line.setting.is_some()).map_or("", Line::indent);
    let mut new = document.before(&section);
    let old = section.lines[0].text;
    match section.is_found_as(profile.name) {
        true if old.ends_with(['\n', '\r']) => new += old,
        true => new.extend([old, document.line_end()]),
        false => new += &header(&document, profile.name),
    }
    new += &settings(&document, profile, indent);
    new.extend(kept.map(|line| line.text));
    Ok(new + &document.after(&section))
}

/// The configuration without this profile. The comments behind its last setting stay: they may be the next one's.
pub fn remove(configuration: &str, name: &ProfileName, force: bool) -> Result<String, ProfileError> {
    let document = Document::parse(configuration)?;
    let section = document.profile(name)?.ok_or_else(|| ProfileError::Absent(name.clone()))?;
    if !is_ours(&section) && !force {
        return Err(ProfileError::Foreign(name.clone()));
    }
    let last = section.lines.iter().rposition(|line| line.setting.is_some()).unwrap_or(0);
    let left: String = section.lines[last + 1..].iter().map(|line| line.text).collect();
    let rest = left + &document.after(&section);
    let mut before = document.before(&section);
    // One empty line held it apart from its neighbours.
    if rest.is_empty() || starts_empty(&rest) {
        match before.strip_suffix("\r\n").or_else(|| before.strip_suffix('\n')) {
            Some(shorter) if shorter.is_empty() || shorter.ends_with('\n') => before.truncate(shorter.len()),
            _ => {}
        }
    }
    Ok(before + &rest)
}

/// Whether long-lived credentials (`~/.aws/credentials`) have a profile of this name, which would go before.
pub fn is_among_credentials(credentials: &str, name: &ProfileName) -> bool {
    let header = |line: &str| Some(line.trim().strip_prefix('[')?.split_once(']')?.0.trim().to_owned());
    credentials.lines().filter_map(header).any(|section| section == name.0)
}

fn appended(document: &Document<'_>, profile: Profile<'_>) -> String {
    let end = document.line_end();
    let mut new = document.text().to_owned();
    if !new.is_empty() {
        if !new.ends_with('\n') {
            new += end;
        }
        new += end;
    }
    new + &header(document, profile.name) + &settings(document, profile, "")
}

fn header(document: &Document<'_>, name: &ProfileName) -> String {
    let end = document.line_end();
    if name.0 == "default" { format!("[default]{end}") } else { format!("[profile {name}]{end}") }
}

fn settings(document: &Document<'_>, profile: Profile<'_>, indent: &str) -> String {
    let end = document.line_end();
    let region = profile.region.map(|region| format!("{indent}region = {region}{end}")).unwrap_or_default();
    format!("{indent}{PROCESS} = {}{end}{region}", profile.process)
}

/// Whether p0 wrote it: its program is `p0 … aws credential-process …`.
fn is_ours(section: &Section<'_>) -> bool {
    let value = section.lines.iter().find(|line| line.setting.as_deref() == Some(PROCESS) && !line.continues);
    let value = value.and_then(|line| line.text.split_once(['=', ':'])).map_or("", |(_, value)| value);
    value.split_whitespace().collect::<Vec<_>>().windows(2).any(|words| words == OURS)
}

fn starts_empty(text: &str) -> bool {
    text.lines().next().is_some_and(|line| line.trim().is_empty())
}

#[cfg(test)]
mod tests;
