//! The signals that would end this process, heard while it waits for a tool: some reach the tool by themselves, others are
//! passed on to it. Those that were ignored at the start would end nothing, and do not come.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub use unix::{Signals, Suspension};
#[cfg(windows)]
pub use windows::{Signals, Suspension};

impl Signals {
    /// Whether one has arrived by now that was not taken yet. A child that Ctrl-C has ended as well can be seen to have
    /// ended first.
    pub async fn has_come(&mut self) -> bool {
        tokio::select! {
            biased;
            _ = self.next() => true,
            // Comes back once the system was asked for news.
            () = tokio::task::yield_now() => false,
        }
    }
}
