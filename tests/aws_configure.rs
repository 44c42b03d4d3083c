//! `p0 aws configure`: what it does to the configuration of the AWS CLI, and what the AWS CLI makes of it.

use crate::harness::env;
use p0_testkit::{
    Disk, Invocation, Output, TestEnv,
    need::{self, Need},
};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
};

/// The AWS CLI, which test.sh installs.
const AWS: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../python/bin/aws");

/// Gives credentials in the place of p0, and notes how it was called.
const STAND_IN: &str = r#"#!/bin/sh
printf '%s\n' "P0_ENV=$P0_ENV" "$@" > "$HOME/called"
echo '{"Version": 1, "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "hush", "SessionToken": "t", "Expiration": "2099-01-01T00:00:00Z"}'
"#;

struct Home(TestEnv);

impl Home {
    fn new() -> Self {
        let mut env = env();
        env.set("P0_ORG", "example").unset("P0_APP_URL");
        Self(env)
    }

    fn file(&self) -> PathBuf {
        self.0.home_dir().join(".aws/config")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    fn configure<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Invocation {
        self.0.p0(["aws", "configure"]).args(args)
    }

    fn aws(&self, line: &str) -> Invocation {
        self.0.run(AWS).args(line.split(' '))
    }

    /// It is refused with this code and text, and the file stays as it is.
    #[track_caller]
    fn refuses<'a>(&self, args: impl IntoIterator<Item = &'a str>, code: i32, text: &str) -> Output {
        let before = fs::read(self.file()).ok();
        let output = self.configure(args).run().code(code).stderr_has(text);
        assert_eq!(fs::read(self.file()).ok(), before);
        output
    }
}

#[test]
fn a_profile_is_written_shown_and_removed() {
    let home = Home::new();
    let file = home.file();
    home.0.write(&file, "# mine\n[default]\r\nregion=us-east-1 ; near\n");
    let said = format!(
        "The account was not checked: You are not signed in to example.\n\
         Profile Developer written to {}. Use it with: aws --profile Developer …\n",
        file.display()
    );
    home.configure(["role", "Developer"]).run().success().stderr_is(&said);
    let program = home.0.program().display().to_string();
    assert_eq!(
        home.text(),
        format!(
            "# mine\n[default]\r\nregion=us-east-1 ; near\n\n[profile Developer]\n\
             credential_process = {program} --org example aws credential-process role Developer\n"
        )
    );
    let document =
        home.configure(["role", "Developer", "--region", "eu-west-1", "--json", "-q"]).run().success().json();
    assert_eq!(document["profile"], "Developer");
    assert_eq!(document["accountId"], serde_json::Value::Null);
    assert_eq!(document["file"], file.to_string_lossy().as_ref());
    assert!(home.text().ends_with("role Developer\nregion = eu-west-1\n"), "{}", home.text());
    let said = format!("Profile Developer removed from {}.\n", file.display());
    home.configure(["--remove", "--profile", "Developer"]).run().success().stderr_is(&said);
    assert_eq!(home.text(), "# mine\n[default]\r\nregion=us-east-1 ; near\n");
    home.refuses(["--remove", "--profile", "Developer"], 1, "it has no profile 'Developer'")
        .stderr_has("aws configure list-profiles");
    assert_eq!(home.0.files_with(b"profile"), Vec::<PathBuf>::new());
}

#[test]
fn the_aws_cli_calls_what_the_profile_names_word_for_word() {
    if !need::all(&[Need::File(AWS)]) {
        return;
    }
    let home = Home::new();
    // Where `PATH` finds p0, as after an installation.
    let installed = home.0.bin_dir().join("p0");
    symlink(home.0.program(), &installed).unwrap();
    let reason = r#"it's "on call" $HOME `id` ;  # 100% \ é"#;
    home.configure(["permission-set", "Read Only", "--profile", "team/x@1", "--region", "eu-west-1"])
        .args(["--account", "the production", "--reason", reason])
        .env("P0_ENV", "staging")
        .run()
        .success()
        .stderr_has("Profile team/x@1 written");
    assert!(home.text().contains(&installed.display().to_string()), "{}", home.text());
    fs::remove_file(&installed).unwrap();
    home.0.tool("p0", STAND_IN);
    // Signed with the credentials, and in the region, of the profile.
    let signed = "rds generate-db-auth-token --hostname db.example.com --port 5432 --username u --profile team/x@1";
    let signed = home.aws(signed).run().success();
    assert!(signed.stdout().contains("X-Amz-Credential=ASIAEXAMPLE%2F"), "{signed}");
    assert!(signed.stdout().contains("%2Feu-west-1%2Frds-db%2F"), "{signed}");
    let called = fs::read_to_string(home.0.home_dir().join("called")).unwrap();
    let expected = format!(
        "P0_ENV=staging\n--org\nexample\naws\ncredential-process\npermission-set\nRead Only\n--account=the production\n\
         --reason={reason}\n"
    );
    assert_eq!(called, expected);
    home.aws("configure get region --profile team/x@1").run().success().stdout_is("eu-west-1\n");
}

#[test]
fn two_writers_at_once_and_ten_more_lose_nothing() {
    let home = Home::new();
    home.0.write(home.file(), "[default]\nregion = us-east-1\n");
    let names: Vec<String> = (0..12).map(|n| format!("profile-{n}")).collect();
    let running: Vec<_> =
        names.iter().map(|name| home.configure(["-q", "role", "Developer", "--profile", name]).spawn()).collect();
    for running in running {
        running.finish().success();
    }
    let text = home.text();
    assert!(text.starts_with("[default]\nregion = us-east-1\n\n[profile "), "{text}");
    for name in &names {
        assert_eq!(text.matches(&format!("[profile {name}]\ncredential_process = ")).count(), 1, "{text}");
    }
    assert_eq!(text.lines().count(), 2 + 3 * names.len(), "{text}");
    let left: Vec<_> = fs::read_dir(home.0.home_dir().join(".aws")).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn a_file_that_the_aws_cli_cannot_read_is_left_untouched() {
    let home = Home::new();
    for (text, complaint) in [
        (&b"[default]\nregion = x\n<<<<<<< HEAD\n"[..], "line 3 is neither a section, a setting nor a comment"),
        (b"region = x\n", "line 1 is neither"),
        (b"[default\n", "line 1 is neither"),
        (b"[profile d]\n[profile d]\n", "line 2 repeats the section [profile d] of line 1"),
        (b"[profile d]\n[profile \"d\"]\n", "it has the profile 'd' twice"),
        (b"[default]\nregion = \xff\xfe\n", "it is not UTF-8 text, from byte 19 on"),
    ] {
        home.0.write(home.file(), "");
        fs::write(home.file(), text).unwrap();
        home.refuses(["role", "d"], 1, complaint).stderr_has("\n  ");
        home.refuses(["role", "d", "--force"], 1, complaint);
        home.refuses(["--remove", "--profile", "d", "--force"], 1, complaint);
    }
    let document = home.configure(["role", "d", "--json", "-q"]).run().code(1).json();
    assert_eq!(document["exitCode"], 1);
}

#[test]
fn a_read_only_home_and_a_full_one_are_told_and_nothing_is_lost() {
    if !need::all(&[Need::Root, Need::Program("mount")]) {
        return;
    }
    let home = Home::new();
    let disk = Disk::small(home.0.home_dir());
    home.0.write(home.file(), "[default]\nregion = x\n");
    disk.fill();
    home.refuses(["role", "Developer"], 1, "Cannot write")
        .stderr_has("No space left on device")
        .stderr_has("Nothing was changed.");
    disk.free();
    disk.make_read_only();
    home.refuses(["role", "Developer"], 1, "Read-only file system")
        .stderr_has("Make the file and its directory writable, or name another file.");
    // Another file can be named.
    let elsewhere = home.0.work_dir().join("config");
    home.configure(["-q", "role", "Developer"]).env("AWS_CONFIG_FILE", &elsewhere).run().success();
    assert!(fs::read_to_string(elsewhere).unwrap().starts_with("[profile Developer]\n"));
    drop(disk);
    let disk = Disk::small(home.0.home_dir());
    disk.make_read_only();
    home.refuses(["role", "Developer"], 1, "Read-only file system");
}

#[test]
fn links_and_modes_are_kept() {
    let home = Home::new();
    let real = home.0.write("dotfiles/aws", "[default]\nregion = x\n");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    fs::create_dir(home.0.home_dir().join(".aws")).unwrap();
    symlink(&real, home.file()).unwrap();
    home.configure(["-q", "role", "Developer"]).run().success();
    assert!(home.file().symlink_metadata().unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().contains("[profile Developer]"));
    assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    let other = Home::new();
    other.configure(["-q", "role", "Developer"]).run().success();
    assert_eq!(other.file().metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn aws_config_file_names_another_file_but_no_device() {
    let home = Home::new();
    home.configure(["-q", "role", "Developer"]).env("AWS_CONFIG_FILE", "~/else/where").run().success();
    assert!(home.0.home_dir().join("else/where").try_exists().unwrap());
    home.configure(["-q", "role", "Developer"])
        .env("AWS_CONFIG_FILE", "/dev/null")
        .run()
        .code(1)
        .stderr_is("Error: Cannot read /dev/null: it is not a regular file\n  Nothing was changed.\n");
    assert!(!home.file().try_exists().unwrap());
}

#[test]
fn somebody_elses_profile_needs_force() {
    let home = Home::new();
    home.0.write(home.file(), "[profile work]\nsso_session = corp\noutput = json\n");
    home.refuses(["role", "Developer", "--profile", "work"], 1, "it has a profile 'work' that p0 did not write")
        .stderr_has("--force");
    home.refuses(["--remove", "--profile", "work"], 1, "that p0 did not write");
    home.configure(["-q", "role", "Developer", "--profile", "work", "--force"]).run().success();
    assert!(home.text().ends_with("role Developer\noutput = json\n"), "{}", home.text());
}

#[test]
fn credentials_of_the_same_name_are_warned_of_and_never_touched() {
    let home = Home::new();
    let credentials = home.0.write(home.0.home_dir().join(".aws/credentials"), "[work]\naws_access_key_id = AKIA\n");
    home.configure(["-q", "role", "Developer", "--profile", "work"])
        .run()
        .success()
        .stderr_has("Warning: ")
        .stderr_has("has credentials for work as well, and the AWS CLI prefers those");
    assert_eq!(fs::read_to_string(credentials).unwrap(), "[work]\naws_access_key_id = AKIA\n");
}

#[test]
fn what_cannot_stand_in_the_file_is_refused() {
    let home = Home::new();
    for name in ["", "x]", "x\n[default]", "a b", "\"", "'", "#", "é", "$(id)"] {
        home.refuses(
            ["role", "R", "--profile", name],
            64,
            "cannot be the name of a profile: the name of a profile consists of",
        )
        .lacks("\n[default]");
    }
    home.refuses(["role", "a role"], 64, "Give the profile another name with: --profile NAME");
    home.refuses(["role", "R", "--reason", "a\nrole_arn = x"], 64, "cannot stand in the configuration of the AWS CLI");
    home.refuses(["role", "a\nb", "--profile", "x"], 64, "'a\\nb' cannot stand in the configuration");
    home.refuses(["role", "R", "--region", "x\noutput = json"], 64, "is not an AWS region.").stderr_has("eu-west-1");
    home.refuses(["role", "", "--profile", "x"], 64, "'' is not the name of anything at AWS.");
    home.refuses(["role"], 64, "<NAME>");
    home.refuses(["group", "x"], 64, "[possible values: role, permission-set]");
    home.refuses(["--remove"], 64, "--profile <PROFILE>");
    home.refuses(["--remove", "--profile", "x", "role", "y"], 64, "cannot be used with");
    home.configure(["role", "R"]).env_remove("P0_ORG").run().code(64).stderr_has("No organisation is chosen.");
    assert!(!home.file().try_exists().unwrap());
}

#[test]
fn profile_needs_no_variable_that_was_set_when_it_was_written() {
    if !need::all(&[Need::File(AWS)]) {
        return;
    }
    let home = Home::new();
    let installed = home.0.bin_dir().join("p0");
    symlink(home.0.program(), &installed).unwrap();
    let token = home.0.write("private/a token", "e30.e30.secret");
    let configure = home.configure(["-q", "role", "R", "--token-file", "private/a token"]);
    let configure = configure.env("P0_HOME", home.0.work_dir().join("p0 home")).env("P0_ENV", "staging");
    configure.env("P0_APP_URL", "http://127.0.0.1:9").run().success();
    assert!(!home.text().contains("secret"), "{}", home.text());
    fs::remove_file(&installed).unwrap();
    home.0.tool("p0", &STAND_IN.replace("\"P0_ENV=$P0_ENV\"", "\"$P0_HOME\" \"$P0_ENV\" \"$P0_APP_URL\""));
    let signed =
        "rds generate-db-auth-token --hostname db.example.com --port 1 --username u --profile R --region eu-west-1";
    home.aws(signed).run().success().ignore_stdout();
    let called = fs::read_to_string(home.0.home_dir().join("called")).unwrap();
    let work = home.0.work_dir().display().to_string();
    let expected = format!(
        "{work}/p0 home\nstaging\nhttp://127.0.0.1:9\n--org\nexample\n--token-file\n{}\naws\ncredential-process\nrole\nR\n",
        token.display()
    );
    assert_eq!(called, expected);
}

#[test]
fn token_of_the_environment_is_not_written_and_that_is_said() {
    let home = Home::new();
    home.configure(["role", "R"])
        .env("P0_API_TOKEN", "e30.e30.secret")
        .run()
        .success()
        .stderr_has("The token of this run is not stored. Set P0_API_TOKEN where the credentials are used");
    assert_eq!(home.0.files_with(b"secret"), Vec::<PathBuf>::new());
}

#[test]
fn failed_configure_leaves_no_file() {
    let home = Home::new();
    home.refuses(["--remove", "--profile", "x"], 1, "it has no profile 'x'");
    assert!(!home.file().parent().unwrap().try_exists().unwrap(), "not even a directory");
    if need::all(&[Need::Root, Need::Program("mount")]) {
        let disk = Disk::small(home.0.home_dir());
        fs::create_dir(home.file().parent().unwrap()).unwrap();
        disk.fill();
        home.refuses(["role", "R"], 1, "No space left on device");
        assert_eq!(fs::read_dir(home.file().parent().unwrap()).unwrap().count(), 0, "nothing is left behind");
    }
}

#[test]
fn file_that_cannot_be_changed_is_refused_before_the_service_is_asked() {
    let mut home = Home::new();
    let service = p0_testkit::StandIn::start([p0_testkit::Answer::status(500).done().repeated()]);
    home.0.set("P0_APP_URL", service.url().as_str().trim_end_matches('/')).set("P0_API_TOKEN", "e30.e30.x");
    home.0.write(home.file(), "[profile work]\noutput = json\n");
    home.refuses(["role", "R", "--profile", "work"], 1, "that p0 did not write");
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o444)).unwrap();
    home.refuses(["role", "R"], 1, "/.aws/config: it is read-only\n").stderr_has("Nothing was changed.");
    fs::remove_file(home.file()).unwrap();
    home.0.run("mkfifo").arg(home.file()).run().success();
    home.configure(["role", "R"])
        .run()
        .code(1)
        .stderr_has("Error: Cannot read ")
        .stderr_has(": it is not a regular file\n");
    fs::remove_file(home.file()).unwrap();
    fs::create_dir(home.file()).unwrap();
    home.configure(["role", "R"]).run().code(1).stderr_has(": it is not a regular file\n");
    assert!(service.requests().is_empty());
}

#[test]
fn mount_point_and_hard_link_are_written_in_place() {
    let home = Home::new();
    home.0.write(home.file(), "[default]\n");
    let outside = home.0.write("outside", "[profile x]\n");
    fs::hard_link(home.file(), home.0.work_dir().join("twin")).unwrap();
    home.configure(["-q", "role", "R"]).run().success();
    assert_eq!(fs::read_to_string(home.0.work_dir().join("twin")).unwrap(), home.text());
    if need::all(&[Need::Root, Need::Program("mount")]) {
        home.0.run("mount").arg("--bind").args([&outside, &home.file()]).run().success();
        let configured = home.configure(["-q", "role", "R"]).run();
        home.0.run("umount").arg(home.file()).run().success();
        configured.success();
        assert!(fs::read_to_string(&outside).unwrap().starts_with("[profile x]\n\n[profile R]\ncredential_process = "));
    }
}
