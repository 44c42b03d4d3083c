//! How a program that p0 sets up starts p0 later, from a file such as a profile or a kubeconfig and in an environment of its
//! own: with what leads to the same sign-in as now, and without any secret.

use crate::{ctx::Ctx, env_vars, error::Failure};
use std::path::Path;

/// The part of such a command that comes before the subcommand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCommand {
    /// The path of p0.
    pub program: String,
    /// The variables that decide which settings and which sign-in p0 uses.
    pub env: Vec<(&'static str, String)>,
    pub options: Vec<String>,
}

impl StoredCommand {
    /// The command by which p0 has the settings of this run, for this organisation.
    pub fn new(ctx: &Ctx, org: &str) -> Result<Self, Failure> {
        let program = text("the path of p0", &ctx.program()?, "Install p0 under another path.")?;
        let mut options = vec!["--org".to_owned(), org.to_owned()];
        if let Some(file) = &ctx.settings.token_file {
            let file = text("the path of the token file", file, "Move the token to another path.")?;
            options.extend(["--token-file".to_owned(), file]);
        }
        let home = ctx.env.home.as_deref();
        let home = home.map(|home| text(env_vars::HOME, home, "Choose another directory.")).transpose()?;
        let env = [(env_vars::HOME, home), ("P0_ENV", ctx.env.env.clone()), ("P0_APP_URL", ctx.env.app_url.clone())];
        Ok(Self { program, env: env.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(), options })
    }
}

/// Says that a token which is in no file is not stored either.
pub fn mention_token(ctx: &Ctx) {
    if ctx.settings.api_token.is_some() && ctx.settings.token_file.is_none() {
        ctx.ui.say(
            "The token of this run is not stored. Set P0_API_TOKEN where the credentials are used, or run this again with \
             --token-file FILE.",
        );
    }
}

fn text(what: &str, path: &Path, hint: &str) -> Result<String, Failure> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        Failure::error(format!("Cannot write {what} to the file: {} is not UTF-8 text.", path.display())).hint(hint)
    })
}
