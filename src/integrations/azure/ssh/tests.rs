use super::*;
use crate::integrations::ssh::{
    command::KeyAt,
    provider::tests::{grant, hostile},
};
use p0_wire::ssh::Machine;
use serde_json::{Value, json};

const SUBSCRIPTION: &str = "00000000-0000-4000-8000-000000000001";
const DIRECTORY: &str = "00000000-0000-4000-8000-000000000002";

fn permission(route: &str, gateway: Value) -> Value {
    let mut permission = json!({"provider": "azure", "resource": {
        "instanceId": "00000000-0000-4000-8000-000000000202", "instanceName": "mail-1", "subscriptionId": SUBSCRIPTION,
        "resourceGroupId": format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/mail"), "region": "eastus",
        "networkInterface": {"id": "mail-1-nic", "subnetId": "mail", "privateIp": "192.0.2.21"}}});
    permission[route] = gateway;
    permission
}

fn jump_host() -> Value {
    permission("jumpHost", json!({"id": "mail-jump", "roleId": "r", "publicIp": "203.0.113.10"}))
}

fn bastion(id: &str) -> Value {
    permission("bastionHost", json!({"id": id}))
}

fn machine(permission: Value) -> Result<VirtualMachine, ProviderError> {
    let generated = json!({"linuxUserName": "ada@example.com", "directoryId": DIRECTORY});
    let grant = grant(permission, generated, json!([]));
    let Machine::Azure { resource, bastion_host, jump_host } = &grant.permission.machine else { panic!("azure") };
    VirtualMachine::new(&grant, resource, bastion_host.as_ref(), jump_host.as_ref())
}

fn line(argv: &Argv) -> String {
    argv.words().map(|word| word.to_str().expect("text")).collect::<Vec<_>>().join(" ")
}

fn mail() -> VirtualMachine {
    machine(jump_host()).expect("a machine")
}

#[test]
fn a_tunnel_is_opened_by_bastion() {
    let id =
        format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/net/providers/Microsoft.Network/bastionHosts/office");
    let vm = machine(bastion(&id)).expect("a machine");
    let Hop::Bastion(host) = &vm.hop else { panic!("a Bastion") };
    assert_eq!(
        line(&vm.tunnel(host).command),
        format!(
            "az network bastion tunnel --name office --resource-group net --subscription {SUBSCRIPTION} \
             --target-resource-id /subscriptions/{SUBSCRIPTION}/resourceGroups/mail/providers/Microsoft.Compute/\
             virtualMachines/mail-1 --resource-port 22"
        )
    );
    // By its name alone, it is beside the machine.
    let vm = machine(bastion("office-bastion")).expect("a machine");
    let Hop::Bastion(host) = &vm.hop else { panic!("a Bastion") };
    assert_eq!((host.group.as_str(), host.name.as_str()), ("mail", "office-bastion"));
}

#[test]
fn a_jump_host_is_reached_with_the_same_key() {
    let vm = mail();
    let Hop::Jump { host, alias, inner } = &vm.hop else { panic!("a jump host") };
    let http = p0_client::Http::new(p0_client::HttpOptions::new("test"));
    let material = Material {
        public_key: "ssh-rsa AAAA",
        public_key_file: Path::new("/state/key.pub"),
        key: &KeyAt { agent: Some("/run/agent".into()), file: "/state/key.pub".into() },
        certificate: None,
        aws: None,
        directory: Path::new("/run"),
        hosts: Path::new("/state/known hosts"),
        http: &http,
    };
    let user = vm.user.as_ref().expect("a user");
    let argv = jump::through(host, alias, inner, user, Path::new("/run/azure-cert.pub"), &material).expect("a command");
    assert_eq!(
        line(&argv),
        format!(
            "ssh -F /dev/null -o IdentityAgent=\"/run/agent\" -o IdentityFile=\"/state/key.pub\" \
             -o CertificateFile=\"/run/azure-cert.pub\" -o UserKnownHostsFile=\"/state/known hosts/{alias}\" \
             -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=accept-new -o HostKeyAlias={alias} \
             -o ConnectTimeout=20 -l ada@example.com -p 22 -W 192.0.2.21:22 -- 203.0.113.10"
        )
    );
    let six = Host::parse("2001:db8::1").expect("an address");
    let argv = jump::through(host, alias, &six, user, Path::new("/c"), &material).expect("a command");
    assert!(line(&argv).contains("-W [2001:db8::1]:22"));
}

#[test]
fn machines_of_one_name_are_told_apart() {
    let alias_of = |id: &str| {
        let mut permission = jump_host();
        permission["resource"]["instanceId"] = id.into();
        machine(permission).expect("a machine").alias.to_string()
    };
    let id = |group: &str| {
        format!(
            "/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/mail-1"
        )
    };
    assert!(alias_of(&id("a")).starts_with("azure-mail-1-"));
    assert_ne!(alias_of(&id("a")), alias_of(&id("b")));
    assert_eq!(alias_of(&id("mail")), alias_of("guid"), "the identifier that follows from the rest");
    assert_eq!(alias_of(&id("A")), alias_of(&id("a")), "case is nothing to Azure");
}

#[test]
fn a_grant_that_is_hostile_gets_nowhere() {
    for bad in hostile() {
        for pointer in [
            "/resource/instanceName",
            "/resource/subscriptionId",
            "/resource/networkInterface/privateIp",
            "/jumpHost/publicIp",
        ] {
            let mut permission = jump_host();
            *permission.pointer_mut(pointer).expect("a field") = json!(bad);
            assert!(machine(permission).is_err(), "{pointer} {bad:?}");
        }
        let mut permission = jump_host();
        permission["resource"]["resourceGroupId"] = json!(format!("/subscriptions/s/resourceGroups/{bad}"));
        assert!(machine(permission).is_err(), "{bad:?}");
        let mut permission = jump_host();
        permission["resource"]["instanceId"] = json!(format!("/{bad}"));
        assert!(machine(permission).is_err(), "{bad:?}");
        assert!(machine(bastion(&bad)).is_err(), "{bad:?}");
    }
    let mut nowhere = jump_host();
    nowhere.as_object_mut().expect("an object").remove("jumpHost");
    let error = machine(nowhere).expect_err("no route").to_string();
    assert!(error.contains("neither a Bastion nor a jump host"), "{error}");
}

#[test]
fn there_is_no_other_port() {
    assert!(mail().set_port(22).is_ok());
    let error = mail().set_port(2222).expect_err("another port").to_string();
    assert_eq!(error, "Machines on Azure are reached at port 22 alone, and not at 2222.");
}

#[test]
fn not_yet_is_told_from_never() {
    let closed =
        "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535";
    for (said, expected) in [
        (
            "ada@example.com@192.0.2.21: Permission denied (publickey,keyboard-interactive).",
            "Azure to let you sign in to the machine",
        ),
        (
            "ERROR: (AuthorizationFailed) The client 'ada@example.com' with object id 'x' does not have authorization to \
             perform action 'Microsoft.Network/bastionHosts/read'",
            "Azure to allow the tunnel",
        ),
        // The extension `bastion` opens its port before it asks; what goes wrong then ends a thread of it.
        ("KeyError: 'authToken'", "Azure to allow the tunnel"),
        (
            "channel 0: open failed: connect failed: Connection refused\r\nstdio forwarding failed",
            "the machine to take connections",
        ),
        ("ERROR: Defined port is currently unavailable", "a free port on this machine"),
        ("OSError: [Errno 98] Address already in use", "a free port on this machine"),
        ("Sorry, user ada may not run sudo on mail-1.", "sudo to be allowed"),
        ("", "the machine to take connections"),
    ] {
        assert_eq!(mail().classify(&format!("{said}\n{closed}")), Verdict::NotYet(expected), "{said}");
    }
    for (said, expected) in [
        ("ERROR: 'bastion' is misspelled or not recognized by the system.", "lacks its extension 'bastion'"),
        ("ERROR: (ResourceNotFound) The Resource 'Microsoft.Network/bastionHosts/x'", "knows no machine mail-1"),
        ("ERROR: Bastion Host SKU must be Standard or Premium and Native Client must be enabled.", "native clients"),
        (
            "ERROR: HTTPSConnectionPool(host='management.azure.com', port=443): Max retries exceeded with url: /x (Caused by",
            "az does not reach Azure",
        ),
        ("ssh: connect to host 203.0.113.10 port 22: Connection timed out", "jump host 203.0.113.10 cannot be reached"),
        (
            "Connection timed out during banner exchange\r\nConnection to 203.0.113.10 port 22 timed out",
            "jump host 203.0.113.10 cannot be reached",
        ),
        ("ssh: Could not resolve hostname jump.example.com: Name or service not known", "cannot be reached"),
        (
            "channel 0: open failed: administratively prohibited: open failed\r\nstdio forwarding failed",
            "jump host 203.0.113.10 carries no connections on",
        ),
        ("ERROR: Please run 'az login' to setup account.", "not signed in with az"),
    ] {
        let verdict = mail().classify(&format!("{said}\n{closed}"));
        let Verdict::Refused(Explained { message, hints }) = verdict else { panic!("{said}: {verdict:?}") };
        assert!(message.contains(expected) && !hints.is_empty(), "{message}");
    }
    assert_eq!(mail().classify("Host key verification failed."), Verdict::Other);
    assert!(mail().after_all("x@y: Permission denied (publickey).")[0].contains("AADSSHLoginForLinux"));
    assert!(mail().after_all("ERROR: (AuthorizationFailed) The client")[0].contains("the role Reader"));
    assert!(mail().after_all(closed).is_empty());
}

#[test]
fn what_az_lacks_is_told_with_what_brings_it() {
    let errand = |said: &str| match mail().not_signed(said) {
        ProviderError::First(errand) => (errand.why.message, line(&errand.command)),
        other => panic!("{said}: {other:?}"),
    };
    let missing = "az lacks its extension 'ssh', which signing in needs.";
    for said in [
        "ERROR: 'ssh' is misspelled or not recognized by the system.\n\nhttps://aka.ms/cli_ref\nRead more about the \
         command in reference docs",
        "az: 'ssh' is not in the 'az' command group. See 'az --help'.",
        "ERROR: The command requires the extension ssh. Unable to prompt for extension install confirmation as no tty \
         available.",
    ] {
        assert_eq!(errand(said), (missing.into(), "az extension add --name ssh".into()));
    }
    for said in [
        "ERROR: Please run 'az login' to setup account.",
        "ERROR: AADSTS700082: The refresh token has expired due to inactivity.",
        "ERROR: Interactive authentication is needed. Please run:\naz login",
    ] {
        assert_eq!(errand(said).1, format!("az login --tenant {DIRECTORY}"));
    }
    let policy = "ERROR: AADSTS50076: Due to a policy you must use multi-factor authentication.\nTrace ID: x\nInteractive \
        authentication is needed. Please run:\naz login --scope https://pas.windows.net/CheckMyAccess/Linux/.default";
    let message = "Entra ID wants you to sign in with az again: AADSTS50076: Due to a policy you must use multi-factor \
        authentication.";
    assert_eq!(errand(policy), (message.into(), format!("az login --tenant {DIRECTORY} --scope {SCOPE}")));
    let offline = "ERROR: The command failed with an unexpected error. Here is the traceback:\nERROR: \
        HTTPSConnectionPool(host='login.microsoftonline.com', port=443): Max retries exceeded with url: /x (Caused by";
    assert_eq!(mail().not_signed(offline).to_string(), "az does not reach Azure.");
    let broken = "WARNING: Unable to load extension 'ssh: No module named 'oras''. Use --debug for more information.\n\
        ERROR: 'ssh' is misspelled or not recognized by the system.";
    let ProviderError::Failed(Explained { message, hints }) = mail().not_signed(broken) else { panic!("broken") };
    assert_eq!((message.as_str(), hints.len()), ("The extension 'ssh' of az is broken.", 2));
    let error = mail().not_signed("WARNING: x\nERROR: Unsupported cloud\n\nhttps://aka.ms/cli_ref\nRead more");
    assert_eq!(error.to_string(), "az signed no certificate: Unsupported cloud");
}
