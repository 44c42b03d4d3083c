//! HTML in which only our own words are markup.

use std::fmt::Display;

/// A piece of a page. Markup can only come from a literal; everything else is text, and escaped. A literal that holds
/// an attribute puts its value in double quotes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Html(String);

impl Html {
    /// Beginning with this markup.
    pub(super) fn new(markup: &'static str) -> Self {
        Self(markup.to_owned())
    }

    /// And then this markup.
    pub(super) fn raw(mut self, markup: &'static str) -> Self {
        self.0.push_str(markup);
        self
    }

    /// And then this text, be it between elements or in an attribute.
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

    /// And then this piece.
    pub(super) fn then(mut self, piece: &Html) -> Self {
        self.0.push_str(&piece.0);
        self
    }

    /// The whole.
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
