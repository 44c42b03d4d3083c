//! What `ssh` and the clouds' tools say: whatever it is, and however much, it is read in no time and means something.

use crate::integrations::ssh::{
    provider::{self, Provider, SshSettings, Verdict, tests::grant},
    words,
};
use p0_testkit::hostile;
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};

/// What they are known to say, and what comes close.
const SAID: &[&str] = &[
    "Permission denied (publickey).\r\n",
    "Permission denied (",
    "Connection closed by UNKNOWN port 65535\r\n",
    "kex_exchange_identification: read: Connection reset by peer\n",
    "Host key verification failed.\r\n",
    "Offending ED25519 key in /a b:1\n",
    "Offending  key in :",
    "Offending ",
    "AccessDeniedException ssm:StartSession",
    "An error occurred (TargetNotConnected) when calling",
    "[4033: 'not authorized']",
    "[4010:",
    "Required 'compute.instances.get'",
    "ERROR: ",
    "ERROR: (gcloud.auth) ",
    "AADSTS50076: \u{1b}[31m",
    "az login",
    "Unable to load extension 'ssh",
    "AuthorizationFailed",
    "Sorry, user ada may not run sudo on web-1.\n",
    "HOST IDENTIFICATION HAS CHANGED",
    "ssh: connect to host 192.0.2.1 port 22: ",
    "\n",
    "\r",
    "\0",
    "\u{fffd}",
];

/// A machine of each provider.
fn machines() -> Vec<Box<dyn Provider>> {
    let group = "/subscriptions/s/resourceGroups/g";
    let azure = json!({"provider": "azure", "resource": {"instanceId": "1", "instanceName": "mail-1", "subscriptionId": "s",
        "resourceGroupId": group, "networkInterface": {"id": "n", "subnetId": "b", "privateIp": "192.0.2.1"}},
        "jumpHost": {"id": "j", "publicIp": "203.0.113.10"}});
    let permissions = [
        json!({"provider": "self-hosted", "resource": {"hostname": "web-1", "publicIp": "192.0.2.1"}}),
        json!({"provider": "aws", "region": "us-east-1", "resource": {"instanceId": "i-0123456789abcdef0", "accountId": "1"}}),
        json!({"provider": "gcloud", "zone": "us-central1-a", "resource": {"instanceName": "batch-1", "projectId": "example"}}),
        azure,
    ];
    let generated = json!({"linuxUserName": "ada", "resource": {"name": "SshAccess"}});
    let machine = |permission: Value| {
        provider::for_grant(&grant(permission, generated.clone(), json!([])), &SshSettings::default())
            .expect("a machine")
    };
    permissions.map(machine).into()
}

#[test]
fn whatever_is_said_means_something() {
    let machines = machines();
    let said = vec(prop_oneof![3 => select(SAID).prop_map(str::to_owned), 1 => hostile::text()], 0..8);
    proptest!(hostile::config(1_000), |(said in said)| {
        let said = said.concat();
        for machine in &machines {
            let told = match machine.classify(&said) {
                Verdict::Refused(explained) => [vec![explained.message], explained.hints].concat(),
                Verdict::NotYet(what) => vec![what.to_owned()],
                Verdict::Other => vec![],
            };
            prop_assert!(told.iter().all(|text| !text.is_empty()), "{:?}", told);
            prop_assert!(machine.after_all(&said).iter().all(|hint| !hint.is_empty()));
        }
        prop_assert!(words::offending_file(&said).is_none_or(|file| said.contains(file)));
    });
}

#[test]
fn a_flood_is_read_like_a_line() {
    for piece in ["x", "\n", "Offending ", "Permission denied (", "ERROR: ", "[40", "\u{fffd}", "é\r\n"] {
        let said = piece.repeat((256 << 10) / piece.len());
        for machine in machines() {
            machine.classify(&said);
            for hint in machine.after_all(&said) {
                assert!(hint.len() < 1_000, "{hint}");
            }
        }
    }
}
