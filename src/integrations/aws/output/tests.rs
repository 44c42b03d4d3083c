use super::*;
use p0_testkit::{
    TestEnv,
    need::{self, Need},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::collections::BTreeMap;

fn credentials(key: &str, secret: &str, token: &str) -> Credentials {
    Credentials {
        access_key_id: key.into(),
        secret_access_key: secret.into(),
        session_token: token.into(),
        expires_at: "2026-03-04T05:06:07.89Z".parse().expect("a time"),
        account_id: "111122223333".into(),
        region: Some("eu-west-1".into()),
    }
}

fn ordinary() -> Credentials {
    credentials("ASIAEXAMPLE", "wJalr/K7M+G", "FwoG/x+y==")
}

fn rendered(credentials: &Credentials, format: Format) -> String {
    render(credentials, format, &OVERRIDING).expect("text").expose_secret().to_owned()
}

/// Pieces that mean something to some shell, or to its reader of files.
const PIECES: [&str; 44] = [
    "'",
    "''",
    "\"",
    "\\",
    "\\\\",
    "$",
    "$HOME",
    "$(touch pwned)",
    "`touch pwned`",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "!",
    "!!",
    "%",
    "%PATH%",
    "&",
    ";",
    "|",
    "<",
    ">",
    "(",
    ")",
    "{",
    "}",
    "[",
    "*",
    "?",
    "~",
    "#",
    " #",
    "=",
    "^",
    " ",
    "-",
    "é",
    "Á",
    "’",
    "日本",
    "😀",
    "\u{1}",
    "\u{7f}",
    "a",
];

/// A value that no quoting is right for by chance.
fn hostile(random: &mut StdRng) -> String {
    let count = random.random_range(0..12);
    (0..count).map(|_| PIECES[random.random_range(0..PIECES.len())]).collect()
}

/// What a shell makes of the assignments: its variables, as programs that it starts see them.
fn evaluated(env: &TestEnv, program: &str, args: &[&str], text: &str) -> BTreeMap<String, String> {
    env.write("assignments", text);
    let output = env.run(program).args(args).env("AWS_PROFILE", "x").run().success();
    assert!(!env.work_dir().join("pwned").try_exists().expect("a look"), "{program} ran a value:\n{text}");
    let text = String::from_utf8(output.stdout_bytes().to_vec()).expect("text");
    text.split_terminator('\0').filter_map(|pair| pair.split_once('=')).map(|(n, v)| (n.into(), v.into())).collect()
}

#[test]
fn every_shell_that_is_here_takes_any_value_for_exactly_what_it_is() {
    let sh = r#"eval "$(cat assignments)"; env -0"#;
    let shells: [(&str, Shell, &[&str]); 10] = [
        ("bash", Shell::Posix, &["--norc", "-c", sh]),
        ("bash", Shell::Posix, &["--norc", "--posix", "-euc", sh]),
        ("bash", Shell::Posix, &["--norc", "-H", "-c", "source ./assignments; env -0"]),
        ("dash", Shell::Posix, &["-euc", sh]),
        ("zsh", Shell::Posix, &["-fc", sh]),
        ("zsh", Shell::Posix, &["-fc", r#"setopt rc_quotes ksh_glob; eval "$(cat assignments)"; env -0"#]),
        ("fish", Shell::Fish, &["--no-config", "-c", "cat assignments | source; env -0"]),
        ("fish", Shell::Fish, &["--no-config", "-c", "eval (cat assignments); env -0"]),
        ("fish", Shell::Fish, &["--no-config", "-c", "eval (cat assignments | string collect); env -0"]),
        ("tcsh", Shell::Tcsh, &["-fc", "eval `cat assignments`; env -0"]),
    ];
    if !need::all(&["bash", "dash", "zsh", "fish", "tcsh"].map(Need::Program)) {
        return;
    }
    let env = TestEnv::new("p0");
    let mut random = StdRng::seed_from_u64(4);
    let mut samples: Vec<[String; 3]> =
        PIECES.chunks(3).map(|chunk| [0, 1, 2].map(|at| chunk.get(at).unwrap_or(&"").to_string())).collect();
    samples.extend((0..25).map(|_| [(); 3].map(|()| hostile(&mut random))));
    for sample in samples {
        let credentials = credentials(&sample[0], &sample[1], &sample[2]);
        for (program, shell, args) in shells {
            let text = rendered(&credentials, Format::Env(shell));
            let seen = evaluated(&env, program, args, &text);
            let value = |name: &str| seen.get(name).map(String::as_str);
            for (name, expected) in variables(&credentials) {
                assert_eq!(value(name), Some(expected.expose_secret()), "{program} {args:?} of {name}\n{text}");
            }
            for name in OVERRIDING {
                assert_eq!(value(name), None, "{program} keeps {name}");
            }
        }
    }
}

/// `$(p0 …)` without `eval` cannot unset anything.
#[test]
fn unquoted_substitutions_set_ordinary_credentials() {
    if !need::all(&["bash", "dash", "zsh"].map(Need::Program)) {
        return;
    }
    let env = TestEnv::new("p0");
    for program in ["bash", "dash", "zsh"] {
        for (script, profile) in [("eval $(cat assignments); env -0", None), ("$(cat assignments); env -0", Some("x"))]
        {
            let seen = evaluated(&env, program, &["-c", script], &rendered(&ordinary(), Format::Env(Shell::Posix)));
            for (name, expected) in variables(&ordinary()) {
                let value = seen.get(name).map(String::as_str);
                assert_eq!(value, Some(expected.expose_secret()), "{program}: {script}: {name}");
            }
            assert_eq!(seen.get("AWS_PROFILE").map(String::as_str), profile, "{program}: {script}");
        }
    }
}

#[test]
fn posix_lines_have_no_quotes_where_the_value_needs_none() {
    let expected = "export AWS_ACCESS_KEY_ID=ASIAEXAMPLE\n\
                    export AWS_SECRET_ACCESS_KEY=wJalr/K7M+G\n\
                    export AWS_SESSION_TOKEN=FwoG/x+y==\n\
                    export AWS_SECURITY_TOKEN=FwoG/x+y==\n\
                    export AWS_CREDENTIAL_EXPIRATION=2026-03-04T05:06:07Z\n\
                    export AWS_REGION=eu-west-1\n\
                    export AWS_DEFAULT_REGION=eu-west-1\n";
    let nothing_to_unset = render(&ordinary(), Format::Env(Shell::Posix), &[]).expect("text");
    assert_eq!(nothing_to_unset.expose_secret(), expected);
    let with_profile = rendered(&ordinary(), Format::Env(Shell::Posix));
    assert_eq!(with_profile, format!("{expected}export _=;\nunset AWS_PROFILE\nunset AWS_DEFAULT_PROFILE\n"));
    let without_region = Credentials { region: None, ..ordinary() };
    assert!(!rendered(&without_region, Format::Env(Shell::Posix)).contains("REGION"));
}

/// `source` has the status of the last command that it reads.
#[test]
fn fish_and_tcsh_end_with_status_0_whether_or_not_a_profile_is_set() {
    if !need::all(&["fish", "tcsh"].map(Need::Program)) {
        return;
    }
    let env = TestEnv::new("p0");
    for (program, shell, args) in [
        ("fish", Shell::Fish, ["--no-config", "-c", "cat assignments | source; and not env | grep AWS_PROFILE"]),
        ("tcsh", Shell::Tcsh, ["-f", "-c", "eval `cat assignments` && sh -c '! env | grep AWS_PROFILE'"]),
    ] {
        env.write("assignments", &rendered(&ordinary(), Format::Env(shell)));
        env.run(program).args(args).run().success();
        env.run(program).args(args).env("AWS_PROFILE", "x").run().success();
    }
}

/// The first line, which sets `AWS_ACCESS_KEY_ID` to this.
fn line(shell: Shell, value: &str) -> Result<String, Unwritable> {
    let text = render(&credentials(value, "", ""), Format::Env(shell), &OVERRIDING)?;
    Ok(text.expose_secret().lines().next().expect("a line").to_owned())
}

#[test]
fn powershell_by_its_rules() {
    let of = |value: &str| line(Shell::Powershell, value).expect("text");
    assert_eq!(of("a$b`c\"d"), "$env:AWS_ACCESS_KEY_ID = 'a$b`c\"d';");
    assert_eq!(of("it's"), "$env:AWS_ACCESS_KEY_ID = 'it''s';");
    // Typographic quotes are quotes.
    assert_eq!(of("‘’‚‛"), "$env:AWS_ACCESS_KEY_ID = '‘‘’’‚‚‛‛';");
    // The first operand is a text, so that `+` joins texts.
    assert_eq!(of("\n; calc"), "$env:AWS_ACCESS_KEY_ID = '' + [char]10 + '; calc';");
    let all = rendered(&ordinary(), Format::Env(Shell::Powershell));
    assert!(all.ends_with("$env:AWS_DEFAULT_PROFILE = $null;\n"), "{all}");
}

#[test]
fn cmd_by_its_rules() {
    assert_eq!(line(Shell::Cmd, "a b/c+d='e").expect("text"), "set \"AWS_ACCESS_KEY_ID=a b/c+d='e\"");
    for value in ["\"", "%PATH%", "!x!", "a^b", "a&b", "a|b", "<", ">", "a\nb", "é", "\t"] {
        let error = line(Shell::Cmd, value).expect_err(value);
        assert_eq!(error.to_string(), "the value of AWS_ACCESS_KEY_ID cannot be written for cmd");
    }
    let all = rendered(&ordinary(), Format::Env(Shell::Cmd));
    assert!(all.ends_with("set \"AWS_DEFAULT_PROFILE=\"\n"), "{all}");
}

#[test]
fn nushell_gets_a_record_whatever_is_in_it() {
    let text = rendered(&credentials("a\"'\n$(x)", "s", "t"), Format::Env(Shell::Nushell));
    let record: BTreeMap<String, String> = serde_json::from_str(&text).expect("a record");
    assert_eq!(record["AWS_ACCESS_KEY_ID"], "a\"'\n$(x)");
    assert_eq!(text.lines().count(), 1);
}

#[test]
fn no_environment_holds_a_nul() {
    for shell in [Shell::Posix, Shell::Fish, Shell::Tcsh, Shell::Powershell, Shell::Cmd, Shell::Nushell] {
        assert!(line(shell, "a\0b").is_err(), "{shell:?}");
    }
    assert!(render(&credentials("a\0b", "", ""), Format::Dotenv, &[]).is_err());
}

#[test]
fn a_dotenv_file_quotes_only_what_needs_it() {
    let text = rendered(&credentials("AS'IA\n$x\"\\", "a b#c$d", "FwoG/x+y=="), Format::Dotenv);
    assert_eq!(
        text,
        "AWS_ACCESS_KEY_ID=\"AS'IA\\n\\$x\\\"\\\\\"\nAWS_SECRET_ACCESS_KEY='a b#c$d'\nAWS_SESSION_TOKEN=FwoG/x+y==\n\
         AWS_SECURITY_TOKEN=FwoG/x+y==\nAWS_CREDENTIAL_EXPIRATION=2026-03-04T05:06:07Z\nAWS_REGION=eu-west-1\nAWS_DEFAULT_REGION=eu-west-1\n"
    );
}

#[test]
fn documents() {
    let of = |format| serde_json::from_str::<serde_json::Value>(&rendered(&ordinary(), format)).expect("json");
    assert_eq!(
        of(Format::CredentialProcess),
        json!({"Version": 1, "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "wJalr/K7M+G", "SessionToken": "FwoG/x+y==",
               "Expiration": "2026-03-04T05:06:07Z", "AccountId": "111122223333"})
    );
    assert_eq!(
        of(Format::Json),
        json!({"accessKeyId": "ASIAEXAMPLE", "secretAccessKey": "wJalr/K7M+G", "sessionToken": "FwoG/x+y==",
               "expiration": "2026-03-04T05:06:07Z", "accountId": "111122223333", "region": "eu-west-1"})
    );
    assert!(!format!("{:?}", render(&ordinary(), Format::Json, &[])).contains("wJalr"));
}
