//! `p0 allow`: approve in advance.

use crate::{
    ctx::Ctx,
    error::{End, Result},
};

/// Approve access in advance.
///
/// The words are the service's, as with `p0 request`: `--to` says for whom, `--length` for how long the approval stands,
/// `--start` from when, `--requested-duration` how long each access may last.
#[derive(Debug, clap::Args)]
#[command(
    disable_help_flag = true,
    override_usage = "p0 allow [OPTIONS] <WORDS>... --to <PRINCIPAL>",
    after_help = "Examples:
  p0 allow gcloud role viewer --to ada@example.com --length '1 week' --requested-duration '2 hours'"
)]
pub struct Args {
    /// What to allow, in the service's words
    #[arg(last = true, value_name = "WORDS")]
    pub words: Vec<String>,
}

/// Hands the words to the service and shows what it says.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    if args.words.iter().any(|word| word == "--help") {
        return super::service_help::show(ctx, "allow", &args.words).await;
    }
    let told = ctx.api().await?.allow(&args.words).await?;
    if ctx.ui.json {
        ctx.ui.document(&told.document)?;
    } else {
        ctx.ui.say(&told.value.message);
    }
    Ok(End::Done)
}
