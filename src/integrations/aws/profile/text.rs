//! A configuration as lines, each known for what it is, so that every other byte of it can be given back as it was.
//!
//! The rules are those of the AWS CLI: Python's `configparser` and what botocore makes of it (`botocore.configloader`).

use super::{ProfileError, ProfileName};
use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

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
    pub(super) lines: Vec<Line<'a>>,
    range: Range<usize>,
}

impl<'a> Document<'a> {
    /// Reads a configuration as the AWS CLI does.
    pub(super) fn parse(text: &'a str) -> Result<Self, ProfileError> {
        let mut reader = Reader::default();
        let lines = split(text).enumerate().map(|(at, text)| reader.read(at + 1, text)).collect::<Result<_, _>>()?;
        Ok(Self { text, lines })
    }

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
    pub(super) fn profile(&self, name: &ProfileName) -> Result<Option<Section<'a>>, ProfileError> {
        let is_it = |line: &Line<'_>| line.section.is_some_and(|section| may_be(section, &name.0));
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

impl Line<'_> {
    /// The blanks in front of it.
    pub(super) fn indent(&self) -> &str {
        &self.text[..self.text.len() - self.text.trim_start_matches(is_space).len()]
    }
}

impl Section<'_> {
    /// Whether the AWS CLI finds the profile by this section's header. It does not skip blanks after the bracket.
    pub(super) fn is_found_as(&self, name: &ProfileName) -> bool {
        let header = self.lines[0].section.unwrap_or_default();
        if name.0 == "default" && header == "default" {
            return true;
        }
        header.starts_with("profile") && profile_name(header).is_some_and(|found| found == name.0)
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reader<'a> {
    section: Option<&'a str>,
    /// Where each section begins.
    sections: HashMap<&'a str, usize>,
    settings: HashSet<(&'a str, String)>,
    /// The setting that a deeper line continues, and whether it has a value on its own line.
    setting: Option<(String, bool)>,
    indent: usize,
}

impl<'a> Reader<'a> {
    fn read(&mut self, number: usize, text: &'a str) -> Result<Line<'a>, ProfileError> {
        let corrupt = ProfileError::Corrupt { line: number };
        let bare = text.trim_matches(is_space);
        let mut line = Line { text, setting: None, continues: false, section: None };
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            return Ok(line);
        }
        let indent = line.indent().chars().count();
        if let Some((name, has_value)) = self.setting.as_ref().filter(|_| indent > self.indent) {
            // Below a setting without a value, each line is a setting of its own to botocore.
            let is_pair = |part: &str| part.trim_matches(is_space).is_empty() || part.contains('=');
            if !has_value && !bare.split(is_line_end).all(is_pair) {
                return Err(ProfileError::NotNested { line: number, setting: name.clone() });
            }
            line.setting = Some(name.clone());
            line.continues = true;
            return Ok(line);
        }
        self.indent = indent;
        if let Some(section) = header(bare) {
            // This one section may be repeated.
            if section != "DEFAULT"
                && let Some(first) = self.sections.insert(section, number)
            {
                return Err(ProfileError::SectionTwice { section: section.to_owned(), first, line: number });
            }
            (self.section, self.setting) = (Some(section), None);
            line.section = Some(section);
            return Ok(line);
        }
        let section = self.section.ok_or_else(|| corrupt.clone())?;
        let (name, value) = bare.split_once(['=', ':']).ok_or_else(|| corrupt.clone())?;
        let name = name.trim_end_matches(is_space).to_lowercase();
        if name.is_empty() {
            return Err(corrupt);
        }
        if !self.settings.insert((section, name.clone())) {
            let section = section.to_owned();
            return Err(ProfileError::SettingTwice { setting: name, section, line: number });
        }
        self.setting = Some((name.clone(), !value.trim_matches(is_space).is_empty()));
        line.setting = Some(name);
        Ok(line)
    }
}

/// The lines, with their ends. Python takes a carriage return alone for one too.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = match rest.find(['\n', '\r']) {
            None if rest.is_empty() => return None,
            None => rest.len(),
            Some(at) if rest[at..].starts_with("\r\n") => at + 2,
            Some(at) => at + 1,
        };
        let (line, after) = rest.split_at(end);
        rest = after;
        Some(line)
    })
}

/// What Python's `str.strip` removes.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// Where Python's `str.splitlines` splits, but for line feeds.
fn is_line_end(c: char) -> bool {
    matches!(c, '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// The text between the first bracket and the last. Text after it is ignored.
fn header(bare: &str) -> Option<&str> {
    let rest = bare.strip_prefix('[')?;
    let section = &rest[..rest.rfind(']')?];
    (!section.is_empty()).then_some(section)
}

/// Whether this section is the profile to any reader: some end the header at its first bracket, or skip blanks.
fn may_be(section: &str, name: &str) -> bool {
    let shorter = section.split(']').next().unwrap_or_default();
    [section, shorter].into_iter().any(|section| {
        let section = section.trim_matches(is_space);
        (name == "default" && section == name) || profile_name(section).is_some_and(|found| found == name)
    })
}

/// The name in `profile name`, however it is quoted.
fn profile_name(section: &str) -> Option<String> {
    let (_, name) = section.strip_prefix("profile")?.split_once(is_space)?;
    let name = name.trim_matches(is_space);
    (!name.contains(is_space)).then(|| name.replace(['"', '\'', '\\'], ""))
}
