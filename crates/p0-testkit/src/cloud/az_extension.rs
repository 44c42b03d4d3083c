//! Extensions for the real `az`, which downloads its own from where tests do not go: stand-ins with the documented options,
//! read, called and logged by the real program.

use crate::{Sshd, TestEnv, sshd::Key};
use serde_json::Value;

/// `ssh`, whose certificates this authority signs for the server's user. `None`: az itself says what is in the way.
pub fn ssh(env: &TestEnv, sshd: &Sshd, authority: Option<&Key>) {
    let authority = authority.and_then(|key| key.path().to_str()).unwrap_or("/nonexistent");
    let module = include_str!("az_ssh.py").replace("@AUTHORITY@", authority).replace("@USER@", sshd.user());
    install(env, "ssh", &module);
}

/// `bastion`, whose tunnels lead to this server.
pub fn bastion(env: &TestEnv, sshd: &Sshd) {
    install(env, "bastion", &include_str!("az_bastion.py").replace("@PORT@", &sshd.port().to_string()));
}

/// An extension of this name with this Python module, as `az` keeps what it has downloaded.
pub fn install(env: &TestEnv, name: &str, module: &str) {
    let file =
        |path: &str, text: &str| env.write(env.home_dir().join(".azure/cliextensions").join(name).join(path), text);
    file(&format!("azext_{name}/__init__.py"), module);
    let about = format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n");
    file(&format!("{name}-1.0.0.dist-info/METADATA"), &about);
}

/// The subscriptions that the real `az` is signed in to, as it keeps them: each as [`super::subscription`] makes it.
pub fn signed_in(env: &TestEnv, subscriptions: &[Value]) {
    let kept = subscriptions.iter().map(|subscription| {
        let mut kept = subscription.clone();
        kept["environmentName"] = "AzureCloud".into();
        kept["managedByTenants"] = Value::Array(Vec::new());
        kept
    });
    let profile = serde_json::json!({"installationId": "x", "subscriptions": kept.collect::<Vec<_>>()});
    env.write(env.home_dir().join(".azure/azureProfile.json"), &profile.to_string());
}
