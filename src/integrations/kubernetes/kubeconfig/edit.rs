//! Changes to a kubeconfig's text. Each touches only the lines that it is about, and is checked before it is taken.

use super::{
    Kubeconfig, List, YamlError, emit, says,
    tree::{self, Kind, Node},
};
use serde_json::{Value, json};
use std::{borrow::Cow, ops::Range};

/// The key of the context that is used where none is named.
const CURRENT: &str = "current-context";

/// The head of a kubeconfig that is begun here.
const HEAD: &str = "apiVersion: v1\nkind: Config\n";

/// What comes between two items inside brackets.
const BETWEEN: &str = ", ";

/// A stretch of text, and what to put in its place.
type Splice = (Range<usize>, String);

impl Kubeconfig {
    /// Puts an entry in place of the one of its name, or behind all others.
    pub fn with_entry(&self, list: List, name: &str, body: &Value) -> Result<Self, YamlError> {
        let this = self.begun()?;
        let entry = json!({ list.singular(): body, "name": name });
        let splices = this.put(list, name, &entry).ok_or(YamlError::Unchangeable { what: list.key() })?;
        this.spliced(splices, list.key(), |after| {
            let kept = this.items(list).iter().filter(|item| !this.is_named(item, name));
            let left = after.items(list).iter().filter(|item| !this.is_named(item, name));
            let is_there = after.items(list).iter().any(|item| says(item, &entry));
            is_there && same(kept, left)
        })
    }

    /// Takes an entry out, if it is there.
    pub fn without_entry(&self, list: List, name: &str) -> Result<Self, YamlError> {
        let Some(at) = self.items(list).iter().position(|item| self.is_named(item, name)) else {
            return Ok(self.clone());
        };
        let splices = self.take_out(list, at).ok_or(YamlError::Unchangeable { what: list.key() })?;
        self.spliced(splices, list.key(), |after| {
            let kept = self.items(list).iter().filter(|item| !self.is_named(item, name));
            same(kept, after.items(list).iter())
        })
    }

    /// Makes this the context that is used where none is named; `None`: no context is.
    pub fn with_current(&self, name: Option<&str>) -> Result<Self, YamlError> {
        if self.current() == name {
            return Ok(self.clone());
        }
        let this = self.begun()?;
        let text = emit::scalar(name.unwrap_or_default());
        let splices = this.set(CURRENT, &text).ok_or(YamlError::Unchangeable { what: "settings" })?;
        this.spliced(splices, CURRENT, |after| after.current() == name)
    }

    /// This, with something in it.
    fn begun(&self) -> Result<Cow<'_, Self>, YamlError> {
        let is_bare = |root: &Node| matches!(&root.kind, Kind::Mapping { entries, .. } if entries.is_empty());
        let splice = match &self.root {
            None => (self.text.len()..self.text.len(), format!("{}{HEAD}", self.line_break_at_end())),
            Some(root) if is_bare(root) => (root.span.clone(), HEAD.trim_end().to_owned()),
            Some(_) => return Ok(Cow::Borrowed(self)),
        };
        let begun = Self::parse(self.apply(vec![splice]))?;
        let is_begun = begun.root.as_ref().is_some_and(|root| root.value("kind").is_some());
        if is_begun { Ok(Cow::Owned(begun)) } else { Err(YamlError::Unchangeable { what: "settings" }) }
    }

    fn put(&self, list: List, name: &str, entry: &Value) -> Option<Vec<Splice>> {
        let root = self.root.as_ref()?;
        let Some((key, value)) = root.entry(list.key()) else { return self.add(root, list, entry) };
        let after = |at: usize, text: String| Some(vec![(at..at, text)]);
        match &value.kind {
            Kind::Sequence { items, flow: true } => {
                if let Some(item) = items.iter().find(|item| self.is_named(item, name)) {
                    return Some(vec![(item.span.clone(), emit::json(entry))]);
                }
                let inside = tree::seek(&self.text, value.span.start, '[')? + 1;
                match self.text[value.span.clone()].strip_prefix('[').is_some_and(|rest| rest.trim() == "]") {
                    true if !is_flow(root) => self.begin_list(key, value, entry),
                    _ => match items.last() {
                        None => after(inside, emit::json(entry)),
                        Some(last) => after(last.span.end, format!("{BETWEEN}{}", emit::json(entry))),
                    },
                }
            }
            Kind::Sequence { items, flow: false } => {
                let column = self.column(self.dash(key, items, 0)?)?;
                let text = emit::item(entry, column);
                match items.iter().position(|item| self.is_named(item, name)) {
                    Some(at) => Some(vec![self.replace_item(key, items, at, &text[column..])?]),
                    None => Some(vec![self.insert_line(items.last()?.span.end, &text)]),
                }
            }
            _ if value.is_null() && is_flow(root) => {
                let apart = if self.text[..value.span.start].ends_with([' ', '\t', '\n']) { "" } else { " " };
                Some(vec![(value.span.clone(), format!("{apart}[{}]", emit::json(entry)))])
            }
            _ if value.is_null() => self.begin_list(key, value, entry),
            _ => None,
        }
    }

    /// A list that the kubeconfig does not have yet, with one entry.
    fn add(&self, root: &Node, list: List, entry: &Value) -> Option<Vec<Splice>> {
        self.add_key(root, list.key(), &format!("[{}]", emit::json(entry)), |column| {
            format!("{:column$}{}:\n{}", "", list.key(), emit::item(entry, column))
        })
    }

    /// The first entry of a list that is there and empty, in lines below its key.
    fn begin_list(&self, key: &Node, value: &Node, entry: &Value) -> Option<Vec<Splice>> {
        let nothing = self.text[..value.span.start].trim_end_matches(' ').len()..value.span.end;
        let text = emit::item(entry, self.column(key.span.start)?);
        Some(vec![(nothing, String::new()), self.insert_line(value.span.end, &text)])
    }

    fn take_out(&self, list: List, at: usize) -> Option<Vec<Splice>> {
        let (key, value) = self.root.as_ref()?.entry(list.key())?;
        let Kind::Sequence { items, flow } = &value.kind else { return None };
        let cut = |range: Range<usize>| Some(vec![(range, String::new())]);
        if *flow {
            let span = &items[at].span;
            let before = at.checked_sub(1).map(|before| items[before].span.end);
            let comma = tree::seek(&self.text, span.end, ',');
            return match (before, items.get(at + 1)) {
                // As it was added.
                (Some(before), _) if &self.text[before..span.start] == BETWEEN => cut(before..span.end),
                (_, Some(next)) => cut(span.start..next.span.start),
                (Some(before), None) => cut(before..span.end),
                // A comma needs something in front.
                (None, None) => cut(span.start..comma.map_or(span.end, |comma| comma + 1)),
            };
        }
        let dash = self.dash(key, items, at)?;
        self.column(dash)?;
        let (start, end) = (self.line_start(dash), self.line_end(items[at].span.end));
        // Where the text does not end in a line break, it did not before these lines either.
        let start = if end == self.text.len() && !self.line_break_at_end().is_empty() {
            let before = &self.text[..start];
            before.strip_suffix("\r\n").or_else(|| before.strip_suffix('\n')).map_or(start, str::len)
        } else {
            start
        };
        let lines = (start..end, String::new());
        if items.len() > 1 {
            return Some(vec![lines]);
        }
        let colon = tree::seek(&self.text, key.span.end, ':')? + 1;
        Some(vec![(colon..colon, " []".into()), lines])
    }

    /// Sets a setting that is no list.
    fn set(&self, name: &'static str, text: &str) -> Option<Vec<Splice>> {
        let root = self.root.as_ref()?;
        let quoted = || if text.starts_with('"') { text.to_owned() } else { format!("\"{text}\"") };
        match root.entry(name) {
            Some((key, value)) => {
                // The quotes stay, so that the text is as before where the value is.
                let old = &self.text[value.span.clone()];
                let plain = !text.starts_with('"');
                let text = match old.chars().next() {
                    Some('"') => quoted(),
                    Some('\'') if plain => format!("'{text}'"),
                    // A JSON parser knows no other texts than quoted ones.
                    _ if is_flow(root) && value.is_null() => quoted(),
                    _ => text.to_owned(),
                };
                match &value.kind {
                    Kind::Scalar { .. } if value.span.is_empty() => {
                        let colon = tree::seek(&self.text, key.span.end, ':')? + 1;
                        Some(vec![(colon..colon, format!(" {text}"))])
                    }
                    Kind::Scalar { .. } => {
                        let scalar = self.text[value.span.clone()].trim_end().len();
                        Some(vec![(value.span.start..value.span.start + scalar, text)])
                    }
                    _ => None,
                }
            }
            None => self.add_key(root, name, &quoted(), |column| format!("{:column$}{name}: {text}\n", "")),
        }
    }

    /// A key that the kubeconfig does not have yet: in front inside braces, else in lines behind all others.
    fn add_key(&self, root: &Node, name: &str, flow: &str, lines: impl Fn(usize) -> String) -> Option<Vec<Splice>> {
        let Kind::Mapping { entries, .. } = &root.kind else { return None };
        if is_flow(root) {
            let inside = tree::seek(&self.text, root.span.start, '{')? + 1;
            return Some(vec![(inside..inside, format!("\"{name}\": {flow}, "))]);
        }
        let column = self.column(entries.first()?.0.span.start)?;
        Some(vec![self.insert_line(root.span.end, &lines(column))])
    }

    /// An item of a block list replaced. What stands behind it on its last line stays.
    fn replace_item(&self, key: &Node, items: &[Node], at: usize, text: &str) -> Option<Splice> {
        let dash = self.dash(key, items, at)?;
        let end = items[at].span.end;
        // A text in many lines ends where the next line begins.
        let ends_a_line = self.text[..end].ends_with('\n');
        let text = if ends_a_line { text } else { text.trim_end() };
        Some((dash..end, self.with_line_breaks(text)))
    }

    /// Where the dash of an item stands.
    fn dash(&self, key: &Node, items: &[Node], at: usize) -> Option<usize> {
        let before = at.checked_sub(1).map_or(key.span.end, |before| items[before].span.end);
        tree::seek(&self.text, before, '-')
    }

    /// How far something is set in, if it is the first on its line.
    fn column(&self, at: usize) -> Option<usize> {
        let before = self.text[self.line_start(at)..at].trim_start_matches('\u{feff}');
        before.bytes().all(|byte| byte == b' ').then_some(before.len())
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |line_break| line_break + 1)
    }

    /// Where the line ends in which something ends: behind its line break.
    fn line_end(&self, at: usize) -> usize {
        if self.text[..at].ends_with('\n') {
            return at;
        }
        self.text[at..].find('\n').map_or(self.text.len(), |line_break| at + line_break + 1)
    }

    /// Lines behind the one in which something ends.
    fn insert_line(&self, behind: usize, lines: &str) -> Splice {
        let at = self.line_end(behind);
        let first = if at == self.text.len() { self.line_break_at_end() } else { "" };
        let lines = if first.is_empty() { lines } else { lines.trim_end_matches('\n') };
        (at..at, self.with_line_breaks(&format!("{first}{lines}")))
    }

    /// What the text lacks at its end to end in a line break.
    fn line_break_at_end(&self) -> &'static str {
        let is_ended = self.text.is_empty() || self.text.ends_with('\n');
        if is_ended { "" } else { "\n" }
    }

    /// The lines, ended as those of the text are.
    fn with_line_breaks(&self, lines: &str) -> String {
        let first = self.text.find('\n').map(|at| &self.text[..at]);
        if first.is_some_and(|line| line.ends_with('\r')) { lines.replace('\n', "\r\n") } else { lines.to_owned() }
    }

    fn apply(&self, mut splices: Vec<Splice>) -> String {
        splices.sort_by_key(|(range, _)| range.start);
        let mut text = self.text.clone();
        for (range, with) in splices.into_iter().rev() {
            text.replace_range(range, &with);
        }
        text
    }

    /// The settings with their keys, but for this one.
    fn other_settings(&self, what: &str) -> Vec<&(Node, Node)> {
        match self.root.as_ref().map(|root| &root.kind) {
            Some(Kind::Mapping { entries, .. }) => entries.iter().filter(|(key, _)| key.text() != Some(what)).collect(),
            _ => Vec::new(),
        }
    }

    /// The text with these changes, if it then says what it should and everything but `what` as before.
    fn spliced(
        &self,
        splices: Vec<Splice>,
        what: &'static str,
        is_right: impl Fn(&Self) -> bool,
    ) -> Result<Self, YamlError> {
        let unchangeable = || YamlError::Unchangeable { what };
        let after = Self::parse(self.apply(splices)).map_err(|_| unchangeable())?;
        let (before, now) = (self.other_settings(what), after.other_settings(what));
        let pairs = before.iter().zip(&now);
        let untouched = before.len() == now.len() && pairs.into_iter().all(|(a, b)| a.0.means(&b.0) && a.1.means(&b.1));
        if untouched && is_right(&after) { Ok(after) } else { Err(unchangeable()) }
    }
}

fn is_flow(node: &Node) -> bool {
    matches!(node.kind, Kind::Mapping { flow: true, .. } | Kind::Sequence { flow: true, .. })
}

fn same<'a>(some: impl Iterator<Item = &'a Node>, others: impl Iterator<Item = &'a Node>) -> bool {
    let (some, others): (Vec<_>, Vec<_>) = (some.collect(), others.collect());
    some.len() == others.len() && some.iter().zip(&others).all(|(node, other)| node.means(other))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
