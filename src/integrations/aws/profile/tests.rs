use super::*;
use p0_testkit::{
    TestEnv,
    need::{self, Need},
};

fn name(name: &str) -> ProfileName {
    name.parse().expect("a name")
}

const OURS: &str = "/usr/bin/p0 --org example aws credential-process role Developer";

fn written(configuration: &str, profile: &str, region: Option<&str>) -> Result<String, ProfileError> {
    write(configuration, Profile { name: &name(profile), process: OURS, region }, false)
}

fn forced(configuration: &str, profile: &str) -> String {
    write(configuration, Profile { name: &name(profile), process: OURS, region: Some("eu-west-1") }, true)
        .expect("written")
}

/// With all that such a file may have.
const FULL: &str = "# mine\n\n[default]\nregion=us-east-1   ; near\n\n[profile  \"my own\"]\n  role_arn = arn:aws:iam::1:role/x\n\
                    \x20 source_profile = default\ns3 =\n  max_concurrent_requests = 20\n\n[sso-session corp]\nsso_region: eu-west-1\n\
                    # the end, without a line end";

#[test]
fn a_new_profile_stands_at_the_end_and_nothing_else_changes() {
    let new = written(FULL, "dev", Some("eu-west-1")).expect("written");
    let expected = format!("{FULL}\n\n[profile dev]\ncredential_process = {OURS}\nregion = eu-west-1\n");
    assert_eq!(new, expected);
    assert_eq!(written("", "dev", None).expect("written"), format!("[profile dev]\ncredential_process = {OURS}\n"));
    assert_eq!(written("", "default", None).expect("written"), format!("[default]\ncredential_process = {OURS}\n"));
    let windows = "[default]\r\nregion = x\r\n";
    assert_eq!(
        written(windows, "dev", None).expect("written"),
        format!("{windows}\r\n[profile dev]\r\ncredential_process = {OURS}\r\n")
    );
}

#[test]
fn removing_undoes_writing_byte_for_byte() {
    for before in ["", "\n", "[default]\nregion = x\n", "[default]\r\nregion = x\r\n\r\n", "# only a comment\n\n\n"] {
        let new = written(before, "dev", Some("eu-west-1")).expect("written");
        assert_eq!(remove(&new, &name("dev"), false).expect("removed"), before, "{before:?}");
    }
    let between = format!(
        "[default]\na = 1\n\n[profile dev]\ncredential_process = {OURS}\n\n# of the next\n[profile z]\nb = 2\n"
    );
    assert_eq!(
        remove(&between, &name("dev"), false).expect("removed"),
        "[default]\na = 1\n\n# of the next\n[profile z]\nb = 2\n"
    );
}

#[test]
fn what_p0_wrote_is_written_anew_where_it_stands() {
    let before = "[profile dev] # for work\n; a note\noutput = json\ncredential_process = /old/p0 aws credential-process \
                  role Old\nregion = us-east-1\n\n[profile z]\nb = 2\n";
    assert_eq!(
        written(before, "dev", None).expect("written"),
        format!(
            "[profile dev] # for work\ncredential_process = {OURS}\n; a note\noutput = json\nregion = us-east-1\n\n\
             [profile z]\nb = 2\n"
        )
    );
    let twice = written(&written("", "dev", Some("a")).expect("written"), "dev", Some("b")).expect("written again");
    assert_eq!(twice, format!("[profile dev]\ncredential_process = {OURS}\nregion = b\n"));
    // A header at the very end of the file.
    assert_eq!(
        forced("[profile dev]", "dev"),
        format!("[profile dev]\ncredential_process = {OURS}\nregion = eu-west-1\n")
    );
}

#[test]
fn somebody_elses_profile_is_left_alone_unless_forced() {
    assert_eq!(written(FULL, "default", None), Err(ProfileError::Foreign(name("default"))));
    assert_eq!(remove(FULL, &name("default"), false), Err(ProfileError::Foreign(name("default"))));
    assert_eq!(remove(FULL, &name("none"), true), Err(ProfileError::Absent(name("none"))));
    let other = "[profile x]\ncredential_process = /usr/bin/other-tool --role aws-credential-process\n";
    assert_eq!(written(other, "x", None), Err(ProfileError::Foreign(name("x"))));
    // What would go before the program goes away; the rest stays.
    assert_eq!(
        forced(
            "[profile x]\n# note\nrole_arn = a\nsource_profile = b\noutput = json\nregion = q\ns3 =\n  a = b\n",
            "x"
        ),
        format!("[profile x]\ncredential_process = {OURS}\nregion = eu-west-1\n# note\noutput = json\ns3 =\n  a = b\n")
    );
}

#[test]
fn profiles_are_found_however_they_are_written() {
    for header in ["[profile x]", "[profile \"x\"]", "[profile 'x'] ; y", "[ profile\tx ]", "[profile x] y [z]"] {
        let error = written(&format!("{header}\na = 1\n"), "x", None).expect_err(header);
        assert_eq!(error, ProfileError::Foreign(name("x")));
    }
    for other in ["[x]", "[profilex]", "[sso-session x]", "[profile x y]"] {
        written(&format!("{other}\na = 1\n"), "x", None).expect(other);
    }
    let twice = "[profile x]\na = 1\n[profile \"x\"]\nb = 1\n";
    assert_eq!(written(twice, "x", None), Err(ProfileError::Twice(name("x"))));
}

#[test]
fn what_the_aws_cli_cannot_read_is_not_touched() {
    for (text, line) in [
        ("region = x\n", 1),
        ("[default]\nregion = x\n<<<<<<< HEAD\n", 3),
        ("[default\nregion = x\n", 1),
        ("[default]\n= x\n", 2),
        ("[]\n", 1),
        ("[default]\n\0\0\0\0\n", 2),
        ("[default]\n a\n", 2),
        ("\u{feff}[default]\n", 1),
        ("{\"json\": true}\n", 1),
    ] {
        assert_eq!(written(text, "dev", None), Err(ProfileError::Corrupt { line }), "{text:?}");
        assert_eq!(remove(text, &name("dev"), true), Err(ProfileError::Corrupt { line }), "{text:?}");
    }
}

#[test]
fn what_the_aws_cli_accepts_is_accepted() {
    for text in [
        "[default] x\n",
        "[default] # [x] y\n",
        "[default]\r[profile z]\rregion = x",
        "[default]\n\0=\n",
        "[a=b\u{a0}]\n\u{a0}region = x\n",
        "[DEFAULT]\na = 1\n[DEFAULT]\nb = 1\n",
        "[default]\n[a=1\n",
    ] {
        let new = written(text, "dev", None).unwrap_or_else(|error| panic!("{error}: {text:?}"));
        assert!(new.starts_with(text), "{new:?}");
    }
}

#[test]
fn repeated_sections_and_settings_are_refused_with_their_lines() {
    let why = |text| written(text, "dev", None).expect_err(text).to_string();
    assert_eq!(why("[a]\n\n[b]\n[a] x\n"), "line 4 repeats the section [a] of line 1");
    assert_eq!(why("[a]\nRegion=x\nregion : y\n"), "line 3 repeats the setting 'region' of the section [a]");
    assert_eq!(why("[DEFAULT]\na=1\n[DEFAULT]\nA=1\n"), "line 4 repeats the setting 'a' of the section [DEFAULT]");
    assert_eq!(why("[a]\ns3 =\n  max = 1\n  min 2\n"), "line 4, indented below 's3', is not written as 'name = value'");
}

#[test]
fn rewritten_setting_is_indented_like_the_next_one() {
    let before = format!("  [profile dev]\n  credential_process = {OURS} x\n  output = json\n    more\n");
    assert_eq!(
        written(&before, "dev", Some("eu-west-1")).expect("written"),
        format!("  [profile dev]\n  credential_process = {OURS}\n  region = eu-west-1\n  output = json\n    more\n")
    );
}

#[test]
fn forced_header_that_the_aws_cli_does_not_find_is_rewritten() {
    for header in ["[ profile x ]", "[profile x] y [z]"] {
        assert_eq!(
            forced(&format!("{header}\noutput = json\n"), "x"),
            format!("[profile x]\ncredential_process = {OURS}\nregion = eu-west-1\noutput = json\n")
        );
    }
}

#[test]
fn names_that_would_be_something_else_are_refused() {
    for good in ["dev", "default", "team/prod.eu-west-1", "a@b:c+d%e_f"] {
        good.parse::<ProfileName>().expect(good);
    }
    for bad in ["", "x]", "x\ny", "x\ry", "a b", "a\"", "a'", "a#b", "[x", "a=b", "é", "a\0", "$x", "`x`", "a\\b"] {
        assert_eq!(bad.parse::<ProfileName>(), Err(BadProfileName), "{bad:?}");
    }
    assert!("x".repeat(129).parse::<ProfileName>().is_err());
}

#[test]
fn long_lived_credentials_of_the_same_name_are_noticed() {
    let credentials = "[default]\naws_access_key_id = a\n [ dev ] # x\n";
    assert!(is_among_credentials(credentials, &name("dev")));
    assert!(!is_among_credentials(credentials, &name("de")));
    assert!(!is_among_credentials("nonsense\n[dev", &name("dev")));
}

const WORDS: [&str; 16] = [
    "/usr/bin/p0",
    "/opt/my tools/p0",
    "",
    "it's",
    "a \"b\"",
    "$HOME",
    "`id`",
    "$(id)",
    "a;b",
    "a ;b ; c",
    "#x",
    "a #b",
    "100% sure",
    "back\\slash\\",
    "*",
    "日本 é ’",
];

#[test]
fn the_line_is_taken_apart_into_the_same_words_by_everyone() {
    let line = command_line(WORDS, Quoting::Posix).expect("a line");
    assert!(!line.contains(" #") && !line.contains(" ;"), "the SDKs would see a comment: {line}");
    if !need::all(&[Need::Program("dash"), Need::Program("python3")]) {
        return;
    }
    let env = TestEnv::new("p0");
    let expected: String = WORDS.iter().map(|word| format!("{word}\0")).collect();
    env.run("dash").args(["-c", &format!("printf '%s\\0' {line}")]).run().success().stdout_is(&expected);
    // As botocore does it.
    let script = "import shlex, sys; sys.stdout.write(''.join(w + '\\0' for w in shlex.split(sys.argv[1])))";
    env.run("python3").args(["-c", script, &line]).run().success().stdout_is(&expected);
}

#[test]
fn what_cannot_stand_in_the_line_is_refused() {
    for word in ["a\nb", "a\rb", "a\tb", "\0", "\u{1b}[31m"] {
        let error = command_line([word], Quoting::Posix).expect_err(word);
        assert_eq!(error, Unquotable(word.to_owned()));
        assert!(!error.to_string().contains(char::is_control));
    }
    let windows = |word| command_line([word], Quoting::Windows);
    assert_eq!(windows(r"C:\p0\p0.exe").as_deref(), Ok(r"C:\p0\p0.exe"));
    assert_eq!(windows(r"C:\Program Files\p0.exe").as_deref(), Ok(r#""C:\Program Files\p0.exe""#));
    for word in ["%PATH%", "a\"b", "a & b", r"ends with a \", "a #b", "a|b"] {
        windows(word).expect_err(word);
    }
}
