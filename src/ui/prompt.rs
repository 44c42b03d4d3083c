//! Questions, asked only where somebody can answer.

use super::{Ui, clean::clean};
#[cfg(feature = "serve")]
use {
    super::clean::clean_line,
    crate::error::Failure,
    dialoguer::{Password, theme::SimpleTheme},
};

impl Ui {
    /// Tells the user what to do now. Without it they could not go on, so it is shown even when they want quiet.
    pub fn instruct(&self, line: impl AsRef<str>) {
        self.stderr(&clean(line.as_ref()));
    }

    /// Asks for a secret, which is not shown. Only where [`Ui::may_prompt`].
    ///
    /// # Errors
    /// The terminal cannot be read.
    #[cfg(feature = "serve")]
    pub fn password(&self, prompt: &str) -> Result<String, Failure> {
        Password::with_theme(&SimpleTheme)
            .with_prompt(clean_line(prompt))
            .interact()
            .map_err(|error| Failure::error(format!("Cannot ask: {error}")))
    }
}
