//! Work that must not stop half-way.

/// Runs to the end even if nobody waits for the answer any more: a client that hangs up must not leave a change half
/// done, or stored and the rest of the service untold.
pub(crate) async fn spawn_uncancellable<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(future).await {
        Ok(answer) => answer,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down, and whoever waits with it.
            Err(_) => std::future::pending().await,
        },
    }
}
