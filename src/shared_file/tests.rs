use super::*;
use p0_testkit::need::{self, Need};
use std::{
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    process::Command,
};

struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a directory") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("home").join(name)
    }

    fn file(&self, name: &str) -> SharedFile {
        SharedFile::new(self.path(name), &self.dir.path().join("private"))
    }

    fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        dirs::replace(&path, content).expect("written");
        path
    }

    /// What is in the directory of the files, and copies of former content.
    fn names(&self) -> Vec<String> {
        let entries = ["home", "private"].map(|name| fs::read_dir(self.dir.path().join(name)));
        let entries = entries.into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.retain(|name| !name.ends_with(".lock"));
        names.sort();
        names
    }
}

async fn append(file: &SharedFile, text: &str) -> Result<(), Failure> {
    file.change(|old| Ok([old, text.as_bytes()].concat())).await
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).expect("metadata").permissions().mode() & 0o7777
}

#[tokio::test]
async fn new_file_is_private_and_existing_file_keeps_its_mode() {
    let place = Place::new();
    append(&place.file("new/config"), "a").await.expect("written");
    let path = place.path("new/config");
    assert_eq!((mode(&path), mode(path.parent().expect("parent"))), (0o600, 0o700));
    for kept in [0o644, 0o640, 0o600, 0o660] {
        fs::set_permissions(&path, fs::Permissions::from_mode(kept)).expect("a mode");
        append(&place.file("new/config"), "b").await.expect("written");
        assert_eq!(mode(&path), kept);
    }
    assert_eq!(fs::read_to_string(&path).expect("text"), "abbbb");
    assert_eq!(fs::read_dir(place.path("new")).expect("listed").count(), 1, "nothing is left behind");
}

#[tokio::test]
async fn symbolic_links_are_followed_and_kept() {
    let place = Place::new();
    fs::create_dir_all(place.path("")).expect("a directory");
    symlink("link", place.path("config")).expect("a link");
    symlink("dotfiles/config", place.path("link")).expect("a link");
    append(&place.file("config"), "a").await.expect("where the link leads to");
    append(&place.file("config"), "b").await.expect("again");
    assert_eq!(fs::read_to_string(place.path("dotfiles/config")).expect("text"), "ab");
    assert!(fs::symlink_metadata(place.path("config")).expect("metadata").is_symlink());
    fs::remove_file(place.path("link")).expect("removed");
    symlink("config", place.path("link")).expect("a circle");
    append(&place.file("config"), "c").await.expect_err("a circle");
}

#[tokio::test]
async fn hard_links_keep_their_common_content() {
    let place = Place::new();
    let path = place.write("config", b"a longer text");
    fs::hard_link(&path, place.path("other")).expect("a link");
    place.file("config").change(|_| Ok(b"short".to_vec())).await.expect("written");
    assert_eq!(fs::read(place.path("other")).expect("content"), b"short");
    assert_eq!(fs::metadata(&path).expect("metadata").nlink(), 2);
    assert_eq!(place.names(), ["config", "other"]);
}

#[tokio::test]
async fn owner_and_extended_attributes_are_kept() {
    let place = Place::new();
    let path = place.write("config", b"a");
    let set = rustix::fs::setxattr(&path, "user.note", b"mine", rustix::fs::XattrFlags::empty());
    let given = std::os::unix::fs::chown(&path, Some(4711), Some(4712)).is_ok();
    append(&place.file("config"), "b").await.expect("written");
    let metadata = fs::metadata(&path).expect("metadata");
    assert!(!given || (metadata.uid(), metadata.gid()) == (4711, 4712), "{metadata:?}");
    if set.is_ok() {
        let mut value = [0; 8];
        let length = rustix::fs::getxattr(&path, "user.note", &mut value[..]).expect("the attribute");
        assert_eq!(&value[..length], b"mine");
    }
    assert_eq!(fs::read(&path).expect("content"), b"ab");
}

#[tokio::test]
async fn mount_point_is_written_in_place() {
    if !need::all(&[Need::Root, Need::Program("mount")]) {
        return;
    }
    let place = Place::new();
    let (path, outside) = (place.write("config", b"old"), place.write("outside", b"a longer text"));
    let run = |program: &str, args: &[&Path]| Command::new(program).args(args).status().expect(program).success();
    assert!(run("mount", &[Path::new("--bind"), &outside, &path]));
    let changed = place.file("config").change(|_| Ok(b"new".to_vec())).await;
    let seen = fs::read(&outside);
    assert!(run("umount", &[&path]));
    changed.expect("written");
    assert_eq!(seen.expect("content"), b"new");
    assert_eq!(fs::read(&path).expect("what the mount hid"), b"old");
    assert_eq!(place.names(), ["config", "outside"], "no copy is left behind");
}

#[tokio::test]
async fn full_disk_leaves_the_former_content_where_the_file_is_written_in_place() {
    if !need::all(&[Need::Root, Need::Program("mount")]) {
        return;
    }
    let place = Place::new();
    fs::create_dir_all(place.path("")).expect("a directory");
    let disk = p0_testkit::Disk::small(place.path(""));
    let path = place.write("config", b"former");
    fs::hard_link(&path, place.path("other")).expect("a link");
    disk.fill();
    let failure = place.file("config").change(|_| Ok(vec![b'x'; 64 * 1024])).await.expect_err("full");
    assert!(failure.message.contains("No space left on device"), "{failure}");
    assert_eq!(fs::read(&path).expect("content"), b"former");
    assert_eq!(place.file("config").leftover(), None);
}

#[tokio::test]
async fn failed_change_leaves_no_file() {
    let place = Place::new();
    let refuse = |_: &[u8]| Err(Failure::error("no"));
    place.file("config").change(refuse).await.expect_err("refused");
    assert!(place.names().is_empty(), "{:?}", place.names());
    let path = place.write("config", b"\xff\xfe");
    place.file("config").change(refuse).await.expect_err("refused");
    place.file("config").check(refuse).expect_err("refused");
    assert_eq!(fs::read(&path).expect("bytes"), b"\xff\xfe");
}

#[tokio::test]
async fn anything_but_a_regular_file_is_refused() {
    let place = Place::new();
    place.write("x", b"");
    let refused = |file: SharedFile| async move {
        let check = file.check(|_| Ok(b"a".to_vec())).expect_err("checked");
        let change = append(&file, "a").await.expect_err("not a file");
        assert!(check.message.ends_with(": it is not a regular file"), "{check}");
        assert_eq!(check.message, change.message);
        file.replace(b"a").expect_err("replaced");
    };
    let _listener = std::os::unix::net::UnixListener::bind(place.path("socket")).expect("a socket");
    assert!(Command::new("mkfifo").arg(place.path("pipe")).status().expect("mkfifo").success());
    fs::create_dir(place.path("directory")).expect("a directory");
    symlink("/dev/null", place.path("device")).expect("a link");
    for name in ["socket", "pipe", "directory", "device"] {
        refused(place.file(name)).await;
    }
    assert!(fs::symlink_metadata("/dev/null").is_ok_and(|null| !null.is_file()));
}

#[tokio::test]
async fn read_only_file_is_refused_unless_nothing_changes() {
    let place = Place::new();
    let path = place.write("config", b"a");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).expect("a mode");
    let failure = append(&place.file("config"), "b").await.expect_err("read-only");
    assert_eq!(failure.message, format!("Cannot write {}: it is read-only", path.display()));
    place.file("config").check(|_| Ok(b"b".to_vec())).expect_err("read-only");
    place.file("config").check(|old| Ok(old.to_vec())).expect("unchanged");
    append(&place.file("config"), "").await.expect("unchanged");
    assert_eq!(fs::read(&path).expect("content"), b"a");
}

#[test]
fn leftover_of_an_interrupted_write_is_named_until_the_next_write() {
    let place = Place::new();
    place.write("config", b"half");
    let file = place.file("config");
    assert_eq!(file.leftover(), None);
    dirs::replace(&file.private, b"whole").expect("written");
    assert_eq!(fs::read(file.leftover().expect("a copy")).expect("content"), b"whole");
    file.replace(b"new").expect("written");
    assert_eq!(file.leftover(), None);
}

#[test]
fn concurrent_writers_keep_each_others_changes() {
    let place = std::sync::Arc::new(Place::new());
    let writers = (0..20).map(|n| {
        let place = std::sync::Arc::clone(&place);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(append(&place.file("config"), &format!("{n}\n")))
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.join().expect("no panic").expect("written");
    }
    let text = fs::read_to_string(place.path("config")).expect("text");
    let mut lines: Vec<u32> = text.lines().map(|line| line.parse().expect("a whole line")).collect();
    lines.sort_unstable();
    assert_eq!(lines, (0..20).collect::<Vec<_>>());
}

#[test]
fn failed_write_with_a_copy_left_says_how_to_restore_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = SharedFile::new(dir.path().join("config"), dir.path());
    let full = io::Error::from(io::ErrorKind::StorageFull);
    assert_eq!(file.failure("write", &full).hints, ["Nothing was changed."]);
    fs::write(&file.private, "former").expect("written");
    assert_eq!(file.failure("write", &full).hints, [file.restoring(&file.private)]);
}
