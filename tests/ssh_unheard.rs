//! Sessions whose beginning and end the service does not want to hear of: they neither fail nor wait for it.

use crate::ssh::Host;
use p0_testkit::{Answer, Invocation};
use serde_json::json;

const AUDIT: &str = "POST /o/example/integrations/ssh/audit ";

fn debugged(host: &Host) -> Invocation {
    host.scene.p0(["--debug", "ssh", "box", "echo in; exit 3"])
}

#[test]
fn one_that_hangs_holds_up_no_session() {
    let Some((host, front)) = Host::behind_front() else { return };
    // Nothing lets it go before p0 has ended.
    let gate = front.holds(AUDIT);
    let ran = debugged(&host).run().code(3).stdout_is("in\n");
    ran.stderr_has("the service does not answer to reports of the session");
    front.wait_for(AUDIT, 2);
    // That the start is not answered does not keep the user from typing.
    let mut running = host.ssh(["box", "cat"]).spawn();
    front.wait_for(AUDIT, 3);
    running.write_stdin("typed\n");
    running.wait_for_stdout("typed\n");
    running.close_stdin();
    running.finish().success().ignore_stdout().ignore_stderr();
    gate.open();
    host.nothing_is_left();
}

#[test]
fn one_that_answers_nonsense_changes_nothing() {
    let Some((host, front)) = Host::behind_front() else { return };
    for answer in [
        Answer::json(400, &json!({"error": "never heard of it"})),
        Answer::json(401, &json!({"error": "Unauthorized"})),
        Answer::json(403, &json!({"error": "no"})),
        Answer::json(404, &json!({"error": "no such call"})),
        Answer::html(200, "<html>\u{1b}[2Ja page</html>"),
        Answer::html(500, "a page"),
        Answer::raw("HTTP/9 nonsense\r\n\r\n"),
        Answer::raw("").reset(),
        Answer::raw(""),
    ] {
        front.answers(AUDIT, answer);
        let ran = host.ssh(["box", "echo in; exit 3"]).run().code(3).stdout_is("in\n");
        let said = ran.stderr();
        let is_calm = !said.contains("Error") && !said.contains("trying again") && !said.contains('\u{1b}');
        assert!(is_calm, "{ran}");
    }
    front.answers(AUDIT, Answer::json(400, &json!({"error": "never heard of it"})));
    let ran = debugged(&host).run().code(3).stdout_is("in\n");
    ran.stderr_has("the session could not be reported").stderr_has("never heard of it");
    host.nothing_is_left();
}

#[test]
fn one_that_is_gone_is_not_missed() {
    // 255 is ssh's own word for a broken connection, after which the service is asked how the access stands.
    for code in [3, 255] {
        let Some((mut host, _front)) = Host::behind_front() else { return };
        let mut running = host.scene.p0(["--debug", "ssh", "box", &format!("echo ready; read x; exit {code}")]).spawn();
        let mut calm = host.ssh(["box", &format!("echo ready; read x; exit {code}")]).spawn();
        for session in [&running, &calm] {
            session.wait_for_stdout("ready");
        }
        host.scene.service.kill_9();
        for session in [&mut running, &mut calm] {
            session.write_stdin("\n");
        }
        let ran = running.finish().code(code).ignore_stdout();
        ran.stderr_has("the service does not answer to reports of the session");
        calm.finish().code(code).ignore_stdout().lacks("trying again").lacks("Error").ignore_stderr();
        host.nothing_is_left();
    }
}
