//! The providers: their documents and APIs, and what their failures mean. Prints nothing, knows neither the environment
//! nor the user.

pub mod aws;
pub mod kubernetes;
