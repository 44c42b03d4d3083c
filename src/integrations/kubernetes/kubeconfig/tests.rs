//! A corpus of kubeconfigs: each change leaves everything else in them as it is.

use super::*;

const ENTRY: &str = "  - cluster:\n      server: https://new\n    name: new\n";

fn parse(text: &str) -> Kubeconfig {
    Kubeconfig::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn put(text: &str, name: &str) -> String {
    let body = json!({"server": format!("https://{name}")});
    let after = parse(text).with_entry(List::Clusters, name, &body).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(after.entry(List::Clusters, name), Some(body));
    after.text().to_owned()
}

fn out(text: &str, name: &str) -> String {
    let after = parse(text).without_entry(List::Clusters, name).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(after.entry(List::Clusters, name), None);
    after.text().to_owned()
}

fn current(text: &str, name: Option<&str>) -> String {
    let after = parse(text).with_current(name).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(after.current(), name);
    after.text().to_owned()
}

#[test]
fn an_empty_kubeconfig_is_begun() {
    let begun = "apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    server: https://new\n  name: new\n";
    assert_eq!(put("", "new"), begun);
    assert_eq!(put("# mine", "new"), format!("# mine\n{begun}"));
    assert_eq!(put("---\n", "new"), format!("---\n{begun}"));
    assert_eq!(put("{}\n", "new"), begun);
    assert_eq!(put("\u{feff}", "new"), format!("\u{feff}\n{begun}"));
}

#[test]
fn an_entry_goes_behind_the_others_and_comments_stay() {
    let text = "# head\nclusters: # all\n  # first\n  - name: a # a\n    cluster: {server: x}\n\n  # last\n# users\nusers: []\n";
    let after = text.replace("    cluster: {server: x}\n", &format!("    cluster: {{server: x}}\n{ENTRY}"));
    assert_eq!(put(text, "new"), after);
    assert_eq!(out(&after, "new"), text);
    assert_eq!(
        out(&after, "a"),
        "# head\nclusters: # all\n  # first\n  - cluster:\n      server: https://new\n    name: new\n\n  # last\n# users\nusers: []\n"
    );
}

#[test]
fn an_entry_of_that_name_is_replaced_where_it_stands() {
    let text = "clusters:\n- name: a\n  cluster:\n    server: old # gone\n    more: x # kept\n# b\n- name: b\n";
    let after = "clusters:\n- cluster:\n    server: https://a\n  name: a # kept\n# b\n- name: b\n";
    assert_eq!(put(text, "a"), after);
    assert_eq!(put(after, "a"), after, "nothing changes twice");
    let literal = "clusters:\n- name: a\n  cluster:\n    note: |\n      one\n      two\n\n- name: b\n";
    assert_eq!(put(literal, "a"), "clusters:\n- cluster:\n    server: https://a\n  name: a\n- name: b\n");
}

#[test]
fn lists_that_are_empty_or_absent_are_begun() {
    let lines = "- cluster:\n    server: https://new\n  name: new\n";
    for (text, after) in [
        ("clusters: [] # none\nusers:\n", format!("clusters: # none\n{lines}users:\n")),
        ("clusters: null\nusers:\n", format!("clusters:\n{lines}users:\n")),
        ("clusters:\nusers:\n", format!("clusters:\n{lines}users:\n")),
        ("clusters: ~", format!("clusters:\n{}", lines.trim_end())),
        ("users: []", format!("users: []\nclusters:\n{}", lines.trim_end())),
        ("  users: []\n  # end\n", format!("  users: []\n  clusters:\n{}  # end\n", ENTRY)),
        ("users: []\n---\nother: document\n", format!("users: []\nclusters:\n{lines}---\nother: document\n")),
        ("users: []\n...\n", format!("users: []\nclusters:\n{lines}...\n")),
    ] {
        assert_eq!(put(text, "new"), after);
    }
    assert_eq!(out(&put("clusters: [] # none\n", "new"), "new"), "clusters: [] # none\n");
}

#[test]
fn json_stays_json() {
    for text in [
        r#"{"clusters": [{"name": "a", "cluster": {"server": "x"}}], "users": []}"#,
        r#"{"users": [], "current-context": "a"}"#,
        "{\n  \"kind\": \"Config\",\n  \"clusters\": []\n}\n",
        r#"{"clusters":null}"#,
        r#"{"clusters": [{"name": "b"}, {"name": "a", "cluster": {}}]}"#,
    ] {
        for name in ["new", "a"] {
            let after = current(&put(text, name), Some("true"));
            let value: Value = serde_json::from_str(&after).unwrap_or_else(|error| panic!("{error}: {after}"));
            let found = value["clusters"].as_array().expect("a list").iter().find(|it| it["name"] == name);
            assert_eq!(found.expect("there")["cluster"]["server"], format!("https://{name}"));
            assert_eq!(value["current-context"], "true");
            serde_json::from_str::<Value>(&out(&after, name)).expect("JSON");
        }
    }
    let flow = "clusters: [ {name: a}, # a\n  {name: b, cluster: {server: z}, }, ]\n";
    assert_eq!(
        put(flow, "b"),
        "clusters: [ {name: a}, # a\n  {\"cluster\": {\"server\": \"https://b\"}, \"name\": \"b\"}, ]\n"
    );
    assert_eq!(out(flow, "b"), "clusters: [ {name: a}, ]\n");
    assert_eq!(out("clusters: [{name: a}, ]\n", "a"), "clusters: [ ]\n");
}

#[test]
fn removing_an_entry_restores_every_byte() {
    let pretty = "{\n\t\"kind\": \"Config\",\n\t\"clusters\": [\n\t\t{\n\t\t\t\"name\": \"a\"\n\t\t}\n\t],\n\t\"users\": [\n\t]\n}";
    let compact = r#"{"current-context":"a","clusters":[{"name":"a"},{"name":"b"}],"kind":"Config"}"#;
    let block = "current-context: \"a\"\nclusters:\n- name: a\nusers: []";
    let last = "current-context: a\nusers: []\nclusters:\n- name: a";
    for text in [
        pretty.to_owned(),
        format!("{pretty}\n"),
        pretty.replace('\n', "\r\n"),
        pretty.replace("\n\t\t{\n\t\t\t\"name\": \"a\"\n\t\t}\n\t", "\n\t"),
        format!("\u{feff}{compact}"),
        compact.replace("},{", "} , {"),
        "clusters: [{name: a}, ]\ncurrent-context: a".to_owned(),
        format!("\u{feff}{block}"),
        block.replace('\n', "\r\n"),
        format!("{block} # end"),
        last.to_owned(),
        last.replace('\n', "\r\n"),
        format!("{last}\n"),
    ] {
        let before = parse(&text);
        let is_listed = !before.names(List::Clusters).is_empty() || text.contains('\t');
        assert!(is_listed, "the list is there before: {text}");
        let mut changed = text.clone();
        for name in ["new", "newer"] {
            changed = put(&changed, name);
        }
        assert!(changed.contains("newer") && changed.ends_with('\n') == text.ends_with('\n'), "{changed:?}");
        let changed = out(&out(&changed, "new"), "newer");
        assert_eq!(changed, text);
        if let Some(name) = before.current() {
            assert_eq!(current(&current(&text, Some("p0-dev/ClusterRole/view")), Some(name)), text);
        }
    }
}

#[test]
fn line_endings_are_those_of_the_file() {
    let text = "clusters:\r\n- name: a\r\nusers: []\r\n";
    let after = put(text, "new");
    assert_eq!(
        after,
        "clusters:\r\n- name: a\r\n- cluster:\r\n    server: https://new\r\n  name: new\r\nusers: []\r\n"
    );
    assert_eq!(out(&after, "new"), text);
    assert_eq!(put(&after, "new"), after);
}

#[test]
fn anchors_are_kept_and_what_hangs_on_them_is_not_changed() {
    let text = "x: &x {server: y}\nclusters:\n- name: a\n  cluster: *x\n- &b\n  name: b\n";
    let after = put(text, "new");
    assert_eq!(after, format!("{text}- cluster:\n    server: https://new\n  name: new\n"));
    assert_eq!(out(&after, "new"), text);
    for text in ["x: &x []\nclusters: *x\n", "clusters: &x\n- &a {name: new}\n- *a\n"] {
        let changed = Kubeconfig::parse(text).and_then(|it| it.with_entry(List::Clusters, "new", &json!({})));
        assert!(matches!(changed, Err(YamlError::Unchangeable { .. })), "{text}");
    }
}

#[test]
fn the_current_context_is_set_and_cleared() {
    for (text, name, after) in [
        ("current-context: a # it\n", Some("b"), "current-context: b # it\n"),
        ("current-context: \"a b\"\nkind: Config\n", Some("1"), "current-context: \"1\"\nkind: Config\n"),
        ("current-context:\n", Some("b"), "current-context: b\n"),
        ("current-context: a\n", None, "current-context: \"\"\n"),
        ("current-context: \"a\" # it\n", Some("b"), "current-context: \"b\" # it\n"),
        ("current-context: 'a'\n", Some("b"), "current-context: 'b'\n"),
        ("current-context: 'a'\n", Some("1"), "current-context: \"1\"\n"),
        ("{current-context: a}", Some("p0-dev/Role/a/b"), "{current-context: p0-dev/Role/a/b}"),
        ("{\"current-context\": null}", Some("b"), "{\"current-context\": \"b\"}"),
        ("kind: Config # x", Some("p0-dev"), "kind: Config # x\ncurrent-context: p0-dev"),
        ("kind: Config\n", None, "kind: Config\n"),
    ] {
        assert_eq!(current(text, name), after);
    }
}

#[test]
fn what_kubectl_does_not_read_is_refused() {
    let why = |text: &str| Kubeconfig::parse(text).expect_err(text).to_string();
    assert!(why("clusters:\n\t- name: a\n").contains("line 2"));
    assert!(why("clusters: [").contains("not well-formed YAML"));
    assert!(why("a: *b\n").contains("not well-formed YAML"));
    // What stands behind it in the comment is a list of clusters to kubectl.
    assert!(why("kind: Config\n# x\u{2028}clusters: []\n").contains("it has U+2028 on line 2"));
    assert!(why("- a\n").contains("it is no map of settings"));
    assert!(why("text\n").contains("it is no map of settings"));
    assert!(why("clusters: {a: b}\n").contains("'clusters' must be a list"));
    assert!(why("kind: Pod\n").contains("its kind is 'Pod'"));
    assert!(why("apiVersion: v2\n").contains("its apiVersion is 'v2'"));
    for (text, what) in [
        ("current-context: 5\n", "'current-context' must be a string"),
        ("current-context: [a]\n", "'current-context' must be a string"),
        ("{\"current-context\": true}", "'current-context' must be a string"),
        ("kind: {}\n", "'kind' must be a string"),
        ("contexts: [a]\n", "each item of 'contexts' must be a map"),
        ("users: [{name: 0x1}]\n", "'users.name' must be a string"),
        ("users: [{name: a, user: {password: 12345}}]\n", "'users.user.password' must be a string"),
        ("users: [{name: a, user: {exec: {args: [a, 1]}}}]\n", "'users.user.exec.args' must be a string"),
        ("contexts: [{name: a, context: {extensions: {}}}]\n", "'contexts.context.extensions' must be a list"),
        (
            "clusters: [{name: a, cluster: {insecure-skip-tls-verify: 'true'}}]\n",
            "'clusters.cluster.insecure-skip-tls-verify' must be true or false",
        ),
        ("users: [{name: Yes}]\n", "'users.name' must be a string"),
        ("clusters: [{name: a, cluster: b}]\n", "'clusters.cluster' must be a map"),
    ] {
        assert_eq!(why(text), format!("it is not a kubeconfig: {what}"));
    }
    for text in ["current-context: '5'", "current-context: !!str 5", "clusters: [{name: 1.2.3}, null]", "kind: null"] {
        parse(text);
    }
    assert!(why("users: []\nusers: []\n").contains("'users' stands in it twice"));
    assert_eq!(why("users:\n- name: a\n- name: a\n"), "it has two users named 'a'");
}

#[test]
fn five_megabytes_are_no_trouble() {
    let mut text = String::from("# big\napiVersion: v1\nclusters:\n");
    for n in 0..2_500 {
        let data = "QUJD".repeat(490);
        text.push_str(&format!(
            "# {n}\n- cluster:\n    certificate-authority-data: {data}\n    server: https://é{n}\n  name: c{n}\n"
        ));
    }
    assert!(text.len() > 5_000_000);
    let after = put(&text, "new");
    assert!(after.starts_with(&text));
    assert_eq!(out(&after, "new"), text);
}

#[test]
fn a_change_is_refused_or_right_wherever_it_is_made() {
    // Shapes of YAML that are hard to splice, in every place of a kubeconfig.
    let lists = [
        "",
        "clusters:\n",
        "clusters: []\n",
        "clusters: [\n]\n",
        "clusters: [ # c\n]\n",
        "clusters: &l []\n",
        "clusters: !!seq []\n",
        "clusters: # c\n# d\n\n- name: a\n",
        "clusters:\n-\n  name: a\n",
        "clusters:\n- # c\n  name: a\n",
        "clusters:\n- &a\n  name: a\n",
        "clusters:\n- !!map\n  name: a\n  x: |+\n    l\n\n",
        "\"clusters\" : [{name: a}]\n",
        "? clusters\n: - name: a\n",
        "clusters:\n- {name: a}\n-\n- null\n",
        "clusters:\n- name: >-\n    a\n",
        "clusters:\n- 'name': \"a\"\n  cluster: 'x\n\n    y'\n",
        "clusters: [{name: a}] # c\n",
    ];
    let ends = ["", "# end", "users:\n- name: x\n", "\n\n...\n", "---\nb: c\n", "users: |\n"];
    for list in lists {
        for end in ends {
            for start in ["", "%YAML 1.2\n---\n", "--- # s\n", "kind: Config\n"] {
                let text = format!("{start}{list}{end}");
                let Ok(config) = Kubeconfig::parse(text.clone()) else { continue };
                for name in ["a", "new"] {
                    if let Ok(after) = config.with_entry(List::Clusters, name, &json!({"server": "https://x"})) {
                        assert_eq!(after.entry(List::Clusters, name), Some(json!({"server": "https://x"})), "{text}");
                        let back = after.without_entry(List::Clusters, name).unwrap_or_else(|e| panic!("{e}\n{text}"));
                        assert_eq!(back.entry(List::Clusters, name), None);
                    }
                    if let Ok(after) = config.without_entry(List::Clusters, name) {
                        assert_eq!(after.names(List::Users), config.names(List::Users), "{text}");
                    }
                    if let Ok(after) = config.with_current(Some(name)) {
                        assert_eq!(after.names(List::Clusters), config.names(List::Clusters), "{text}");
                    }
                }
            }
        }
    }
}
