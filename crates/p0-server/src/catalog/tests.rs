//! What is said of a configuration that contradicts itself.

use super::*;

fn read(config: &str) -> Result<Catalog, String> {
    let config: IntegrationsConfig = toml::from_str(config).expect("a configuration");
    Catalog::from_config(config).map_err(|error| error.to_string())
}

#[test]
fn the_table_and_the_seeds_are_in_order() {
    for integration in table::all() {
        assert_eq!(read(&format!("[{}]", integration.name)).map(|_| ()), Ok(()));
    }
    let catalog = Catalog::from_config(seeds()).expect("a catalogue");
    assert_eq!(catalog.provisioner("pg"), ProvisionerConfig::Simulated { delay_ms: 300 });
    assert_eq!(catalog.provisioner("nowhere"), ProvisionerConfig::default());
    assert_eq!(catalog.resources("ssh", "destination").len(), 5);
    assert!(catalog.resources("ssh", "banana").is_empty());
}

#[test]
fn contradictions_are_refused_with_their_place() {
    const CUSTOM: &str = "access_types.t = { label = 'T'";
    for (config, expected) in [
        ("[aws]\naccess_types.x = { label = 'X' }", "integrations.aws: this integration is built in, so it cannot have access_types".into()),
        ("[pg]\naccess_types.x = { label = 'X' }", "integrations.pg: the name pg stands for a built-in integration".into()),
        ("[okta]\nprovisioner = { kind = 'command', command = [] }",
         "integrations.okta: provisioner: command names no program".into()),
        ("[okta]\nprovisioner = { kind = 'command', command = ['x'], timeout_s = 0 }",
         "integrations.okta: provisioner: timeout_s is at least 1".into()),
        ("[gclod]", "integrations.gclod: no such integration is built in; one of your own needs access_types".into()),
        (&*format!("[Vpn]\n{CUSTOM} }}"),
         "integrations.Vpn: \"Vpn\" cannot be a name: use lower-case letters, digits and hyphens, and begin with a letter".into()),
        ("[gcloud]\nresources.roles = []", "integrations.gcloud: resources.roles: there is no such list here. Did you mean role?".to_owned()),
        ("[github]\nresources.x = []", "integrations.github: resources.x: there is no such list here; there is team".into()),
        ("[gcloud]\nresources.role = [{ key = 'a' }, { key = 'a' }]", "integrations.gcloud: resources.role: a is listed twice".into()),
        ("[gcloud]\nresources.role = [{ key = '-a' }]", "integrations.gcloud: resources.role: -a begins with a hyphen".into()),
        ("[gcloud]\nresources.role = [{ key = '' }]",
         "integrations.gcloud: resources.role: \"\" is empty, too long, or has characters that cannot be shown".into()),
        ("[gcloud]\nresources.role = [{ key = 'a', parent = 'p' }]",
         "integrations.gcloud: resources.role: a belongs to p, which is not listed".into()),
        ("[okta]\nresources.group = [{ key = 'a', parent = 'p' }]", "integrations.okta: resources.group: a cannot have a parent".into()),
        ("[gcloud]\nresources.role = [{ key = 'a', properties = { tpye = 'x' } }]",
         "integrations.gcloud: resources.role: a has an unknown property, tpye".into()),
        ("[ssh]\nresources.parent = [{ key = 'a' }]", "integrations.ssh: resources.parent: a needs the property provider".into()),
        ("[ssh]\nresources.destination = [{ key = 'a' }]", "integrations.ssh: resources.destination: a needs a machine".into()),
        ("[ssh]\nresources.destination = [{ key = 'a', machine = { provider = 'gcloud', zone = 'z' } }]",
         "integrations.ssh: resources.destination: a needs a parent: its account, project or subscription".into()),
        ("[ssh]\nresources.parent = [{ key = 'p', properties = { provider = 'aws' } }]\n\
          resources.destination = [{ key = 'a', parent = 'p', machine = { provider = 'gcloud', zone = 'z' } }]",
         "integrations.ssh: resources.destination: a belongs to a parent of another provider".into()),
        ("[okta]\nresources.group = [{ key = 'a', machine = { provider = 'gcloud', zone = 'z' } }]",
         "integrations.okta: resources.group: a cannot have a machine".into()),
        ("[file-transfer]\nresources.destination = [{ key = 'a', machine = { provider = 'gcloud', zone = 'z' } }]",
         "integrations.file-transfer: resources.destination: a must be a machine on AWS".into()),
        ("[file-transfer]\nresources.parent = [{ key = '1' }]\n\
          resources.destination = [{ key = 'a', parent = '1', machine = { provider = 'aws', region = 'r' } }]",
         "integrations.file-transfer: resources.destination: a needs a bucket".into()),
        ("[okta]\nresources.group = [{ key = 'a', bucket = { name = 'b', region = 'r', prefix = '' } }]",
         "integrations.okta: resources.group: a cannot have a bucket".into()),
        ("[rdp]\nresources.destination = [{ key = 'a', machine = { provider = 'gcloud', zone = 'z' } }]",
         "integrations.rdp: resources.destination: a must be a machine on Azure behind a bastion host".into()),
        (&format!("[vpn]\n{CUSTOM}, flags = [{{ name = 'reason', label = 'R', takes = 'switch' }}] }}"),
         "integrations.vpn: the flag reason has another meaning elsewhere; choose another name".into()),
        (&format!("[vpn]\n{CUSTOM}, flags = [{{ name = 'f', label = 'F' }}, {{ name = 'f', label = 'F' }}] }}"),
         "integrations.vpn: access_types.t: the name f is used twice".into()),
        (&format!("[vpn]\n{CUSTOM}, flags = [{{ name = 'f', label = 'F', takes = 'choice' }}] }}"),
         "integrations.vpn: access_types.t: the flag f is a choice, so it needs choices".into()),
        (&format!("[vpn]\n{CUSTOM}, arguments = [{{ name = 'a', label = 'A', variadic = true }}, {{ name = 'b', label = 'B' }}] }}"),
         "integrations.vpn: access_types.t: only the last argument can be variadic".into()),
        (&format!("[vpn]\n{CUSTOM}, arguments = [{{ name = 'help', label = 'A' }}] }}"),
         "integrations.vpn: access_types.t: the name help is used twice".into()),
    ] {
        assert_eq!(read(config).map(|_| ()), Err(expected), "{config}");
    }
}

#[test]
fn a_key_counts_for_more_than_a_name() {
    let catalog = read("[okta]\nresources.group = [{ key = 'a', value = 'b' }, { key = 'b', value = 'c', names = ['a', 'd'] }, { key = 'e', value = 'D' }]")
        .expect("a catalogue");
    let entry = catalog.entry_named("okta").expect("an integration");
    let kind = entry.spec.kind_named("group").expect("a kind");
    let find = |word| match entry.find(kind, word, Within::default()) {
        LookupResult::One(resource) => resource.key.clone(),
        LookupResult::None => "none".into(),
        LookupResult::Several(several) => {
            several.iter().map(|resource| resource.key.as_str()).collect::<Vec<_>>().join("+")
        }
    };
    assert_eq!(["a", "b", "C", "d", "x"].map(find), ["a", "b", "b", "b+e", "none"]);
}

#[test]
fn what_is_installed_is_completed_by_the_resources() {
    let installed = |catalog: &Catalog, integration: &str| {
        serde_json::to_value(&catalog.entry_named(integration).expect("set up").configuration).expect("a document")["config"]
            ["iam-write"]
            .clone()
    };
    let seeds = Catalog::from_config(seeds()).expect("a catalogue");
    let accounts = installed(&seeds, "aws");
    assert_eq!(accounts["111122223333"]["label"], "development");
    assert_eq!(accounts["111122223333"]["login"]["provider"]["appId"], "0oa1example1aws");
    assert_eq!(accounts["444455556666"]["state"], "installed");
    assert_eq!(
        installed(&seeds, "k8s")["dev-eks"]["hosting"]["arn"],
        "arn:aws:eks:us-east-1:111122223333:cluster/dev-eks"
    );
    let orders = &installed(&seeds, "pg")["orders"];
    assert_eq!(orders["hosting"]["databaseArn"], "arn:aws:rds:us-east-1:111122223333:db:orders");
    assert_eq!((&orders["label"], &orders["port"]), (&"Orders".into(), &5432.into()));

    let own = read(
        "[aws]\nresources.account = [{ key = '111122223333', value = 'a' }]\n\
                    [aws.installed.111122223333]\nlabel = 'b'\nstate = 'configured'\n[aws.installed.444455556666]\n",
    );
    let own = installed(&own.expect("a catalogue"), "aws");
    assert_eq!(own["111122223333"], serde_json::json!({"label": "b", "state": "configured"}));
    assert_eq!(own["444455556666"], serde_json::json!({"state": "installed"}));
}

#[test]
fn what_clients_could_not_use_is_refused() {
    let federated = |account: &str, app: &str| {
        format!(
            "[aws.installed.{account}]\nlogin = {{ type = 'federated', provider = {{ type = 'okta', appId = '{app}', \
             identityProvider = 'p0', method = {{ type = 'saml' }} }} }}\n"
        )
    };
    let one = |id: &str, what: &str| Err(format!("integrations.aws: installed.{id}: {what}"));
    let account = |login: &str| read(&format!("[aws.installed.111122223333]\nlogin = {login}")).map(|_| ());
    let mine = |what: &str| one("111122223333", what);
    assert_eq!(read("[aws.installed.1111]").map(|_| ()), one("1111", "an AWS account has twelve digits"));
    assert_eq!(account("{ type = 'iam' }"), Ok(()));
    assert_eq!(account("{ type = 'saml' }"), mine("login.type is federated, idc or iam"));
    assert_eq!(account("{ type = 'idc', idcRegion = 'us-east-1' }"), mine("missing field `identityStoreId`"));
    assert_eq!(
        account("{ type = 'idc', idcRegion = 'us-east-1/', identityStoreId = 'd-1' }"),
        mine("idcRegion and identityStoreId are letters, digits and hyphens")
    );
    assert_eq!(
        account(
            "{ type = 'federated', provider = { type = 'ping', appId = 'x', identityProvider = 'p', method = { type = 'saml' } } }"
        ),
        mine("login.provider.type is okta, and login.provider.method.type is saml")
    );
    assert_eq!(
        read(&federated("111122223333", "a/b")).map(|_| ()),
        mine("appId and identityProvider are letters, digits and ._-")
    );
    let partitions = "[aws]\nresources.account = [{ key = '444455556666', properties = { partition = 'aws-cn' } }]\n";
    let two = |app: &str| {
        let config = format!("{partitions}{}{}", federated("111122223333", "x"), federated("444455556666", app));
        read(&config).map(|_| ())
    };
    assert_eq!(two("y"), Ok(()));
    assert_eq!(two("x"), one("444455556666", "the app x leads into two partitions"));
    assert_eq!(
        read("[aws]\nresources.account = [{ key = '444455556666', properties = { partition = 'moon' } }]").map(|_| ()),
        Err("integrations.aws: resources.account: 444455556666 is in no partition that there is: moon".to_owned())
    );
    assert_eq!(
        read("[postgres.installed.x]\nhostname = 'x.example.com'\nport = 'x'").map(|_| ()),
        Err("integrations.postgres: installed.x: port is a number from 0 to 65535".to_owned())
    );
    assert_eq!(
        read("[k8s.installed.x]\nhosting = { type = 'moon' }").map(|_| ()),
        Err("integrations.k8s: installed.x: hosting.type is aws, azure or gcp".to_owned())
    );
}
