//! Commands: their flags, and the errors for wrong ones.

use super::*;

#[track_caller]
fn last_line(line: &str) -> String {
    let error = error_of(&seeded(), line);
    error.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn flags_stand_anywhere_and_in_every_form() {
    let catalog = seeded();
    for line in [
        "request gcloud role viewer --reason |a b| --requested-duration |2 hours|",
        "--reason=|a b| request gcloud role viewer --duration 2h",
        "request --duration=2h gcloud --reason |a b| role viewer",
        "request gcloud role --reason |a b| --duration 2h -- viewer",
    ] {
        let line = line.replace("=|a b|", "|=a b|").replace("--reason|=", "|--reason=");
        let ask = ask(&catalog, &line).unwrap_or_else(|e| panic!("{line}: {e}"));
        assert_eq!(ask.reason.as_deref(), Some("a b"), "{line}");
        assert_eq!(ask.requested_duration.map(|l| l.seconds()), Some(7_200), "{line}");
        assert_eq!(ask.access.title, "gcloud role viewer");
    }
}

#[test]
fn switches_can_be_turned_off_again() {
    let catalog = seeded();
    let sudo =
        |words: &str| access_of(&catalog, &format!("ssh session web-1 {words}")).permission.get("sudo").is_some();
    assert!(sudo("--sudo") && sudo("--sudo=true"));
    assert!(!sudo("") && !sudo("--no-sudo") && !sudo("--sudo=false"));
    assert!(ask(&catalog, "request ssh session web-1 --approved").is_ok_and(|ask| ask.approved_only));
}

#[test]
fn grants_and_approvals_say_for_whom() {
    let catalog = seeded();
    let grant = run(&catalog, "grant gcloud role viewer --to Ada@Example.com");
    assert!(matches!(grant, Ok(Parsed::Grant { to, .. }) if to == "ada@example.com"));
    let allow = "allow pg role readonly --to ada@example.com --length |1 week| --duration 1h --start |2 hours|";
    let Ok(Parsed::Allow { length, start, ask, .. }) = run(&catalog, allow) else { panic!("{allow}") };
    assert_eq!((length.seconds(), start), (604_800, Some(Timestamp(NOW.0 + 7_200_000))));
    assert_eq!(
        (ask.access.integration.as_str(), ask.requested_duration.map(|l| l.seconds())),
        ("postgres", Some(3_600))
    );
}

#[test]
fn help_is_that_of_the_deepest_command() {
    let catalog = seeded();
    for (line, first) in [
        ("--help", "p0"),
        ("request --help", "p0 request"),
        ("request banana --help", "p0 request"),
        ("--help request gcloud role viewer --banana", "p0 request gcloud role <names..>"),
        ("request pg role --help", "p0 request postgres role <role>"),
        ("allow ssh session --help", "p0 allow ssh session <destination>"),
        ("ls ssh session destination --help", "p0 ls ssh session destination"),
    ] {
        let help = error_of(&catalog, line);
        assert_eq!(help.lines().next(), Some(first), "{line}");
        assert!(help.contains("      --help "), "{line}");
    }
    assert!(ask(&catalog, "request gcloud role viewer -- --help").is_err_and(|e| e.starts_with("Could not find any")));
    let named = parse(&argv("request --help"), "p0-dev", &catalog, NOW).expect_err("help");
    assert!(named.0.starts_with("p0-dev request\n"), "{named}");
}

#[test]
fn a_wrong_command_is_told_how_under_its_help() {
    for (line, expected) in [
        ("", "Not enough non-option arguments: got 0, need at least 1"),
        ("reqest gcloud", "Unknown argument: reqest. Did you mean request?"),
        ("request", "Not enough non-option arguments: got 0, need at least 1"),
        ("request foo", "Unknown argument: foo"),
        ("request gclod role viewer", "Unknown argument: gclod. Did you mean gcloud?"),
        ("request gcloud", "Not enough non-option arguments: got 0, need at least 1"),
        ("request gcloud rol viewer", "Unknown argument: rol. Did you mean role?"),
        ("request gcloud role", "Not enough non-option arguments: got 0, need at least 1"),
        ("request aws resource arn:x", "Not enough non-option arguments: got 1, need at least 2"),
        ("request github team web api", "Unknown argument: api"),
        ("request gcloud role viewer --foo", "Unknown argument: foo"),
        ("request gcloud role viewer --raeson x", "Unknown argument: raeson. Did you mean reason?"),
        ("request gcloud role viewer --sudo", "Unknown argument: sudo"),
        ("request gcloud role viewer -x", "Unknown argument: x"),
        ("request gcloud role viewer --a --b --c --d", "Unknown arguments: a, b, c, …"),
        ("request gcloud role viewer --reason", "Not enough arguments following: reason"),
        ("request gcloud role viewer --reason --duration 1h", "Not enough arguments following: reason"),
        ("request gcloud role viewer --reason a --reason b", "Argument given twice: reason"),
        ("request ssh session web-1 --sudo=maybe", "Invalid value for sudo: maybe (it is true or false)"),
        ("grant gcloud role viewer", "Missing required argument: to"),
        ("allow gcloud role viewer", "Missing required arguments: length, to"),
        ("ls gcloud role", "Not enough non-option arguments: got 0, need at least 1"),
        ("ls gcloud role name", "Unknown argument: name. Did you mean names?"),
        ("ls gcloud role names viewer", "Unknown argument: viewer"),
        ("ls gcloud role names --reason x", "Unknown argument: reason"),
    ] {
        let error = error_of(&seeded(), line);
        assert_eq!(error.lines().last(), Some(expected), "{line}");
        assert!(error.starts_with("p0") && error.contains("\nOptions:\n"), "{error}");
    }
}

#[test]
fn a_wrong_value_is_told_on_a_line() {
    for (line, expected) in [
        (
            "request gcloud role viewer --duration soon",
            "Invalid duration format: soon (--requested-duration takes, for example, 10 minutes, 2 hours or 1 week)",
        ),
        ("grant gcloud role viewer --to ada", "Invalid principal: ada"),
        (
            "allow gcloud role viewer --to a@example.com --length 1h --start 2020-01-01",
            "Invalid start: the approval would be over already",
        ),
        ("request ssh session nowhere", "Could not find any instances matching nowhere"),
        ("request ssh session web-1 --provider gcloud", "Could not find any instances matching web-1"),
        ("request ssh session localhost --parent example-dev", "Could not find any instances matching localhost"),
        ("request ssh session web-1 --parent nowhere", "Could not find any parents matching nowhere"),
        (
            "request ssh session web-1 --provider ibm",
            "Invalid value for provider: ibm (choose one of aws, azure, gcloud, self-hosted)",
        ),
        ("request ssh session web-1 --public-key x", "Invalid public key: x"),
        ("request gcloud role viewr", "Could not find any roles matching viewr. Did you mean viewer?"),
        (
            "request gcloud role viewer\u{200b}",
            "Could not find any roles matching viewer (it contains spaces at the ends or invisible characters: type it again)",
        ),
        ("request gcloud role viewer banana", "Could not find any roles matching banana"),
        (
            "request gcloud role viewer --project exmple-dev",
            "Could not find any projects matching exmple-dev. Did you mean example-dev?",
        ),
        (
            "request aws policy ReadOnlyAccess",
            "Missing required argument: account (--account takes one of 111122223333, 444455556666)",
        ),
        (
            "request aws role Developer --account production",
            "Could not find any roles matching Developer in 444455556666",
        ),
        (
            "request aws resource reports.example.com BillingExport --account development",
            "Could not find any policies matching BillingExport in 111122223333",
        ),
        (
            "request aws resource reports.example.com BillingExport",
            "What is named belongs to different accounts: 111122223333, 444455556666",
        ),
        (
            "request k8s resource Pod/view",
            "Invalid role: Pod/view. It must have the form \"ClusterRole / <name>\", \"CuratedRole / <name>\" or \
             \"Role / <namespace> / <name>\"",
        ),
        (
            "request k8s resource clusterrole/veiw",
            "Could not find any roles matching ClusterRole / veiw. Did you mean view?",
        ),
        ("request mysql sql | |", "Invalid script:   (empty, or with control characters)"),
        ("ls gcloud role names --size many", "Invalid size: many (--size takes a number from 1 to 10000)"),
        ("ls gcloud role names --principal x", "Invalid principal: x"),
    ] {
        assert_eq!(error_of(&seeded(), line), expected, "{line}");
    }
    assert!(
        last_line("request k8s resource view --locator Pod").starts_with("Invalid locator: Pod. It must have the form")
    );
}

#[test]
fn instances_of_the_same_name_are_told_apart() {
    let catalog = catalog(
        r#"
        [ssh.resources]
        parent = [{ key = "1", properties = { provider = "aws" } }, { key = "2", properties = { provider = "aws" } },
                  { key = "p", properties = { provider = "gcloud" } }]
        destination = [
            { key = "i-1", value = "web", parent = "1", machine = { provider = "aws", region = "r" } },
            { key = "i-2", value = "web", parent = "2", machine = { provider = "aws", region = "r" } },
            { key = "i-3", value = "web", parent = "p", machine = { provider = "gcloud", zone = "z" } },
            { key = "i-4", value = "twin", parent = "1", machine = { provider = "aws", region = "r" } },
            { key = "i-5", value = "twin", parent = "1", machine = { provider = "aws", region = "r" } },
        ]"#,
    );
    assert_eq!(
        error_of(&catalog, "request ssh session web"),
        "Several instances match web:\n  i-1  web  --provider aws  --parent 1\n  i-2  web  --provider aws  --parent 2\n  \
         i-3  web  --provider gcloud  --parent p\nName one by its identifier, or add the flags beside it."
    );
    assert_eq!(
        error_of(&catalog, "request ssh session twin"),
        "Several instances match twin:\n  i-4  twin\n  i-5  twin\nName one by its identifier."
    );
    let one = access_of(&catalog, "ssh session web --provider gcp");
    assert_eq!(one.key, access_of(&catalog, "ssh session i-3").key);
    assert_eq!(one.title, "ssh session i-3");
    assert_eq!(access_of(&catalog, "ssh session WEB --parent 2").key, access_of(&catalog, "ssh session i-2").key);
}

#[test]
fn hostile_words_get_a_short_clean_error() {
    let catalog = seeded();
    let clean = |argv: &[String]| {
        let error = parse(argv, "p0", &catalog, NOW).expect_err("a wrong command").0;
        assert!(error.len() < 3_000 && !error.contains(|c: char| text::is_hidden(c) && c != '\n'), "{error:?}");
        error
    };
    let words = |line: &str| argv(line);
    assert_eq!(clean(&vec!["request".into(); 5_000]), "Too many arguments: got 5000, at most 256 are read");
    let long = ["request".to_owned(), "x".repeat(10_000)];
    assert_eq!(clean(&long), format!("Argument too long: {}… (at most 8192 bytes are read)", "x".repeat(60)));
    let long = ["request".into(), "gcloud".into(), "role".into(), "é".repeat(4_000)];
    assert_eq!(clean(&long), format!("Could not find any roles matching {}…", "é".repeat(60)));
    let escape = clean(&words("request gcloud role viewer |--\u{1b}]0;pwned\u{7}|"));
    assert_eq!(escape.lines().last(), Some("Unknown argument: ]0;pwned"));
    clean(&words("request ssh session |web\n\u{202e}1|"));
    clean(&words("grant gcloud role viewer --to |\0|"));
    assert!(clean(&vec!["--x\n".to_owned(); 256]).ends_with("Unknown arguments: x, x, x, …"));
}
