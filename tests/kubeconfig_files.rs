//! The files that `p0 kubeconfig` changes: what it keeps of them, and what it refuses before it requests access.

use crate::kubeconfig::{Clusters, VIEW, here};
use p0_testkit::{
    Disk,
    need::{self, Need},
};
use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
};

const OWN: &str =
    "contexts: [{name: home, context: {}}]\nclusters: [{name: home}]\nusers: [{name: me}]\ncurrent-context: home\n";

impl Clusters {
    /// The set-up is refused with this text; nothing is requested and the file stays as it is.
    #[track_caller]
    fn refuses(&self, more: &[&str], text: &str) {
        let before = self.own().metadata().is_ok_and(|own| own.is_file()).then(|| fs::read(self.own()).unwrap());
        self.view(more).code(1).stdout_is("").stderr_has(text);
        assert_eq!(self.scene.requests().len(), 0, "access was requested");
        let after = self.own().metadata().is_ok_and(|own| own.is_file()).then(|| fs::read(self.own()).unwrap());
        assert_eq!(after, before);
        assert!(self.own().with_file_name("config.lock").symlink_metadata().is_err(), "the lock stays");
    }
}

#[test]
fn mode_and_links_stay() {
    let Some(clusters) = here() else { return };
    clusters.write_own(OWN);
    for mode in [0o640, 0o644, 0o600, 0o660] {
        fs::set_permissions(clusters.own(), fs::Permissions::from_mode(mode)).unwrap();
        clusters.view(&[]).success().ignore_stderr().ignore_stdout();
        assert_eq!(clusters.own().metadata().unwrap().permissions().mode() & 0o777, mode);
        clusters.p0(&["remove", "--all"]).run().success().ignore_stderr().ignore_stdout();
        assert_eq!(clusters.own().metadata().unwrap().permissions().mode() & 0o777, mode);
    }
    let twin = clusters.own().with_file_name("twin");
    fs::hard_link(clusters.own(), &twin).unwrap();
    clusters.view(&[]).success().ignore_stderr().ignore_stdout();
    assert!(fs::read_to_string(&twin).unwrap().contains(VIEW));
    assert_eq!(twin.metadata().unwrap().ino(), clusters.own().metadata().unwrap().ino());
    assert_eq!(clusters.scene.env.files_with(OWN.as_bytes()).len(), 0, "no copy is left behind");
}

#[test]
fn mount_point_is_written_in_place() {
    if !need::all(&[Need::Root, Need::Program("mount")]) {
        return;
    }
    let Some(clusters) = here() else { return };
    clusters.write_own("");
    let outside = clusters.scene.env.write("outside", OWN);
    let run =
        |program: &str, args: &[&std::ffi::OsStr]| drop(clusters.scene.env.run(program).args(args).run().success());
    run("mount", &["--bind".as_ref(), outside.as_os_str(), clusters.own().as_os_str()]);
    let set_up = clusters.view(&[]);
    let kubectl = clusters.kubectl("get pod web -o name").run();
    let inside = fs::read_to_string(&outside).unwrap();
    let removed = clusters.p0(&["remove", "--all"]).run();
    run("umount", &[clusters.own().as_os_str()]);
    set_up.success().ignore_stderr().stdout_is(&format!("{VIEW}\n"));
    kubectl.success().stdout_is("pod/web\n");
    assert!(inside.contains(VIEW), "{inside}");
    removed.success().ignore_stderr().stdout_is("");
    assert_eq!(fs::read_to_string(&outside).unwrap(), OWN);
}

#[test]
fn every_other_byte_of_a_json_kubeconfig_stays() {
    let Some(clusters) = here() else { return };
    let entry = r#"{"name":"home","cluster":{"server":"https://home.example.com"}}"#;
    let compact = format!(
        r#"{{"users":[{{"user":{{}},"name":"me"}}],"kind":"Config","x-own":[1,2.50,1e3],"clusters":[{entry}],"contexts":[{{"name":"home","context":{{"cluster":"home","user":"me"}}}}],"apiVersion":"v1","current-context":"home"}}"#
    );
    let pretty = compact.replace("],", "],\n\t").replace("[{", "[\n\t\t{").replace("}]", "}\n\t]");
    for text in [
        compact.clone(),
        format!("{compact}\n\n"),
        format!("\u{feff}{compact}\n"),
        pretty.clone(),
        pretty.replace('\n', "\r\n"),
        pretty.replace('\t', "  ") + "\n",
    ] {
        clusters.write_own(&text);
        clusters.kubectl("config current-context").run().success().stdout_is("home\n");
        clusters.view(&[]).success().ignore_stderr().ignore_stdout();
        let changed = clusters.read_own();
        serde_json::from_str::<serde_json::Value>(changed.trim_start_matches('\u{feff}')).expect("JSON");
        clusters.kubectl("get pod web -o name").run().success().stdout_is("pod/web\n");
        // Without what p0 has added, it is what it was.
        let mut rest = changed.as_str();
        let mut left = text.replacen(r#""current-context":"home""#, &format!(r#""current-context":"{VIEW}""#), 1);
        while let Some(next) = left.chars().next() {
            let at = rest.find(next).unwrap_or_else(|| panic!("{left:?} is missing in {changed}"));
            (rest, left) = (&rest[at + next.len_utf8()..], left.split_off(next.len_utf8()));
        }
        clusters.p0(&["remove", "--all"]).run().success().ignore_stderr().ignore_stdout();
        assert_eq!(clusters.read_own(), text);
    }
}

#[test]
fn file_that_cannot_be_written_is_refused_before_the_request() {
    let Some(clusters) = here() else { return };
    clusters.write_own(OWN);
    fs::set_permissions(clusters.own(), fs::Permissions::from_mode(0o444)).unwrap();
    clusters.refuses(&[], "/.kube/config is read-only.\n");
    fs::set_permissions(clusters.own(), fs::Permissions::from_mode(0o600)).unwrap();
    clusters.refuses(&["--context", "home"], "has clusters 'home' already, which p0 did not make.");
    clusters.write_own("x: &x []\nclusters: *x\n");
    clusters.refuses(&[], "its clusters are written in a way that cannot be changed here");
    let lock = clusters.own().with_file_name("config.lock");
    clusters.write_own(OWN);
    fs::write(&lock, "").unwrap();
    clusters.view(&[]).code(1).stdout_is("").stderr_has("is being written by another program");
    fs::remove_file(&lock).unwrap();
    // A directory that is a file.
    let kube = clusters.own();
    fs::remove_dir_all(kube.parent().unwrap()).unwrap();
    fs::write(kube.parent().unwrap(), "").unwrap();
    clusters.refuses(&[], "Error: Cannot ");
    assert_eq!(clusters.scene.requests().len(), 0);
}

#[test]
fn read_only_disk_is_noticed_before_the_request() {
    if !need::all(&[Need::Root, Need::Program("mount")]) {
        return;
    }
    let Some(clusters) = here() else { return };
    let disk = Disk::small(clusters.scene.env.home_dir());
    disk.make_read_only();
    clusters.refuses(&[], "/.kube/config is read-only.\n");
    drop(disk);
    let disk = Disk::small(clusters.scene.env.home_dir());
    clusters.write_own(OWN);
    disk.make_read_only();
    clusters.refuses(&[], "/.kube/config is read-only.\n");
}

#[test]
fn what_is_not_a_regular_file_is_refused_at_once() {
    let Some(clusters) = here() else { return };
    fs::create_dir_all(clusters.own().parent().unwrap()).unwrap();
    let refuse = || clusters.refuses(&[], "/.kube/config: it is not a regular file\n");
    clusters.scene.env.run("mkfifo").arg(clusters.own()).run().success();
    refuse();
    fs::remove_file(clusters.own()).unwrap();
    let listener = std::os::unix::net::UnixListener::bind(clusters.own()).unwrap();
    refuse();
    drop(listener);
    fs::remove_file(clusters.own()).unwrap();
    fs::create_dir(clusters.own()).unwrap();
    refuse();
    fs::remove_dir(clusters.own()).unwrap();
    symlink("/dev/zero", clusters.own()).unwrap();
    refuse();
    clusters.p0(&["remove", "--all"]).run().code(1).stdout_is("").stderr_has("it is not a regular file");
}

#[test]
fn what_kubectl_does_not_read_p0_does_not_change() {
    let Some(clusters) = here() else { return };
    for text in [
        "current-context: 5\n",
        "current-context: [home]\n",
        "{\"current-context\": true}\n",
        "kind: Pod\napiVersion: v1\n",
        "kind: Config\napiVersion: v2\n",
        "contexts: home\n",
        "contexts: [home]\n",
        "users:\n- name: 0x10\n",
        "users:\n- name: yes\n",
        "clusters:\n- name: a\n  cluster: b\n",
        "clusters:\n- name: a\n- name: a\n",
        "clusters:\n- name: a\n  cluster: {server: 5}\n",
        "clusters:\n- name: a\n  cluster: {insecure-skip-tls-verify: \"true\"}\n",
        "contexts:\n- name: a\n  context: {namespace: [a]}\n",
        "contexts:\n- name: a\n  context: {extensions: {}}\n",
        "users:\n- name: a\n  user: {password: 12345}\n",
        "users:\n- name: a\n  user: {token: 0777}\n",
        "users:\n- name: a\n  user: {token: 1_000}\n",
        "users:\n- name: a\n  user: {token: .5e3}\n",
        "users:\n- name: a\n  user: {token: n}\n",
        "users:\n- name: a\n  user: {as-groups: x}\n",
        "users:\n- name: a\n  user: {as-user-extra: {a: [1]}}\n",
        "users:\n- name: a\n  user: {exec: x}\n",
        "users:\n- name: a\n  user: {exec: {command: a, args: [1]}}\n",
        "users:\n- name: a\n  user: {exec: {command: a, env: [{name: a, value: 1}]}}\n",
        "preferences: x\n",
        "extensions: {}\n",
        "clusters:\n\t- name: a\n",
        "- a\n",
    ] {
        clusters.write_own(text);
        let read = clusters.kubectl("config view").run().ignore_stdout().ignore_stderr();
        assert!(!read.status().success(), "kubectl reads {text:?}");
        clusters.refuses(&[], "is left as it is: ");
    }
    for text in [
        "current-context: \"5\"\n",
        "current-context: !!str 5\n",
        "kind: \"\"\n",
        "contexts: null\n",
        "users:\n- name: '0x10'\n- null\n",
        "clusters:\n- name: 1.2.3\n  cluster: null\n",
        "clusters:\n- name: a\n  cluster: {insecure-skip-tls-verify: yes, server: 2026-01-01, SERVER: 5}\n",
        "users:\n- name: a\n  user: {token: 1:30, password: 1e, username: =, as-groups: [a], as-uid: null}\n",
    ] {
        clusters.write_own(text);
        clusters.kubectl("config view").run().success().ignore_stdout();
        clusters.view(&[]).success().ignore_stderr().ignore_stdout();
        clusters.kubectl("config view").run().success().ignore_stdout();
    }
}
