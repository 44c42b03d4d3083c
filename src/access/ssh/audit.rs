//! What the service is told of a session: when it begins and when it ends. No session waits for that, or fails with it.

use p0_client::Client;
use p0_wire::ssh::{Audit, AuditAction};
use std::time::Duration;
use tokio::task::JoinSet;

/// How long the process stays for calls that are under way when the session has ended.
const LIMIT: Duration = Duration::from_secs(2);

/// The reports of one session.
#[derive(Debug)]
pub(super) struct Reports {
    client: Client,
    request_id: String,
    session_id: String,
    calls: JoinSet<()>,
}

impl Reports {
    pub(super) fn about(client: &Client, request_id: &str) -> Self {
        let session_id = format!("{:032x}", rand::random::<u128>());
        Self { client: client.clone(), request_id: request_id.to_owned(), session_id, calls: JoinSet::new() }
    }

    /// The session has begun.
    pub(super) fn begun(&mut self) {
        self.report(AuditAction::Start);
    }

    /// The session has ended. Waits a moment for the calls that are under way.
    pub(super) async fn ended(mut self) {
        self.report(AuditAction::End);
        let all = async { while self.calls.join_next().await.is_some() {} };
        if tokio::time::timeout(LIMIT, all).await.is_err() {
            tracing::debug!("the service does not answer to reports of the session");
        }
    }

    fn report(&mut self, action: AuditAction) {
        let client = self.client.clone();
        let audit = Audit { request_id: self.request_id.clone(), action, ssh_session_id: self.session_id.clone() };
        self.calls.spawn(async move {
            if let Err(error) = client.audit_ssh(&audit).await {
                tracing::debug!(%error, action = action.as_str(), "the session could not be reported");
            }
        });
    }
}
