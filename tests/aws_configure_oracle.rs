//! `p0 aws configure` against botocore, which the AWS CLI and boto3 read their configuration with: p0 changes the files that
//! it reads, refuses those that it rejects, and changes no other profile.

use crate::harness::env;
use p0_testkit::{
    TestEnv,
    need::{self, Need},
};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Python with botocore, which test.sh installs.
const PYTHON: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../python/bin/python");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/profiles.py");

/// Files that have been written by hand, by editors and by accident.
const FILES: &[&[u8]] = &[
    b"",
    b"\n\n",
    b"# only a comment",
    b"[default]\nregion = x\n",
    b"[default]\r\nregion = x\r\n",
    b"[default]\rregion = x\r",
    b"[default] text\nregion = x\n",
    b"[default]# [x]\nregion = x\n",
    b"[profile a] ; it's mine\nregion = x\n",
    b"[profile a]]\n",
    b"[[profile a]\n",
    b"[ profile a ]\nregion = x\n",
    b"[profile a]\n[profile a]\n",
    b"[profile a]\n[profile \"a\"]\n",
    b"[profile a]\n[profile a ]\n",
    b"[profile a]\nregion = x\nregion = y\n",
    b"[profile a]\nregion = x\nREGION : y\n",
    b"[profile a]\nregion = x\n[profile b]\nregion = y\n",
    b"[DEFAULT]\na = 1\n[DEFAULT]\nb = 1\n",
    b"[DEFAULT]\na = 1\n[DEFAULT]\na = 1\n",
    b"[profile a]\ns3 =\n  max = 1\n  other=2\n",
    b"[profile a]\ns3 =\n  max 1\n",
    b"[profile a]\ns3 =\n\n  # note\n  max = 1\n",
    b"[profile a]\ns3 = x\n  max 1\n",
    b"[profile a]\n  s3 =\n    max = 1\n  region = x\n",
    b"  [profile a]\n  region = x\n output = json\n",
    b"[profile a]\n= x\n",
    b"[profile a]\n: x\n",
    b"[profile a]\nregion\n",
    b"[profile a]\n region\n",
    b"[profile a]\n<<<<<<< HEAD\n",
    b"[profile a]\nregion = x\n  <<<<<<< HEAD\n",
    b"region = x\n[default]\n",
    b"[default\nregion = x\n",
    b"[default\n",
    b"[a]\n[b = c\n",
    b"[]\n",
    b"[] ]\na = b\n",
    b"[profile \"a\nregion = x\n",
    b"[profile 'a b']\nregion = x\n",
    b"[profile a\\ b]\nregion = x\n",
    b"[profile]\nregion = x\n",
    b"[profilex a]\nregion = x\n",
    b"[default]\nregion = \xff\xfe\n",
    b"# caf\xe9\n[default]\n",
    b"# caf\xc3\xa9\n[default]\n",
    b"\xef\xbb\xbf[default]\n",
    b"\xff\xfe[\0d\0]\0",
    b"[default]\n\0\0\0\0",
    b"[default]\n\0=\0\n",
    b"[default]\nregion = x\x0b y\n\x0bz = 1\n",
    b"[default]\nregion = x\xc2\x85y\n\xc2\xa0z = 1\n",
    b"[default]\ns3 =\n  a=1\xe2\x80\xa8b\n",
    b"[default]\n\x1cregion = x\x1f\n",
    b"[default]\n\xc3\x89 = 1\n\xc3\xa9 = 2\n",
    b"{\"json\": true}\n",
];

/// Pieces of lines, which are put together in many ways.
const PIECES: &[&str] = &[
    "[profile a]",
    "[default]",
    "[profile \"b\"]",
    "[DEFAULT]",
    "[sso-session a]",
    "[",
    "]",
    "region",
    "Region",
    "s3",
    "=",
    " = ",
    ":",
    " ",
    "  ",
    "\t",
    "#",
    ";",
    "x",
    "\n",
    "\n",
    "\n",
    "\r\n",
    "\r",
    "\n  ",
    "\n = ",
    "output=json\n",
];

/// As many texts of such pieces, the same in every run.
fn texts(count: usize) -> Vec<Vec<u8>> {
    let mut state: u64 = 11;
    let mut next = |below: usize| {
        // Knuth's MMIX generator.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut texts = Vec::new();
    for _ in 0..count {
        let length = 1 + next(14);
        let pieces = (0..length).map(|_| PIECES[next(PIECES.len())]);
        texts.push(["[profile z]\n", &pieces.collect::<String>()].concat().into_bytes());
    }
    texts
}

/// What botocore makes of these files; `null` for one that it rejects.
fn botocore(env: &TestEnv, files: &[PathBuf]) -> Value {
    env.run(PYTHON).arg(SCRIPT).args(files).run().success().json()
}

fn of<'a>(found: &'a Value, file: &Path) -> &'a Value {
    &found[file.to_str().unwrap()]
}

#[test]
fn files_are_accepted_as_botocore_accepts_them() {
    if !need::all(&[Need::File(PYTHON)]) {
        return;
    }
    let mut env = env();
    env.set("P0_ORG", "example").unset("P0_APP_URL");
    let texts: Vec<Vec<u8>> = FILES.iter().map(|text| text.to_vec()).chain(texts(150)).collect();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (n, text) in texts.iter().enumerate() {
        let [old, new] = ["before", "after"].map(|name| env.write(format!("{name}/{n}"), ""));
        fs::write(&old, text).unwrap();
        fs::write(&new, text).unwrap();
        before.push(old);
        after.push(new);
    }
    let found = botocore(&env, &before);
    let mut changed = Vec::new();
    for (file, text) in after.iter().zip(&texts) {
        let shown = String::from_utf8_lossy(text).into_owned();
        let accepted = !of(&found, &before[changed.len()]).is_null();
        let output = env.p0(["aws", "configure", "-q", "role", "R", "--profile", "new"]);
        let output = output.env("AWS_CONFIG_FILE", file).run();
        match accepted {
            true => drop(output.code(0)),
            false => {
                drop(output.code(1).stderr_has(" was not changed: ").stderr_has("The AWS CLI cannot read it either."))
            }
        }
        let now = fs::read(file).unwrap();
        assert!(now.starts_with(text) && (accepted || now == *text), "{shown:?}");
        changed.push(file.clone());
    }
    let accepted = found.as_object().unwrap().values().filter(|profiles| !profiles.is_null()).count();
    assert!((60..texts.len() - 40).contains(&accepted), "{accepted} of {}", texts.len());
    let now = botocore(&env, &changed);
    for (old, new) in before.iter().zip(&changed) {
        let Some(profiles) = of(&found, old).as_object() else { continue };
        let mut profiles_now = of(&now, new).as_object().unwrap_or_else(|| panic!("{}", new.display())).clone();
        let written = profiles_now.remove("new").unwrap();
        assert!(
            written["credential_process"].as_str().unwrap().ends_with("aws credential-process role R"),
            "{written}"
        );
        assert_eq!(&profiles_now, profiles, "{:?}", fs::read_to_string(new));
    }
}

#[test]
fn profile_that_is_written_again_is_what_botocore_finds() {
    if !need::all(&[Need::File(PYTHON)]) {
        return;
    }
    let mut env = env();
    env.set("P0_ORG", "example").unset("P0_APP_URL");
    let texts = [
        "[profile a]\nregion = x\n",
        "[profile a] text\nregion = x\n",
        "  [profile a]\n  credential_process = p0 aws credential-process role Old\n  region = x\n",
        "[ profile a ]\nrole_arn = x\n",
        "[profile a] [x]\nregion = x\n",
        "[profile \"a\"]\n\tregion = x\n\ts3 =\n\t\tmax = 1\n",
        "[profile a]\ncredential_process =\n  p0 = aws credential-process\noutput = json\n",
        "[profile a]\rregion = x\routput = json",
    ];
    let files: Vec<PathBuf> = texts.iter().enumerate().map(|(n, text)| env.write(format!("{n}"), text)).collect();
    for file in &files {
        let configure =
            env.p0(["aws", "configure", "-q", "role", "R", "--profile", "a", "--force", "--region", "eu-west-1"]);
        configure.env("AWS_CONFIG_FILE", file).run().success();
    }
    let found = botocore(&env, &files);
    for (file, text) in files.iter().zip(texts) {
        let profile = &of(&found, file)["a"];
        let process = profile["credential_process"].as_str().unwrap_or_else(|| panic!("{text:?}: {found}"));
        assert!(process.ends_with("p0 --org example aws credential-process role R"), "{process}");
        assert_eq!(profile["region"], "eu-west-1", "{text:?}");
        assert!(profile.get("role_arn").is_none(), "{text:?}");
    }
}
