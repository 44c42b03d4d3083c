//! Kubernetes: how roles and resources are written, kubeconfig files, and the credentials that `kubectl` asks for.

mod certificate;
pub mod cluster;
pub mod eks;
pub mod exec;
pub mod forms;
pub mod kubeconfig;
