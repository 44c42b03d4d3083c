//! A minimal browser: it follows redirects, keeps cookies, and fills in forms by the names of their fields.

pub use crate::html::{Button, Field, Form};
use crate::{
    html,
    http::{self, Headers},
};
use std::collections::BTreeMap;
use url::{Url, form_urlencoded};

/// More redirects than any sign-in needs.
const REDIRECTS: usize = 20;

/// A browser with its cookies. It accepts every certificate.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// By host and port, which is stricter than browsers are; then by name.
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    stop_at: Option<Url>,
}

/// A page that the browser opened.
#[derive(Debug, Clone)]
pub struct Page {
    /// The URL after all redirects.
    pub url: Url,
    /// The status; a redirect's where the browser was to stop.
    pub status: u16,
    headers: Headers,
    /// The unparsed body.
    pub body: String,
}

impl Browser {
    /// A browser without cookies.
    pub fn new() -> Self {
        Self::default()
    }

    /// Does not follow a redirect to this URL (with any query), but shows it as a page without a body: for a
    /// redirect URI on which no server listens.
    #[must_use]
    pub fn stop_at(mut self, url: Url) -> Self {
        self.stop_at = Some(url);
        self
    }

    /// Opens a page.
    #[track_caller]
    pub fn open(&mut self, url: &Url) -> Page {
        self.fetch("GET", url, None, None)
    }

    /// Sends a form with one of its buttons pressed, or none.
    #[track_caller]
    pub fn submit(&mut self, page: &Page, form: &Form, button: Option<&Button>) -> Page {
        let mut url = page.url.join(&form.action).unwrap_or_else(|e| panic!("a form's action {:?}: {e}", form.action));
        let mut data = form_urlencoded::Serializer::new(String::new());
        for field in form.fields.iter().filter(|field| field.checked) {
            data.append_pair(&field.name, &field.value);
        }
        if let Some(Button { name: Some(name), value, .. }) = button {
            data.append_pair(name, value);
        }
        let data = data.finish();
        if form.method == "POST" {
            self.fetch("POST", &url, Some(data), Some(page))
        } else {
            url.set_query(Some(&data));
            self.fetch("GET", &url, None, Some(page))
        }
    }

    /// Sends the page's only form after filling in these fields, by its first button.
    #[track_caller]
    pub fn fill(&mut self, page: &Page, values: &[(&str, &str)]) -> Page {
        let mut forms = page.forms();
        assert_eq!(forms.len(), 1, "one form was expected\n{page}");
        let mut form = forms.remove(0);
        for (name, value) in values {
            assert!(form.set(name, value), "the form has no field {name:?} that can be {value:?}\n{page}");
        }
        let button = form.buttons.first().cloned();
        self.submit(page, &form, button.as_ref())
    }

    #[track_caller]
    fn fetch(&mut self, method: &str, url: &Url, form: Option<String>, from: Option<&Page>) -> Page {
        let (mut method, mut url, mut form) = (method, url.clone(), form);
        for _ in 0..REDIRECTS {
            if self.stop_at.as_ref().is_some_and(|stop| same_place(stop, &url)) {
                return Page { url, status: 0, headers: Headers::default(), body: String::new() };
            }
            let mut headers = vec![("accept", "text/html".to_owned())];
            let cookies = self.cookies.get(url.authority()).into_iter().flatten();
            let cookies: Vec<_> = cookies.map(|(name, value)| format!("{name}={value}")).collect();
            if !cookies.is_empty() {
                headers.push(("cookie", cookies.join("; ")));
            }
            if let Some(page) = from {
                headers.push(("origin", page.url.origin().ascii_serialization()));
            }
            if form.is_some() {
                headers.push(("content-type", "application/x-www-form-urlencoded".into()));
            }
            let body = form.clone().unwrap_or_default();
            let (status, answer) = http::exchange(method, &url, &headers, body.as_bytes())
                .unwrap_or_else(|error| panic!("cannot open {url}: {error}"));
            self.keep_cookies(&url, &answer.headers);
            match (status, answer.headers.get("location")) {
                (301 | 302 | 303 | 307 | 308, Some(location)) => {
                    url = url.join(location).unwrap_or_else(|e| panic!("a redirect to {location:?}: {e}"));
                    if !matches!(status, 307 | 308) {
                        (method, form) = ("GET", None);
                    }
                }
                _ => {
                    let body = String::from_utf8_lossy(&answer.body).into_owned();
                    return Page { url, status, headers: answer.headers, body };
                }
            }
        }
        panic!("more than {REDIRECTS} redirects, the last to {url}");
    }

    fn keep_cookies(&mut self, url: &Url, headers: &Headers) {
        let jar = self.cookies.entry(url.authority().to_owned()).or_default();
        for cookie in headers.all("set-cookie") {
            let mut parts = cookie.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            let attributes: Vec<_> = parts.map(str::to_ascii_lowercase).collect();
            if attributes.iter().any(|a| a == "max-age=0") {
                jar.remove(name);
            // A browser keeps no secure cookie of a plain page.
            } else if url.scheme() == "https" || !attributes.iter().any(|a| a == "secure") {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Form {
    /// Fills in a field, or chooses the radio button of this value. Whether there is one.
    pub fn set(&mut self, name: &str, value: &str) -> bool {
        let mut found = false;
        for field in self.fields.iter_mut().filter(|field| field.name == name) {
            if field.kind == "radio" {
                field.checked = field.value == value;
                found |= field.checked;
            } else {
                field.value = value.to_owned();
                field.checked = true;
                found = true;
            }
        }
        found
    }
}

impl Page {
    /// Its forms.
    pub fn forms(&self) -> Vec<Form> {
        html::forms(&self.body)
    }

    /// The visible text.
    pub fn text(&self) -> String {
        html::text(&self.body)
    }

    /// A header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }

    /// A query parameter of the page's URL.
    pub fn query(&self, name: &str) -> Option<String> {
        self.url.query_pairs().find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
    }
}

impl std::fmt::Display for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "--- {} ({})\n{}\n---", self.url, self.status, self.body)
    }
}

fn same_place(a: &Url, b: &Url) -> bool {
    a.origin() == b.origin() && a.path() == b.path()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answer, StandIn};

    #[test]
    fn redirects_cookies_and_forms_work_together() {
        let server = StandIn::start([
            Answer::status(302).header("set-cookie", "s=1; HttpOnly").header("location", "/form").done(),
            Answer::html(200, "<form method=post action=go><input name=user><button name=b value=c>Go</button></form>"),
            Answer::status(303).header("set-cookie", "s=; Max-Age=0").header("location", "/end?code=7").done(),
            Answer::html(200, "<p>Welcome"),
        ]);
        let mut browser = Browser::new();
        let page = browser.open(&server.url().join("start").unwrap());
        let page = browser.fill(&page, &[("user", "a b&c")]);
        assert_eq!((page.text().as_str(), page.query("code").as_deref()), ("Welcome", Some("7")));
        let seen = server.requests();
        let seen: Vec<_> = seen.iter().map(|r| (r.method.as_str(), r.target.as_str(), r.header("cookie"))).collect();
        assert_eq!(
            seen,
            [
                ("GET", "/start", None),
                ("GET", "/form", Some("s=1")),
                ("POST", "/go", Some("s=1")),
                ("GET", "/end?code=7", None)
            ]
        );
        assert_eq!(server.requests()[2].text(), "user=a+b%26c&b=c");
    }

    #[test]
    fn it_stops_where_nobody_listens() {
        let stop = Url::parse("http://127.0.0.1:1/callback").unwrap();
        let server = StandIn::start([Answer::status(302).header("location", &format!("{stop}?code=x")).done()]);
        let page = Browser::new().stop_at(stop).open(server.url());
        assert_eq!(page.query("code").as_deref(), Some("x"));
    }
}
