//! The providers: their documents and APIs, and what their failures mean. Prints nothing, knows neither the environment
//! nor the user.

pub mod aws;
pub mod azure;
pub mod gcloud;
pub mod kubernetes;
pub mod programs;
pub mod self_hosted;
pub mod ssh;
pub mod x509;
