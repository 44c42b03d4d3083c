//! The kubeconfig files of a user, changed as `kubectl` changes them: each entry in the file that has it, a new one in the
//! first file that is there, under the lock that `kubectl` takes.

use super::{
    Kubeconfig, List, YamlError,
    entries::{About, Context, is_ours},
};
use crate::shared_file;
use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs::{self, OpenOptions},
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::{Instant, sleep, timeout_at};

/// No kubeconfig is larger, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;
/// Between two looks at somebody else's lock, which is not one that can be waited on.
const PAUSE: Duration = Duration::from_millis(20);
/// How often files may move between a look at them and their locks.
const ATTEMPTS: usize = 5;

/// Why the files are not changed. None is, then.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// One cannot be read.
    #[error("Cannot read {}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// One is not what it should be.
    #[error("{} is left as it is: {source}.", path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// Why.
        source: YamlError,
    },
    /// An entry of that name is not ours.
    #[error("{} has {} '{name}' already, which p0 did not make.", path.display(), list.key())]
    NotOurs {
        /// Where it stands.
        path: PathBuf,
        /// What it is.
        list: List,
        /// Its name.
        name: String,
    },
    /// Another program writes one.
    #[error("{} is being written by another program: its lock {} stays.", path.display(), lock.display())]
    Locked {
        /// Which.
        path: PathBuf,
        /// The lock.
        lock: PathBuf,
    },
    /// One must not or cannot be written to.
    #[error("{} is read-only.", path.display())]
    ReadOnly {
        /// Which.
        path: PathBuf,
    },
    /// One cannot be written.
    #[error("Cannot write {}: {source}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// They change faster than they are locked.
    #[error("The kubeconfig files change while they are being changed.")]
    Unsettled,
}

/// The files, those that go before others first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files(Vec<PathBuf>);

/// A context of ours that was taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Its name.
    pub name: String,
    /// What it was for.
    pub about: About,
}

impl Files {
    /// This one alone.
    pub fn one(path: PathBuf) -> Self {
        Self(vec![path])
    }

    /// Those that `KUBECONFIG` lists, else the user's own.
    pub fn listed(kubeconfig: Option<&OsStr>, own: PathBuf) -> Self {
        let mut files: Vec<PathBuf> = Vec::new();
        for path in kubeconfig.map(std::env::split_paths).into_iter().flatten() {
            if !path.as_os_str().is_empty() && !files.contains(&path) {
                files.push(path);
            }
        }
        if files.is_empty() {
            files.push(own);
        }
        Self(files)
    }

    /// Writes a context, its cluster and its user, and makes it the current one. The file that it now stands in.
    ///
    /// # Errors
    /// A file cannot be read or written, or has an entry of that name that is not ours.
    pub async fn install(&self, context: &Context, patience: Duration) -> Result<PathBuf, FilesError> {
        let bodies = [context.cluster(), context.context(), context.user()];
        self.change(patience, |set| {
            for list in List::ALL {
                set.check_ours(list, &context.name)?;
            }
            let mut context = context.clone();
            // Made again while it is the current one, it still knows which one was before it.
            let former = set.current().filter(|former| *former != context.name);
            context.about.previous = match set.about(&context.name) {
                Some(about) if former.is_none() => about.previous,
                _ => former,
            };
            for (list, body) in List::ALL.into_iter().zip([&bodies[0], &context.context(), &bodies[2]]) {
                let at = set.holder(list, &context.name);
                set.edit(at, |file| file.with_entry(list, &context.name, body))?;
            }
            let at = set.destination;
            set.edit(at, |file| file.with_current(Some(&context.name)))?;
            Ok(set.files[set.holder(List::Contexts, &context.name)].path.clone())
        })
        .await
    }

    /// Takes out the contexts of ours for which `which` holds, and what goes with them; the one that was current before is
    /// current again. Those that were there.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub async fn remove(
        &self,
        which: impl Fn(&str, &About) -> bool,
        patience: Duration,
    ) -> Result<Vec<Removed>, FilesError> {
        self.change(patience, |set| {
            let removed: Vec<Removed> = set.ours().into_iter().filter(|it| which(&it.name, &it.about)).collect();
            for Removed { name, about } in &removed {
                if set.current().as_ref() == Some(name) {
                    let previous = about.previous.as_deref().filter(|previous| set.has(List::Contexts, previous));
                    let at = set.files.iter().position(|file| file.now.current() == Some(name)).unwrap_or_default();
                    set.edit(at, |file| file.with_current(previous))?;
                }
                for list in List::ALL {
                    for at in 0..set.files.len() {
                        if set.files[at].now.entry(list, name).is_some_and(|entry| is_ours(&entry)) {
                            set.edit(at, |file| file.without_entry(list, name))?;
                        }
                    }
                }
            }
            Ok(removed)
        })
        .await
    }

    /// The contexts of ours.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn ours(&self) -> Result<Vec<Removed>, FilesError> {
        Ok(self.read()?.ours())
    }

    /// Makes a change under the locks of the files that it changes. It is worked out twice: to see which those are, and
    /// again with what stands in them then.
    async fn change<T>(
        &self,
        patience: Duration,
        mut change: impl FnMut(&mut Set) -> Result<T, FilesError>,
    ) -> Result<T, FilesError> {
        let until = Instant::now() + patience;
        for _ in 0..ATTEMPTS {
            let mut set = self.read()?;
            change(&mut set)?;
            let planned = set.changed();
            let _locks = lock(&planned, until).await?;
            let mut set = self.read()?;
            let done = change(&mut set)?;
            if set.changed().is_subset(&planned) {
                set.write()?;
                return Ok(done);
            }
        }
        Err(FilesError::Unsettled)
    }

    fn read(&self) -> Result<Set, FilesError> {
        let mut files = Vec::new();
        let mut there = None;
        for path in &self.0 {
            let text = read(path).map_err(|source| FilesError::Read { path: path.clone(), source })?;
            if text.is_some() {
                there = there.or(Some(files.len()));
            }
            let text = text.unwrap_or_default();
            let now = Kubeconfig::parse(&text).map_err(|source| FilesError::Content { path: path.clone(), source })?;
            files.push(File { path: path.clone(), before: text, now });
        }
        let destination = there.unwrap_or(files.len() - 1);
        Ok(Set { files, destination })
    }
}

/// A file, before and after a change.
struct File {
    path: PathBuf,
    before: String,
    now: Kubeconfig,
}

/// The files, in a change.
struct Set {
    files: Vec<File>,
    /// Where a new entry goes.
    destination: usize,
}

impl Set {
    fn holder(&self, list: List, name: &str) -> usize {
        self.files.iter().position(|file| file.now.entry(list, name).is_some()).unwrap_or(self.destination)
    }

    fn has(&self, list: List, name: &str) -> bool {
        self.files.iter().any(|file| file.now.entry(list, name).is_some())
    }

    fn current(&self) -> Option<String> {
        self.files.iter().find_map(|file| file.now.current()).map(str::to_owned)
    }

    fn about(&self, name: &str) -> Option<About> {
        self.files.iter().find_map(|file| About::of(&file.now.entry(List::Contexts, name)?))
    }

    fn ours(&self) -> Vec<Removed> {
        let mut ours: Vec<Removed> = Vec::new();
        for file in &self.files {
            for name in file.now.names(List::Contexts) {
                let about = file.now.entry(List::Contexts, &name).as_ref().and_then(About::of);
                if let Some(about) = about.filter(|_| ours.iter().all(|known| known.name != name)) {
                    ours.push(Removed { name, about });
                }
            }
        }
        ours
    }

    fn check_ours(&self, list: List, name: &str) -> Result<(), FilesError> {
        let foreign = |file: &&File| file.now.entry(list, name).is_some_and(|entry| !is_ours(&entry));
        match self.files.iter().find(foreign) {
            None => Ok(()),
            Some(file) => Err(FilesError::NotOurs { path: file.path.clone(), list, name: name.to_owned() }),
        }
    }

    fn edit(
        &mut self,
        at: usize,
        edit: impl FnOnce(&Kubeconfig) -> Result<Kubeconfig, YamlError>,
    ) -> Result<(), FilesError> {
        let file = &mut self.files[at];
        file.now = edit(&file.now).map_err(|source| FilesError::Content { path: file.path.clone(), source })?;
        Ok(())
    }

    fn changed(&self) -> BTreeSet<PathBuf> {
        let changed = self.files.iter().filter(|file| file.now.text() != file.before);
        changed.map(|file| file.path.clone()).collect()
    }

    fn write(&self) -> Result<(), FilesError> {
        for file in self.files.iter().filter(|file| file.now.text() != file.before) {
            let failed = |source| refused(&file.path, source);
            if is_read_only(&file.path).map_err(failed)? {
                return Err(FilesError::ReadOnly { path: file.path.clone() });
            }
            shared_file::replace_privately(&file.path, file.now.text()).map_err(failed)?;
        }
        Ok(())
    }
}

/// Whether the owner has taken the right to write from everybody: a file that can be replaced can still be meant to stay.
fn is_read_only(path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.permissions().readonly()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn refused(path: &Path, source: io::Error) -> FilesError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => FilesError::ReadOnly { path },
        _ => FilesError::Write { path, source },
    }
}

/// The text of a file; `None` if it is not there.
fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::metadata(path) {
        // A device or a pipe is not to be waited on, nor to be replaced by a file.
        Ok(metadata) if !metadata.is_file() => return Err(io::Error::other("it is not a file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        _ => {}
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other("it is larger than any kubeconfig"));
    }
    String::from_utf8(bytes).map(Some).map_err(|_| io::Error::other("it is not UTF-8 text"))
}

/// A lock of `kubectl`'s kind: a file that is there.
struct Lock(PathBuf);

impl Drop for Lock {
    fn drop(&mut self) {
        // Whoever took it away has said that it was stale.
        drop(fs::remove_file(&self.0));
    }
}

/// Takes the locks of these files, in the order in which everybody takes them.
async fn lock(files: &BTreeSet<PathBuf>, until: Instant) -> Result<Vec<Lock>, FilesError> {
    let mut locks = Vec::new();
    for path in files {
        crate::dirs::create_parent(path).map_err(|source| refused(path, source))?;
        let mut name = path.clone().into_os_string();
        name.push(".lock");
        let lock = PathBuf::from(name);
        let taking = async {
            loop {
                match OpenOptions::new().write(true).create_new(true).open(&lock) {
                    Ok(_) => return Ok(Lock(lock.clone())),
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => sleep(PAUSE).await,
                    Err(error) => return Err(refused(path, error)),
                }
            }
        };
        match timeout_at(until, taking).await {
            Ok(lock) => locks.push(lock?),
            Err(_) => return Err(FilesError::Locked { path: path.clone(), lock: lock.clone() }),
        }
    }
    Ok(locks)
}
