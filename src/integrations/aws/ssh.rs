//! EC2 instances: reached through Systems Manager, which carries the connection to the instance's SSH port
//! (<https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started-enable-ssh-connections.html>).

use crate::integrations::aws::environment::Environment;
use crate::integrations::ssh::{
    names::{BadName, Host, User},
    program::Argv,
    provider::{
        AwsAccess, AwsPrincipal, Explained, Grant, HostKeys, Material, Needs, Provider, ProviderError, Reach, Route,
        Verdict,
    },
    words,
};
use async_trait::async_trait;
use p0_wire::ssh::AwsInstance;
use secrecy::SecretString;
use serde_json::Value;
use std::time::Duration;

/// IAM is eventually consistent: a new role or assignment is known everywhere within seconds.
const WINDOW: Duration = Duration::from_secs(30);
/// The port of SSH.
const PORT: u16 = 22;
/// What would make `aws` ask, or page, where nobody reads.
const UNSET: [&str; 2] = ["AWS_CLI_AUTO_PROMPT", "AWS_PAGER"];

#[derive(Debug)]
pub struct Instance {
    user: User,
    id: Host,
    region: String,
    access: AwsAccess,
    port: u16,
}

impl Instance {
    /// The instance of this grant.
    pub fn new(grant: &Grant, region: &str, instance: &AwsInstance) -> Result<Self, ProviderError> {
        let user = grant.generated.linux_user_name.as_deref().or(instance.user_name.as_deref());
        let user = user.ok_or_else(|| ProviderError::Grant("it names no user on it".into()))?;
        Ok(Self {
            user: User::parse(user)?,
            id: instance_id(&instance.instance_id)?,
            region: self::region(region)?,
            access: access(grant, instance)?,
            port: PORT,
        })
    }

    /// `aws ssm start-session …`, which carries a connection on its stdin and stdout. Every value has been looked at:
    /// `aws` would read one such as `file:///etc/passwd` from there.
    fn proxy(&self) -> Argv {
        let port = format!("portNumber={}", self.port);
        let args = ["ssm", "start-session", "--region", &self.region, "--target", self.id.as_str()];
        let session = ["--document-name", "AWS-StartSSHSession", "--parameters", &port];
        Argv::new("aws", args.into_iter().chain(session))
    }
}

/// `i-` or, for a machine that is managed without being EC2's, `mi-`, and hexadecimal digits.
fn instance_id(id: &str) -> Result<Host, BadName> {
    let digits = id.strip_prefix("mi-").or_else(|| id.strip_prefix("i-"));
    match digits {
        Some(digits) if (8..=17).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_hexdigit()) => {
            Host::parse(id)
        }
        _ => Err(BadName::new("an instance", id)),
    }
}

fn region(text: &str) -> Result<String, BadName> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match text.starts_with(|c: char| c.is_ascii_lowercase()) && text.len() <= 32 && text.chars().all(fits) {
        true => Ok(text.to_owned()),
        false => Err(BadName::new("a region", text)),
    }
}

/// As whom AWS is spoken to: what came along with the grant names a role, or with an Identity Center a permission set.
fn access(grant: &Grant, instance: &AwsInstance) -> Result<AwsAccess, ProviderError> {
    let delegate = grant.request.delegate("aws");
    let delegated = |pointer: &str| {
        let text = delegate.and_then(|delegate| delegate.pointer(pointer)).and_then(Value::as_str);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let name = delegated("/generated/name")
        .or_else(|| grant.generated.resource.as_ref().map(|resource| resource.name.clone()))
        .ok_or_else(|| ProviderError::Grant("it names no role or permission set on AWS".into()))?;
    let idc_id = delegated("/permission/idcId").or_else(|| instance.idc_id.clone());
    let idc_region = delegated("/permission/idcRegion").or_else(|| instance.idc_region.clone());
    let principal = match idc_id {
        Some(_) => AwsPrincipal::PermissionSet { name, idc_id, idc_region },
        None => AwsPrincipal::Role(name),
    };
    let account = instance.account_id.clone().or_else(|| delegated("/permission/accountId"));
    Ok(AwsAccess { account: account.or_else(|| delegated("/permission/account")), principal })
}

#[async_trait]
impl Provider for Instance {
    fn name(&self) -> &'static str {
        "AWS"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["aws", "session-manager-plugin"]
    }

    fn needs(&self) -> Needs {
        Needs {
            certificate: false,
            submitted_key: true,
            host_keys: HostKeys::ServiceOrFirstSeen,
            aws: Some(self.access.clone()),
        }
    }

    fn environment(&self, aws: Option<&Environment>) -> Vec<(&'static str, SecretString)> {
        aws.map(|aws| aws.set.clone()).unwrap_or_default()
    }

    fn set_port(&mut self, port: u16) -> Result<(), ProviderError> {
        self.port = port;
        Ok(())
    }

    async fn prepare(&self, material: &Material<'_>) -> Result<Route, ProviderError> {
        Ok(Route {
            user: self.user.clone(),
            host: self.id.clone(),
            port: self.port,
            alias: self.id.clone(),
            certificate: None,
            reach: Reach::Proxy(self.proxy()),
            environment: self.environment(material.aws),
            unset: material.aws.map(|aws| aws.removed.clone()).into_iter().flatten().chain(UNSET).collect(),
        })
    }

    fn classify(&self, said: &str) -> Verdict {
        let has = |text: &str| said.contains(text);
        // Whatever `aws` fails of, `ssh` says that the connection is closed: the better word comes first.
        if has("AccessDeniedException") && has("ssm:StartSession") {
            return Verdict::NotYet("AWS to allow the session");
        }
        if has("TargetNotConnected") {
            return refused(
                format!("The instance {} is not connected to AWS Systems Manager.", self.id),
                &[
                    "Check that it is running, and that its SSM agent is: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-troubleshooting.html",
                ],
            );
        }
        if has("InvalidTarget") || has("InvalidInstanceId") || has("InvalidInstanceID") {
            let message = format!("AWS knows no instance {} in {}.", self.id, self.region);
            return refused(message, &["It may have been replaced: ask for access to the new one."]);
        }
        if has("InvalidDocument") {
            return refused(
                format!("The document AWS-StartSSHSession cannot be used in {}.", self.region),
                &["Ask those who run the account to allow it: sessions by SSH need it."],
            );
        }
        if has("SessionManagerPlugin is not found") {
            return refused("aws does not find the Session Manager plugin.".into(), &["Check it with: p0 doctor"]);
        }
        if has("ExpiredToken") {
            return refused(
                "The credentials for AWS have expired.".into(),
                &["Run the command again: it gets new ones."],
            );
        }
        if has("Could not connect to the endpoint URL") || has("Connect timeout on endpoint URL") {
            return refused(
                format!("AWS Systems Manager in {} cannot be reached.", self.region),
                &["Check your network and your proxy (HTTPS_PROXY), then try again."],
            );
        }
        if words::key_refused(said) {
            return Verdict::NotYet("the instance to accept your key");
        }
        if let Some(verdict) = words::sudo(said) {
            return verdict;
        }
        if words::closed(said) {
            return Verdict::NotYet("the instance to take connections");
        }
        Verdict::Other
    }

    fn window(&self) -> Duration {
        WINDOW
    }

    fn after_all(&self, said: &str) -> Vec<String> {
        match said.contains("AccessDeniedException") {
            true => vec![
                "Ask those who run the account whether a policy denies ssm:StartSession on the instance or on the document AWS-StartSSHSession.".into(),
            ],
            false => Vec::new(),
        }
    }
}

fn refused(message: String, hints: &[&str]) -> Verdict {
    Verdict::Refused(Explained::new(message, hints))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrations::ssh::provider::tests::{grant, hostile};
    use serde_json::json;

    fn instance(permission: &Value, generated: Value, delegation: Value) -> Result<Instance, ProviderError> {
        let mut permission = permission.clone();
        permission["provider"] = json!("aws");
        let grant = grant(permission, generated, delegation);
        let p0_wire::ssh::Machine::Aws { region, resource, .. } = &grant.permission.machine else { panic!("aws") };
        Instance::new(&grant, region, resource)
    }

    fn permission() -> Value {
        json!({"region": "us-east-1", "resource": {"instanceId": "i-0123456789abcdef0", "accountId": "111122223333"}})
    }

    fn web() -> Instance {
        let generated = json!({"linuxUserName": "ada", "resource": {"name": "SshAccess"}, "hostKeys": []});
        instance(&permission(), generated, json!([])).expect("an instance")
    }

    #[test]
    fn the_session_is_started_by_aws() {
        let argv = web().proxy();
        let words: Vec<_> = argv.words().map(|word| word.to_str().expect("text")).collect();
        assert_eq!(
            words.join(" "),
            "aws ssm start-session --region us-east-1 --target i-0123456789abcdef0 \
             --document-name AWS-StartSSHSession --parameters portNumber=22"
        );
    }

    #[test]
    fn another_port_is_reached_as_well() {
        let mut web = web();
        web.set_port(2222).expect("a port");
        assert!(web.proxy().args.last().is_some_and(|last| last == "portNumber=2222"));
    }

    #[test]
    fn who_speaks_to_aws_is_what_came_along() {
        let generated = json!({"linuxUserName": "ada"});
        let of = |permission: &Value, generated: &Value, delegate: Value| {
            let delegation = json!([{"key": "aws", "request": delegate}]);
            instance(permission, generated.clone(), delegation).map(|instance| instance.access)
        };
        let role = of(&permission(), &generated, json!({"permission": {}, "generated": {"name": "SshAccess"}}));
        let role = role.expect("a role");
        assert_eq!(role.principal, AwsPrincipal::Role("SshAccess".into()));
        assert_eq!(role.account.as_deref(), Some("111122223333"));
        let set = of(
            &permission(),
            &generated,
            json!({"permission": {"idcId": "d-1234567890", "idcRegion": "eu-west-1"}, "generated": {"name": "Ssh"}}),
        );
        let (name, idc_id, idc_region) = ("Ssh".into(), Some("d-1234567890".into()), Some("eu-west-1".into()));
        assert_eq!(set.expect("a permission set").principal, AwsPrincipal::PermissionSet { name, idc_id, idc_region });
        // Without a delegate, the grant itself names it; without either, there is nothing to go by.
        assert_eq!(web().access.principal, AwsPrincipal::Role("SshAccess".into()));
        let nothing = of(&permission(), &generated, json!({"permission": {"name": "web-1"}, "generated": null}));
        assert!(nothing.expect_err("no role").to_string().contains("no role or permission set"));
    }

    #[test]
    fn a_grant_that_is_hostile_gets_nowhere() {
        let generated = json!({"linuxUserName": "ada", "resource": {"name": "SshAccess"}});
        for bad in hostile() {
            let mut target = permission();
            target["resource"]["instanceId"] = json!(bad);
            assert!(instance(&target, generated.clone(), json!([])).is_err(), "{bad:?}");
            let mut place = permission();
            place["region"] = json!(bad);
            assert!(instance(&place, generated.clone(), json!([])).is_err(), "{bad:?}");
            let user = json!({"linuxUserName": bad, "resource": {"name": "SshAccess"}});
            assert!(instance(&permission(), user, json!([])).is_err(), "{bad:?}");
        }
        assert!(instance(&permission(), json!({"resource": {"name": "x"}}), json!([])).is_err(), "no user");
    }

    #[test]
    fn not_yet_is_told_from_never() {
        let not_yet = |said: &str| match web().classify(said) {
            Verdict::NotYet(what) => what,
            other => panic!("{said}: {other:?}"),
        };
        // Whatever goes wrong in `aws`, this line follows.
        let closed = "Connection closed by UNKNOWN port 65535\r\n";
        let denied = "\nAn error occurred (AccessDeniedException) when calling the StartSession operation: User: \
            arn:aws:sts::111122223333:assumed-role/SshAccess/ada is not authorized to perform: ssm:StartSession on \
            resource: arn:aws:ec2:us-east-1:111122223333:instance/i-0123456789abcdef0 because no identity-based policy \
            allows the ssm:StartSession action\n";
        assert_eq!(not_yet(&format!("{denied}{closed}")), "AWS to allow the session");
        assert!(web().after_all(denied)[0].contains("ssm:StartSession") && web().after_all(closed).is_empty());
        assert_eq!(not_yet(closed), "the instance to take connections");
        assert_eq!(not_yet("ada@i-0: Permission denied (publickey).\r\n"), "the instance to accept your key");
        assert_eq!(not_yet("Sorry, user ada may not run sudo on ip-192-0-2-1."), "sudo to be allowed");
        for (said, expected) in [
            (
                "An error occurred (TargetNotConnected) when calling the StartSession operation: i-0 is not connected.",
                "not connected to AWS Systems Manager",
            ),
            ("An error occurred (InvalidTarget) when calling", "knows no instance i-0123456789abcdef0 in us-east-1"),
            ("SessionManagerPlugin is not found. Please refer to", "Session Manager plugin"),
            ("An error occurred (ExpiredTokenException) when calling the StartSession operation", "have expired"),
            ("Could not connect to the endpoint URL: \"https://ssm.us-east-1.amazonaws.com/\"", "cannot be reached"),
            ("An error occurred (InvalidDocument) when calling", "AWS-StartSSHSession cannot be used"),
        ] {
            let verdict = web().classify(&format!("{said}\n{closed}"));
            let Verdict::Refused(Explained { message, hints }) = verdict else { panic!("{said}: {verdict:?}") };
            assert!(message.contains(expected) && !hints.is_empty(), "{message}");
        }
        assert_eq!(web().classify("Host key verification failed."), Verdict::Other);
        // What somebody may do is not the same as what they started.
        assert_eq!(web().classify("AccessDeniedException: sts:AssumeRole"), Verdict::Other);
    }
}
