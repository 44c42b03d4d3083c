//! Just enough of HTML to find the forms of a well-formed page.

/// A form, with its fields as a browser would send them now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// Where it goes, as written: relative to the page.
    pub action: String,
    /// `GET` or `POST`.
    pub method: String,
    /// Names and values, in the page's order.
    pub fields: Vec<Field>,
    /// What can be pressed.
    pub buttons: Vec<Button>,
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Such as `text`, `hidden`, `radio`; `select` for a list.
    pub kind: String,
    /// Sent only when it is so: a radio button or a box that is ticked.
    pub checked: bool,
}

/// A button of a form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Button {
    /// Its name, if it sends anything.
    pub name: Option<String>,
    /// What it sends.
    pub value: String,
    /// What a person reads on it.
    pub label: String,
}

/// The forms of a page.
pub(crate) fn forms(page: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    let mut form: Option<Form> = None;
    let mut select: Option<Field> = None;
    let mut rest = page;
    while let Some((tag, after)) = next_tag(rest) {
        rest = after;
        let attribute = |name: &str| tag.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        let value = || attribute("value").unwrap_or_default();
        match tag.name.as_str() {
            "form" => {
                form = Some(Form {
                    action: attribute("action").unwrap_or_default(),
                    method: attribute("method").unwrap_or_else(|| "GET".into()).to_ascii_uppercase(),
                    ..Form::default()
                });
            }
            "/form" => forms.extend(form.take()),
            "/select" => {
                if let (Some(form), Some(field)) = (&mut form, select.take()) {
                    form.fields.push(field);
                }
            }
            "select" => {
                let name = attribute("name").unwrap_or_default();
                select = Some(Field { name, value: String::new(), kind: "select".into(), checked: false });
            }
            "option" => {
                if let Some(field) = &mut select
                    && (!field.checked || attribute("selected").is_some())
                {
                    field.value = value();
                    field.checked = true;
                }
            }
            "input" | "button" => {
                let Some(form) = &mut form else { continue };
                let default = if tag.name == "button" { "submit" } else { "text" };
                let kind = attribute("type").unwrap_or_else(|| default.into()).to_ascii_lowercase();
                match kind.as_str() {
                    "submit" => {
                        let label = if tag.name == "button" { text_before(rest, "</button") } else { value() };
                        form.buttons.push(Button { name: attribute("name"), value: value(), label });
                    }
                    "reset" | "button" => {}
                    _ => {
                        let Some(name) = attribute("name") else { continue };
                        let choice = kind == "radio" || kind == "checkbox";
                        let value = if choice { attribute("value").unwrap_or_else(|| "on".into()) } else { value() };
                        let checked = !choice || attribute("checked").is_some();
                        form.fields.push(Field { name, value, kind, checked });
                    }
                }
            }
            _ => {}
        }
    }
    forms
}

/// The page as a person reads it: without tags, white space folded.
pub(crate) fn text(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        let hidden = [("!--", "-->"), ("style", "</style>"), ("title", "</title>"), ("script", "</script>")];
        let end = hidden.into_iter().find(|(name, _)| rest[at + 1..].starts_with(name)).map_or(">", |(_, end)| end);
        rest = rest[at..].find(end).map_or("", |n| &rest[at + n + end.len()..]);
        text.push(' ');
    }
    text.push_str(rest);
    unescape(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

/// The next tag, and what follows it.
fn next_tag(page: &str) -> Option<(Tag, &str)> {
    let page = &page[page.find('<')? + 1..];
    if let Some(comment) = page.strip_prefix("!--") {
        let after = comment.find("-->").map_or("", |at| &comment[at + 3..]);
        return Some((Tag { name: "!--".into(), attributes: Vec::new() }, after));
    }
    let end = page.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(page.len());
    let name = page[..end].trim_end_matches('/').to_ascii_lowercase();
    let mut rest = &page[end..];
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            return Some((Tag { name, attributes }, rest));
        }
        if let Some(after) = rest.strip_prefix('>') {
            return Some((Tag { name, attributes }, after));
        }
        let end = rest.find(|c: char| c.is_whitespace() || "=>/".contains(c)).unwrap_or(rest.len());
        let attribute = rest[..end].to_ascii_lowercase();
        // A stray `=` names nothing; it is stepped over.
        rest = if end == 0 { &rest[1..] } else { &rest[end..] };
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let quote = after.chars().next().filter(|c| "\"'".contains(*c));
            let (inside, until): (&str, &[char]) = match quote {
                Some('"') => (&after[1..], &['"']),
                Some(_) => (&after[1..], &['\'']),
                None => (after, &[' ', '\t', '\n', '>']),
            };
            let end = inside.find(until).unwrap_or(inside.len());
            value = &inside[..end];
            rest = inside[end..].strip_prefix(['"', '\'']).unwrap_or(&inside[end..]);
        }
        if !attribute.is_empty() {
            attributes.push((attribute, unescape(value)));
        }
    }
}

fn text_before(page: &str, end: &str) -> String {
    text(&page[..page.find(end).unwrap_or(page.len())])
}

/// Resolves the entities that an escaping function writes.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(end) = rest.find(';').filter(|end| *end <= 10) else {
            plain.push('&');
            rest = &rest[1..];
            continue;
        };
        let character = match &rest[1..end] {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some(' '),
            entity => entity.strip_prefix('#').and_then(|number| {
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                code.ok().and_then(char::from_u32)
            }),
        };
        match character {
            Some(character) => {
                plain.push(character);
                rest = &rest[end + 1..];
            }
            None => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<!doctype html><html><head><title>Sign in</title><style>p > a { color: red }</style></head><body>
        <!-- <form action="/not-this"> --><h1>Sign&nbsp;in &amp; go on</h1>
        <form method=post action="/sign-in?a=1&amp;b=2">
          <input type="hidden" name="csrf" value="&quot;x&#39;&#x3c;">
          <input name='email' type='email' required autofocus><INPUT TYPE=password NAME=password />
          <select name="for"><option value="1">one</option><option value="2" selected>two</option></select>
          <input type=radio name=user value=a@example.com><input type=radio name=user value=b@example.com checked>
          <button name="answer" value="yes">Sign <b>in</b></button><button type="reset">Again</button>
        </form></body></html>"#;

    #[test]
    fn a_form_is_read_as_a_browser_would() {
        let [form] = forms(PAGE).try_into().expect("one form");
        assert_eq!((form.method.as_str(), form.action.as_str()), ("POST", "/sign-in?a=1&b=2"));
        let sent: Vec<_> =
            form.fields.iter().filter(|f| f.checked).map(|f| (f.name.as_str(), f.value.as_str())).collect();
        assert_eq!(sent, [("csrf", "\"x'<"), ("email", ""), ("password", ""), ("for", "2"), ("user", "b@example.com")]);
        assert_eq!(
            form.buttons,
            [Button { name: Some("answer".into()), value: "yes".into(), label: "Sign in".into() }]
        );
    }

    #[test]
    fn text_is_what_a_person_reads() {
        assert_eq!(text("<p>a <b>b</b>\n&lt;c&gt; &unknown; & d</p>"), "a b <c> &unknown; & d");
        assert!(text(PAGE).starts_with("Sign in & go on one two Sign in Again"), "{}", text(PAGE));
    }

    #[test]
    fn a_broken_page_ends() {
        for page in ["<", "<form", "<form action=", "<input =\"x", "<form x='", "<!--", "&", "<p =/=>"] {
            forms(page);
            text(page);
        }
    }
}
