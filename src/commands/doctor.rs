//! `p0 doctor`.

use crate::{
    ctx::Ctx,
    doctor::{self, Finding, State},
    error::{End, Kind, Result},
    ui::table::Table,
};
use serde_json::json;

/// Check this machine's set-up, with a fix for each finding.
///
/// The clock, name resolution, the proxy, TLS, the service, the session, the store of its tokens, the browser, the tools
/// that p0 runs, ssh's configuration and the shell's completions: all at once, for 3 seconds at most. Nothing is
/// changed. The exit code is 0 if nothing is wrong, else 1; a tool that is not installed is only noted.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  p0 doctor
  p0 doctor --json | jq -r '.findings[] | select(.state == \"wrong\").fix[]'")]
pub struct Args {}

/// Checks everything.
pub async fn run(ctx: &Ctx, _args: &Args) -> Result {
    let findings = doctor::examine(ctx).await;
    let wrong = findings.iter().filter(|finding| finding.state == State::Wrong).count();
    if ctx.ui.json {
        ctx.ui.document(&json!({ "ok": wrong == 0, "findings": findings }))?;
    } else {
        let arrow = ctx.ui.stdout_is_terminal().then_some(ctx.ui.symbols().arrow);
        ctx.ui.table(&table(&findings, arrow))?;
        match wrong {
            0 => ctx.ui.say("Nothing is wrong."),
            1 => ctx.ui.say("1 thing is wrong."),
            more => ctx.ui.say(format!("{more} things are wrong.")),
        }
    }
    Ok(if wrong == 0 { End::Done } else { End::Code(Kind::Error.code()) })
}

/// At a terminal each fix has a line of its own, after an arrow; in a pipe they stand in the last column.
fn table(findings: &[Finding], arrow: Option<&str>) -> Table {
    let mut table = Table::new(std::iter::repeat_n("", if arrow.is_some() { 3 } else { 4 }));
    for finding in findings {
        let Finding { check, state, said, fix } = finding;
        let Some(arrow) = arrow else {
            table.row([state.word(), check, said, &fix.join("; ")]);
            continue;
        };
        table.row([state.word(), check, said]);
        for fix in fix {
            table.row(["", "", &format!("{arrow} {fix}")]);
        }
    }
    table
}
