//! `--debug`: what is done, on stderr. Secrets are never put into an event, so none can be shown.

use tracing::Level;
use tracing_subscriber::{filter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Shows events of `p0`'s own crates from now on.
pub fn to_stderr() {
    let ours = filter::filter_fn(|metadata| {
        *metadata.level() <= Level::DEBUG && metadata.target().split("::").next().is_some_and(|c| c.starts_with("p0"))
    });
    let layer = fmt::layer().with_writer(CleanStderr).with_target(false).with_ansi(false).without_time();
    // Only the first subscriber counts; there is no other.
    drop(tracing_subscriber::registry().with(filter::Filtered::new(layer, ours)).try_init());
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
        std::io::stderr().lock().write_all(super::clean::clean(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().lock().flush()
    }
}
