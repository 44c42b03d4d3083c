//! A browser for programs that open one: `BROWSER` hands the address over to the test, which signs in there.

use crate::{Browser, LIMIT, TestEnv, browser::Page, sign_in::sign_in, watch::Watch};
use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::Arc,
    thread::{self, JoinHandle},
};
use url::Url;

/// The visited addresses and pages.
#[derive(Debug, Default)]
struct Seen {
    addresses: Vec<String>,
    pages: Vec<Page>,
    failure: Option<String>,
}

/// A browser of one user, who signs in wherever a program sends them. Its cookies last as long as it does.
///
/// `BROWSER` is a small program that passes its argument on and ends at once, as the real ones do.
#[derive(Debug)]
pub struct FakeBrowser {
    pipe: PathBuf,
    seen: Arc<Watch<Seen>>,
    thread: Option<JoinHandle<()>>,
}

/// Ends the browser; no address begins like this.
const QUIT: &str = "quit";

impl FakeBrowser {
    /// Sets `BROWSER` in this environment to a browser in which this user signs in.
    pub fn start(env: &mut TestEnv, email: &str, password: &str) -> Self {
        let (email, password) = (email.to_owned(), password.to_owned());
        Self::with(env, move |browser, address| {
            let page = browser.open(address);
            sign_in(browser, page, &email, &password)
        })
    }

    /// Sets `BROWSER` to a browser that only records the addresses that it is asked to open.
    pub fn idle(env: &mut TestEnv) -> Self {
        Self::with(env, |browser, address| browser.open(address))
    }

    fn with(env: &mut TestEnv, act: impl Fn(&mut Browser, &Url) -> Page + Send + 'static) -> Self {
        let pipe = env.runtime_dir().join("fake-browser");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).expect("a pipe");
        let program = env.tool("fake-browser", &format!("#!/bin/sh\nprintf '%s\\n' \"$1\" > '{}'\n", pipe.display()));
        env.set("BROWSER", program);
        let seen = Arc::new(Watch::new(Seen::default()));
        let shared = Arc::clone(&seen);
        // Open for both, so that it neither waits for a writer nor ends with one.
        let lines = BufReader::new(open(&pipe)).lines();
        let thread = thread::spawn(move || {
            let mut browser = Browser::new();
            for address in lines.map_while(Result::ok).take_while(|line| line != QUIT) {
                shared.update(|seen| seen.addresses.push(address.clone()));
                let result = catch_unwind(AssertUnwindSafe(|| {
                    let url = Url::parse(&address).unwrap_or_else(|e| panic!("asked to open {address:?}: {e}"));
                    act(&mut browser, &url)
                }));
                shared.update(|seen| match result {
                    Ok(page) => seen.pages.push(page),
                    Err(panic) => {
                        let text = panic.downcast_ref::<String>().cloned();
                        seen.failure = Some(text.unwrap_or_else(|| "the browser failed".into()));
                    }
                });
            }
        });
        Self { pipe, seen, thread: Some(thread) }
    }

    /// The addresses that it was asked to open.
    pub fn addresses(&self) -> Vec<String> {
        self.seen.lock().addresses.clone()
    }

    /// Waits until it has been asked to open an address, and returns the first.
    #[track_caller]
    pub fn wait_for_address(&self) -> String {
        let address = self.seen.wait(LIMIT, |seen| seen.addresses.first().cloned());
        address.expect("an address to open")
    }

    /// Waits for the page at which the next sign-in ended.
    #[track_caller]
    pub fn wait_for_page(&self) -> Page {
        let next = self.seen.wait(LIMIT, |seen| match &seen.failure {
            Some(failure) => Some(Err(failure.clone())),
            None => (!seen.pages.is_empty()).then(|| Ok(seen.pages.remove(0))),
        });
        match next {
            Some(Ok(page)) => page,
            Some(Err(failure)) => panic!("{failure}"),
            None => panic!("no sign-in has ended; the browser was asked to open {:?}", self.addresses()),
        }
    }
}

impl Drop for FakeBrowser {
    fn drop(&mut self) {
        let told = writeln!(open(&self.pipe), "{QUIT}");
        let ended = self.thread.take().map(JoinHandle::join);
        // Somebody else's browser may follow.
        let removed = std::fs::remove_file(&self.pipe);
        if thread::panicking() {
            return;
        }
        told.expect("the browser's pipe");
        removed.expect("the pipe is this browser's");
        assert!(!matches!(ended, Some(Err(_))), "the browser's thread panicked");
        if let Some(failure) = self.seen.lock().failure.take() {
            panic!("{failure}");
        }
    }
}

fn open(pipe: &std::path::Path) -> File {
    OpenOptions::new().read(true).write(true).open(pipe).expect("the browser's pipe")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answer, StandIn};

    #[test]
    fn what_a_program_opens_is_opened() {
        let server = StandIn::start([
            Answer::html(200, "<form method=post><input name=email><input name=password><button>Go</button></form>"),
            Answer::html(200, "<p>Go back to the terminal."),
        ]);
        let mut env = TestEnv::new("p0");
        let browser = env.browse_as("a@example.com", "right");
        env.run("sh").args(["-c", "$BROWSER \"$1\"", "sh", server.url().as_str()]).run().success();
        assert_eq!(browser.wait_for_page().text(), "Go back to the terminal.");
        assert_eq!(browser.addresses(), [server.url().as_str()]);
        assert_eq!(server.requests()[1].text(), "email=a%40example.com&password=right");
    }

    #[test]
    #[should_panic(expected = "asked to open \"nonsense\"")]
    fn what_is_no_address_is_noticed() {
        let mut env = TestEnv::new("p0");
        let browser = FakeBrowser::idle(&mut env);
        env.run("sh").args(["-c", "$BROWSER nonsense"]).run().success();
        browser.wait_for_page();
    }
}
