//! Provisioning by an executable that reads JSON from stdin and writes JSON to stdout.
//!
//! stdin: `{"action": "grant" | "revoke", "requestId", "principal", "requestor", "integration", "accessType",
//! "permission", "generated", "delegation", "reason", "lengthSeconds"}`. stdout, with all members optional:
//! `{"generated": …, "delegation": [{"key", "request"}], "error": "…", "retry": false}`. An exit code other than 0 is a
//! failure, which is retried unless the output contains `"retry": false`.

use super::{Granted, ProvisionError, Provisioner};
use crate::process;
use crate::{clock::Clock, domain::Request};
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{path::PathBuf, time::Duration};

pub(super) struct Command {
    words: Vec<String>,
    directory: Option<PathBuf>,
    timeout: Duration,
    clock: Clock,
}

/// The output of the executable.
#[derive(Debug, Default, Deserialize)]
struct Answer {
    generated: Option<Value>,
    delegation: Option<Vec<Value>>,
    error: Option<String>,
    retry: Option<bool>,
}

impl Command {
    pub(super) fn new(words: Vec<String>, directory: Option<PathBuf>, timeout_s: u64, clock: Clock) -> Self {
        Self { words, directory, timeout: Duration::from_secs(timeout_s), clock }
    }

    async fn run(&self, action: &str, request: &Request) -> Result<Answer, ProvisionError> {
        let Some((program, arguments)) = self.words.split_first() else {
            return Err(ProvisionError { message: "no provisioning command is configured".into(), retry: false });
        };
        let mut command = process::Command::new("the provisioning command", program);
        command.args(arguments);
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        let run = process::run(command, document(action, request).to_string().into_bytes());
        let output = tokio::select! {
            output = run => output,
            () = self.clock.sleep(self.timeout) => {
                let message = format!("the provisioning command took longer than {} s", self.timeout.as_secs());
                return Err(ProvisionError { message, retry: true });
            }
        };
        judge(output.map_err(|error| ProvisionError { retry: error.is_passing(), message: error.to_string() })?)
    }
}

#[async_trait]
impl Provisioner for Command {
    async fn grant(&self, request: &Request) -> Result<Granted, ProvisionError> {
        let answer = self.run("grant", request).await?;
        Ok(Granted {
            generated: answer.generated.unwrap_or_else(|| request.access.generated.clone()),
            delegation: answer.delegation.unwrap_or_else(|| request.access.delegation.clone()),
        })
    }

    async fn revoke(&self, request: &Request) -> Result<(), ProvisionError> {
        self.run("revoke", request).await.map(drop)
    }
}

fn document(action: &str, request: &Request) -> Value {
    json!({
        "action": action,
        "requestId": request.id.0,
        "principal": request.principal,
        "requestor": request.requestor,
        "integration": request.access.integration,
        "accessType": request.access.access_type,
        "permission": request.access.permission,
        "generated": if action == "grant" { &request.access.generated } else { &request.generated },
        "delegation": if action == "grant" { &request.access.delegation } else { &request.delegation },
        "reason": request.reason,
        "lengthSeconds": request.length,
    })
}

fn judge(output: process::Output) -> Result<Answer, ProvisionError> {
    let answer = if output.stdout.iter().all(u8::is_ascii_whitespace) {
        Ok(Answer::default())
    } else {
        serde_json::from_slice::<Answer>(&output.stdout)
    };
    match answer {
        Ok(Answer { error: Some(error), retry, .. }) => {
            Err(ProvisionError { message: process::plain(&error), retry: retry.unwrap_or(true) })
        }
        Ok(answer) if output.success => Ok(answer),
        Ok(Answer { retry, .. }) => Err(ProvisionError { message: output.failure, retry: retry.unwrap_or(true) }),
        Err(_) if !output.success => Err(ProvisionError { message: output.failure, retry: true }),
        Err(error) => Err(ProvisionError {
            message: format!("the provisioning command answered with something other than JSON: {error}"),
            retry: false,
        }),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::{
        clock::Timestamp,
        domain::{Access, RequestId},
    };
    use p0_wire::request::Status;
    use std::collections::BTreeMap;

    fn request() -> Request {
        Request {
            id: RequestId("r1".into()),
            principal: "dev@example.com".into(),
            requestor: "dev@example.com".into(),
            access: Access {
                integration: "custom".into(),
                access_type: "role".into(),
                permission: json!({"role": "x; rm -rf /"}),
                key: "k".into(),
                title: "custom role x".into(),
                parts: Vec::new(),
                aspects: BTreeMap::new(),
                generated: json!({"known": 1}),
                delegation: Vec::new(),
            },
            status: Status::Approved,
            reason: None,
            length: 60,
            grounds: None,
            approvals: Vec::new(),
            requested_at: Timestamp(0),
            updated_at: Timestamp(0),
            expires_at: None,
            generated: json!({"made": 2}),
            delegation: Vec::new(),
            error: None,
            to_undo: false,
            withdrawn: false,
            revision: 0,
        }
    }

    fn shell(script: &str) -> Command {
        Command::new(["/bin/sh", "-c", script].map(String::from).to_vec(), None, 60, Clock::system())
    }

    async fn failure(script: &str) -> ProvisionError {
        shell(script).grant(&request()).await.expect_err("fails")
    }

    #[tokio::test]
    async fn the_command_reads_what_to_do_and_its_answer_is_taken() {
        let granted = shell(r#"printf '{"generated": %s, "delegation": [{"key": "aws"}]}' "$(cat)""#)
            .grant(&request())
            .await
            .expect("granted");
        assert_eq!(granted.generated["action"], "grant");
        assert_eq!(granted.generated["permission"]["role"], "x; rm -rf /");
        assert_eq!(granted.generated["generated"]["known"], 1);
        assert_eq!(granted.delegation, [json!({"key": "aws"})]);
    }

    #[tokio::test]
    async fn an_empty_answer_keeps_what_the_catalogue_knows() {
        let granted = shell("cat > /dev/null").grant(&request()).await.expect("granted");
        assert_eq!(granted.generated, json!({"known": 1}));
        shell(r#"case $(cat) in *'"action":"revoke"'*'"made":2'*) ;; *) exit 1;; esac"#)
            .revoke(&request())
            .await
            .expect("is told to revoke what was made");
    }

    #[tokio::test]
    async fn the_environment_is_empty_but_for_the_path() {
        let granted = shell(r#"printf '{"generated": "%s"}' "$(env | grep -v ^PWD= | grep -v ^SHLVL= | grep -v ^_= | cut -d= -f1 | tr '\n' ' ')""#)
            .grant(&request())
            .await
            .expect("granted");
        assert_eq!(granted.generated, "PATH ");
    }

    #[tokio::test]
    async fn failures_say_why() {
        let table = [
            (
                "echo first >&2; printf 'no \\033[31msuch\\a role\\n' >&2; exit 3",
                "the provisioning command failed (exit code 3): first · no [31msuch role",
                true,
            ),
            ("exit 1", "the provisioning command failed (exit code 1)", true),
            ("kill -9 $$", "the provisioning command was ended by signal 9", true),
            ("echo '{\"error\": \"the role is gone\", \"retry\": false}'; exit 1", "the role is gone", false),
            ("echo '{\"error\": \"a \\u001b[2J moment\"}'", "a [2J moment", true),
        ];
        for (script, message, retry) in table {
            assert_eq!(failure(script).await, ProvisionError { message: message.into(), retry }, "{script}");
        }
        let prose = failure("echo done").await;
        assert!(prose.message.starts_with("the provisioning command answered with something other than JSON: "));
        assert!(!prose.retry);
    }

    #[tokio::test]
    async fn a_command_that_is_not_there_is_not_tried_again() {
        let command = Command::new(vec!["/nonexistent/tool".into()], None, 60, Clock::system());
        let error = command.grant(&request()).await.expect_err("fails");
        assert_eq!(
            error.message,
            "the provisioning command /nonexistent/tool cannot be run: No such file or directory (os error 2)"
        );
        assert!(!error.retry);
    }

    #[tokio::test]
    async fn endless_output_is_cut_off() {
        let error = failure("yes").await;
        assert_eq!(error.message, "the provisioning command answered with more than 1 MiB");
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_killed_with_all_its_children() {
        let directory = tempfile::tempdir().expect("a directory");
        let pids = directory.path().join("pids");
        let clock = Clock::manual(Timestamp(0));
        let script =
            format!("sleep 1000 & echo $! > {0}.new; echo $$ >> {0}.new; mv {0}.new {0}; wait", pids.display());
        let command = Command::new(["/bin/sh", "-c", &script].map(String::from).to_vec(), None, 60, clock.clone());
        let subject = request();
        let turn = async {
            while !pids.try_exists().expect("a folder") {
                tokio::task::yield_now().await;
            }
            clock.advance(Duration::from_secs(61));
        };
        let (result, ()) = tokio::join!(command.grant(&subject), turn);
        assert_eq!(result.expect_err("fails").message, "the provisioning command took longer than 60 s");
        for pid in std::fs::read_to_string(&pids).expect("the pids").lines() {
            let gone = || match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
                Ok(stat) => stat.contains(") Z "),
                Err(_) => true,
            };
            while !gone() {
                tokio::task::yield_now().await;
            }
        }
    }
}
