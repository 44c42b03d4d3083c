//! Work that must run to completion.

/// Runs the future to completion even if the caller's own future is dropped. axum drops a handler when its client
/// disconnects, and a change must not stop between the store and the notifications.
pub(crate) async fn spawn_uncancellable<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(future).await {
        Ok(answer) => answer,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The task was cancelled, so the runtime is shutting down and will drop this future too.
            Err(_) => std::future::pending().await,
        },
    }
}
