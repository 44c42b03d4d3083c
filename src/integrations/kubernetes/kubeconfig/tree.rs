//! A YAML text as a tree whose nodes know where they stand, so that an edit can leave every other byte alone.

use super::YamlError;
use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use std::ops::Range;

/// No kubeconfig is nested deeper; what is would cost a stack.
const DEEPEST: usize = 64;

/// A node and the bytes that it stands in, from its anchor or tag to its last character. Comments and blank lines behind
/// it are not in it.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) span: Range<usize>,
    /// It has a tag of its own, such as `!!str`.
    tagged: bool,
}

/// What a node is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// A text; `plain`: written without quotes, so that it can be a number or null.
    Scalar { text: String, plain: bool },
    /// A list; `flow`: in brackets.
    Sequence { items: Vec<Node>, flow: bool },
    /// A map; `flow`: in braces.
    Mapping { entries: Vec<(Node, Node)>, flow: bool },
    /// What stands elsewhere, at an anchor.
    Alias(usize),
}

impl Node {
    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether it says nothing: `null`, `~` or not even that.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain: true }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// Whether it can be a string, or nothing: not a list, a map, a number or a truth value, as `kubectl` reads those
    /// (YAML 1.1). A tag may say otherwise.
    pub(super) fn may_be_text(&self) -> bool {
        match &self.kind {
            Kind::Alias(_) => true,
            Kind::Scalar { plain: false, .. } => true,
            Kind::Scalar { text, plain: true } => self.tagged || !(is_bool(text) || is_number(text)),
            Kind::Sequence { .. } | Kind::Mapping { .. } => false,
        }
    }

    /// Whether it can be a truth value.
    pub(super) fn may_be_bool(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain: true } if self.tagged || is_bool(text))
    }

    /// The key and value of this name in a map.
    pub(super) fn entry(&self, name: &str) -> Option<&(Node, Node)> {
        let Kind::Mapping { entries, .. } = &self.kind else { return None };
        entries.iter().find(|(key, _)| key.text() == Some(name))
    }

    /// The value of this name in a map.
    pub(super) fn value(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|(_, value)| value)
    }

    /// Whether both say the same, wherever they stand.
    pub(super) fn means(&self, other: &Node) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Scalar { text, plain }, Kind::Scalar { text: other, plain: also }) => text == other && plain == also,
            (Kind::Sequence { items, .. }, Kind::Sequence { items: others, .. }) => {
                items.len() == others.len() && items.iter().zip(others).all(|(item, other)| item.means(other))
            }
            (Kind::Mapping { entries, .. }, Kind::Mapping { entries: others, .. }) => {
                let pairs = entries.iter().zip(others);
                entries.len() == others.len()
                    && pairs.into_iter().all(|((key, value), (k, v))| key.means(k) && value.means(v))
            }
            (Kind::Alias(anchor), Kind::Alias(other)) => anchor == other,
            _ => false,
        }
    }
}

/// The first document of a text, which is the one that `kubectl` reads; `None` if there is nothing in it. The others
/// must be well formed too.
pub(super) fn parse(text: &str) -> Result<Option<Node>, YamlError> {
    if let Some(at) = text.find(['\u{85}', '\u{2028}', '\u{2029}']) {
        let line = text[..at].matches('\n').count() + 1;
        let character = text[at..].chars().next().map_or(0, u32::from);
        return Err(YamlError::LineBreak { line, character });
    }
    let mut building = Building::new(text);
    for event in Parser::new_from_str(text) {
        let (event, span) = event
            .map_err(|error| YamlError::Malformed { line: error.marker().line(), why: error.info().to_owned() })?;
        building.take(event, span)?;
    }
    Ok(building.root)
}

/// Where a quoted text ends that begins at `from`, after an anchor or a tag.
fn closing_quote(text: &str, from: usize, quote: char) -> Option<usize> {
    let inside = seek(text, from, quote)? + 1;
    let mut characters = text[inside..].char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        if (character == '\\' && quote == '"') || (character == '\'' && quote == '\'' && next == Some('\'')) {
            characters.next();
        } else if character == quote {
            return Some(inside + at + 1);
        }
    }
    None
}

fn is_bool(text: &str) -> bool {
    let words = ["true", "false", "yes", "no", "on", "off", "y", "n"];
    let (lower, upper) = (text.to_ascii_lowercase(), text.to_ascii_uppercase());
    let capitalized = text.starts_with(|c: char| c.is_ascii_uppercase()) && text[1..] == lower[1..];
    words.contains(&lower.as_str()) && (text == lower || text == upper || capitalized)
}

/// Whether a plain text is a number in YAML 1.1: decimal, binary, octal, hexadecimal, a fraction, or not finite.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = unsigned.replace('_', "");
    let radix = |prefix: &str, radix| {
        digits.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_digit(radix)))
    };
    let fraction = || {
        digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            && digits.chars().all(|c| c.is_ascii_digit() || ".eE+-".contains(c))
            && digits.parse::<f64>().is_ok()
    };
    let special = matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN");
    special || radix("0x", 16) || radix("0b", 2) || radix("0o", 8) || fraction()
}

/// Where `wanted` stands, if only blanks, comments, anchors, tags and separators come before it.
pub(super) fn seek(text: &str, from: usize, wanted: char) -> Option<usize> {
    let mut at = from;
    loop {
        let rest = &text[at..];
        let next = rest.chars().next()?;
        at += match next {
            _ if next == wanted => return Some(at),
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '&' | '!' => rest.find(char::is_whitespace).unwrap_or(rest.len()),
            ' ' | '\t' | '\r' | '\n' | ':' | ',' => 1,
            _ => return None,
        };
    }
}

/// A list or a map that has begun.
struct Open {
    start: usize,
    flow: bool,
    mapping: bool,
    children: Vec<Node>,
}

struct Building<'a> {
    text: &'a str,
    /// Where each character begins; `None` where every character is a byte.
    bytes: Option<Vec<usize>>,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
}

impl<'a> Building<'a> {
    fn new(text: &'a str) -> Self {
        let bytes = || text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        Self { text, bytes: (!text.is_ascii()).then(bytes), open: Vec::new(), root: None, documents: 0 }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), YamlError> {
        if matches!(event, Event::DocumentStart(_)) {
            self.documents += 1;
        }
        if self.documents != 1 {
            return Ok(());
        }
        let (start, end) = (self.byte(span.start.index()), self.byte(span.end.index()));
        match event {
            Event::Scalar(text, style, _, tag) => {
                // The parser reports the end of a quoted text where the next token begins, after comments.
                let end = match style {
                    ScalarStyle::SingleQuoted => closing_quote(self.text, start, '\''),
                    ScalarStyle::DoubleQuoted => closing_quote(self.text, start, '"'),
                    _ => None,
                }
                .unwrap_or(end);
                let kind = Kind::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain };
                self.add(Node { kind, span: start..end, tagged: tag.is_some() });
            }
            Event::Alias(anchor) => self.add(Node { kind: Kind::Alias(anchor), span: start..end, tagged: false }),
            Event::SequenceStart(..) => self.begin(start, '[')?,
            Event::MappingStart(..) => self.begin(start, '{')?,
            Event::SequenceEnd | Event::MappingEnd => self.end(start),
            _ => {}
        }
        Ok(())
    }

    fn byte(&self, index: usize) -> usize {
        match &self.bytes {
            Some(bytes) => bytes.get(index).copied().unwrap_or(self.text.len()),
            None => index.min(self.text.len()),
        }
    }

    fn begin(&mut self, start: usize, bracket: char) -> Result<(), YamlError> {
        if self.open.len() == DEEPEST {
            return Err(YamlError::TooDeep);
        }
        let flow = seek(self.text, start, bracket).is_some();
        self.open.push(Open { start, flow, mapping: bracket == '{', children: Vec::new() });
        Ok(())
    }

    /// Ends what was begun last. The parser sees the end of a block where the next thing begins, and that of a flow where
    /// a comma stands before the bracket.
    fn end(&mut self, seen: usize) {
        let Some(Open { start, flow, mapping, children }) = self.open.pop() else { return };
        let bracket = if mapping { '}' } else { ']' };
        let end = match children.last() {
            _ if flow => seek(self.text, seen, bracket).map_or(seen, |at| at + 1),
            Some(last) => last.span.end,
            None => seen,
        };
        let kind = match mapping {
            false => Kind::Sequence { items: children, flow },
            true => {
                let mut children = children.into_iter();
                let pairs = std::iter::from_fn(|| Some((children.next()?, children.next()?)));
                Kind::Mapping { entries: pairs.collect(), flow }
            }
        };
        self.add(Node { kind, span: start..end, tagged: false });
    }

    fn add(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(open) => open.children.push(node),
            None => self.root = Some(node),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_knows_where_it_stands() {
        let text = "# c\na: é # x\nb:\n  - {n: \"q\", } # y\n  - z\n# end\nc:\n";
        let root = parse(text).expect("YAML").expect("a document");
        let shown = |node: &Node| &text[node.span.clone()];
        assert_eq!(shown(root.value("a").expect("a")), "é");
        let Kind::Sequence { items, flow: false } = &root.value("b").expect("b").kind else { panic!("a list") };
        assert_eq!(items.iter().map(shown).collect::<Vec<_>>(), ["{n: \"q\", }", "z"]);
        assert!(root.value("c").expect("c").is_null());
        assert!(shown(&root).starts_with("a: é") && shown(&root).ends_with("# end\nc"), "{:?}", shown(&root));
    }

    #[test]
    fn quoted_text_ends_at_its_quote() {
        for quoted in ["\"a\"", "'a'", "'it''s'", "\"\\\"\"", "!!str 'a'", "&x \"a\\\\\"", "\"a\n  b\"", "''"] {
            let text = format!("k: {quoted} # c\nl: 1\n");
            let root = parse(&text).expect("YAML").expect("a document");
            let shown = &text[root.value("k").expect("k").span.clone()];
            assert!(quoted.ends_with(shown) && shown.ends_with(['"', '\'']), "{shown} {quoted}");
        }
    }

    #[test]
    fn the_first_document_counts_and_every_one_must_be_well_formed() {
        assert!(parse("").expect("YAML").is_none());
        assert!(parse("# nothing\n").expect("YAML").is_none());
        let root = parse("a: 1\n---\nb: 2\n").expect("YAML").expect("a document");
        assert!(root.value("a").is_some() && root.value("b").is_none());
        let error = parse("a: 1\n---\nb: [\n").expect_err("half a document").to_string();
        assert!(error.contains("line"), "{error}");
        assert!(matches!(parse(&format!("{}{}", "[".repeat(100), "]".repeat(100))), Err(YamlError::TooDeep)));
    }

    #[test]
    fn meaning_is_not_place() {
        let of = |text| parse(text).expect("YAML").expect("a document");
        assert!(of("a: [1, {b: c}]").means(&of("a:\n- 1\n# x\n- b: c\n")));
        for other in ["a: [1, {b: \"c\"}]", "a: [1]", "a: [1, {b: d}]", "b: [1, {b: c}]"] {
            assert!(!of("a: [1, {b: c}]").means(&of(other)), "{other}");
        }
    }
}
