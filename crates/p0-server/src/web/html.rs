//! HTML with automatic escaping.

use std::fmt::Display;

/// A piece of HTML. Markup must be a literal; all other text is escaped. A literal with an attribute must put its
/// value in double quotes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Html(String);

impl Html {
    /// Starts with this markup.
    pub(super) fn new(markup: &'static str) -> Self {
        Self(markup.to_owned())
    }

    /// Appends markup.
    pub(super) fn raw(mut self, markup: &'static str) -> Self {
        self.0.push_str(markup);
        self
    }

    /// Appends escaped text, for elements and attributes.
    pub(super) fn text(mut self, text: impl Display) -> Self {
        for c in text.to_string().chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
        self
    }

    /// Appends a piece.
    pub(super) fn then(mut self, piece: &Html) -> Self {
        self.0.push_str(&piece.0);
        self
    }

    /// Returns the HTML.
    pub(super) fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_markup() {
        let page = Html::new("<a title=\"").text("\"><script>'x'&").raw("\">").then(&Html::new("<b>")).text(7);
        assert_eq!(page.into_string(), "<a title=\"&quot;&gt;&lt;script&gt;&#39;x&#39;&amp;\"><b>7");
    }
}
