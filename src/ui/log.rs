//! `--debug`: what is done, on stderr. Secrets are never put into an event, so none can be shown.

use tracing::Level;
use tracing_subscriber::{Layer, filter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Shows what `p0`'s own crates do, from now on.
pub fn to_stderr() {
    show(Level::DEBUG, "p0", false);
}

/// Shows what the embedded service has to say, with the time, from now on.
#[cfg(feature = "serve")]
pub fn service_to_stderr() {
    show(Level::INFO, "p0_server", true);
}

fn show(least: Level, crates: &'static str, timed: bool) {
    let ours = filter::filter_fn(move |event| {
        *event.level() <= least && event.target().split("::").next().is_some_and(|c| c.starts_with(crates))
    });
    let layer = fmt::layer().with_writer(CleanStderr).with_target(false).with_ansi(false);
    let registry = tracing_subscriber::registry();
    // Only the first subscriber counts: with `--debug` that is the one which shows more.
    drop(match timed {
        true => registry.with(layer.with_filter(ours)).try_init(),
        false => registry.with(layer.without_time().with_filter(ours)).try_init(),
    });
}

/// stderr, with text from outside made harmless.
#[derive(Clone, Copy)]
struct CleanStderr;

impl fmt::MakeWriter<'_> for CleanStderr {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

impl std::io::Write for CleanStderr {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        super::progress::above(|| std::io::stderr().lock().write_all(super::clean::clean(&text).as_bytes()))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().lock().flush()
    }
}
