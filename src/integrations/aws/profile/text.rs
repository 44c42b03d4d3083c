//! A configuration as lines, each known for what it is, so that every other byte of it can be given back as it was.

use super::{ProfileError, ProfileName};
use std::ops::Range;

/// A configuration that has been understood.
#[derive(Debug)]
pub(super) struct Document<'a> {
    text: &'a str,
    lines: Vec<Line<'a>>,
}

/// One line, with its end.
#[derive(Debug, Clone)]
pub(super) struct Line<'a> {
    /// As it stands, line end included.
    pub(super) text: &'a str,
    /// The name of the setting that it makes or continues, in small letters.
    pub(super) setting: Option<String>,
    /// It continues the setting of the line before.
    pub(super) continues: bool,
    /// What stands between its brackets, if it begins a section.
    section: Option<&'a str>,
}

/// A section: its header and all lines before the next header.
#[derive(Debug)]
pub(super) struct Section<'a> {
    /// The header first.
    pub(super) lines: Vec<Line<'a>>,
    range: Range<usize>,
}

impl<'a> Document<'a> {
    /// Reads a configuration as the AWS CLI does.
    ///
    /// # Errors
    /// The AWS CLI would not understand it.
    pub(super) fn parse(text: &'a str) -> Result<Self, ProfileError> {
        let mut lines: Vec<Line<'a>> = Vec::new();
        let mut in_section = false;
        // The setting that a deeper line continues, and how deep it stands itself.
        let mut setting: Option<(String, usize)> = None;
        for (at, text) in text.split_inclusive('\n').enumerate() {
            let corrupt = || ProfileError::Corrupt { line: at + 1 };
            let bare = text.trim();
            let depth = text.len() - text.trim_start().len();
            let mut line = Line { text, setting: None, continues: false, section: None };
            if bare.is_empty() || bare.starts_with(['#', ';']) {
                lines.push(line);
                continue;
            }
            if let Some((name, _)) = setting.as_ref().filter(|(_, above)| depth > *above) {
                line.setting = Some(name.clone());
                line.continues = true;
            } else if let Some(rest) = bare.strip_prefix('[') {
                line.section = Some(header(rest).ok_or_else(corrupt)?);
                (in_section, setting) = (true, None);
            } else {
                let (name, _) = bare.split_once(['=', ':']).filter(|(name, _)| !name.is_empty()).ok_or_else(corrupt)?;
                if !in_section || bare.contains('\0') {
                    return Err(corrupt());
                }
                let name = name.trim().to_ascii_lowercase();
                line.setting = Some(name.clone());
                setting = Some((name, depth));
            }
            lines.push(line);
        }
        Ok(Self { text, lines })
    }

    /// All of it.
    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// How its lines end.
    pub(super) fn line_end(&self) -> &'static str {
        match self.lines.first() {
            Some(line) if line.text.ends_with("\r\n") => "\r\n",
            _ => "\n",
        }
    }

    /// The section of a profile.
    ///
    /// # Errors
    /// There is more than one.
    pub(super) fn profile(&self, name: &ProfileName) -> Result<Option<Section<'a>>, ProfileError> {
        let is_it = |line: &Line<'_>| line.section.and_then(profile_name) == Some(name.0.as_str());
        let mut headers = self.lines.iter().enumerate().filter(|(_, line)| is_it(line)).map(|(at, _)| at);
        let Some(start) = headers.next() else { return Ok(None) };
        if headers.next().is_some() {
            return Err(ProfileError::Twice(name.clone()));
        }
        let next = self.lines[start + 1..].iter().position(|line| line.section.is_some());
        let range = start..next.map_or(self.lines.len(), |next| start + 1 + next);
        Ok(Some(Section { lines: self.lines[range.clone()].to_vec(), range }))
    }

    /// The text in front of a section.
    pub(super) fn before(&self, section: &Section<'_>) -> String {
        self.lines[..section.range.start].iter().map(|line| line.text).collect()
    }

    /// The text behind a section.
    pub(super) fn after(&self, section: &Section<'_>) -> String {
        self.lines[section.range.end..].iter().map(|line| line.text).collect()
    }
}

/// What stands between the brackets, if nothing but a comment stands behind them.
fn header(rest: &str) -> Option<&str> {
    let (name, behind) = rest.split_once(']')?;
    let behind = behind.trim_start();
    (!name.trim().is_empty() && (behind.is_empty() || behind.starts_with(['#', ';']))).then_some(name)
}

/// The profile that a section is: `default`, `profile name` or `profile "name"`.
fn profile_name(section: &str) -> Option<&str> {
    let section = section.trim();
    if section == "default" {
        return Some(section);
    }
    let name = section.strip_prefix("profile").filter(|name| name.starts_with([' ', '\t']))?.trim();
    let quoted = |quote| name.strip_prefix(quote).and_then(|name| name.strip_suffix(quote));
    Some(quoted('"').or_else(|| quoted('\'')).unwrap_or(name))
}
