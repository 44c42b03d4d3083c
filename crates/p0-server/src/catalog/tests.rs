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
        Found::One(resource) => resource.key.clone(),
        Found::None => "none".into(),
        Found::Several(several) => several.iter().map(|resource| resource.key.as_str()).collect::<Vec<_>>().join("+"),
    };
    assert_eq!(["a", "b", "C", "d", "x"].map(find), ["a", "b", "b", "b+e", "none"]);
}
