//! The kubeconfig files of a user, changed as `kubectl` changes them: each entry in the file that has it, a new one in the
//! first file that is there, under the lock that `kubectl` takes.

use super::{
    Kubeconfig, List, YamlError,
    entries::{self, About, Context, is_ours},
};
use crate::shared_file::SharedFile;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::{Instant, sleep, timeout_at};

/// Between two looks at somebody else's lock, which is not one that can be waited on.
const PAUSE: Duration = Duration::from_millis(20);
/// How often files may move between a look at them and their locks.
const ATTEMPTS: usize = 5;

/// Why the files are not changed. None is, then.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// One cannot be read.
    #[error("Cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// One is not what it should be.
    #[error("{} is left as it is: {source}.", path.display())]
    Content {
        path: PathBuf,
        source: YamlError,
        /// How the content from before an interrupted write is restored.
        restore: Option<String>,
    },
    /// An entry of that name is not ours.
    #[error("{} has {} '{name}' already, which p0 did not make.", path.display(), list.key())]
    NotOurs { path: PathBuf, list: List, name: String },
    /// The context of that name is for the same words to another organisation, or with another sign-in.
    #[error("Cannot change the context '{name}': it belongs to {owner}.")]
    OtherSignIn { name: String, owner: String },
    /// A context for other access uses the entries of that name.
    #[error("Cannot change the context '{name}': the context '{other}' uses its cluster or its user.")]
    InUse {
        name: String,
        /// The one that would change with it.
        other: String,
    },
    /// Another program writes one.
    #[error("{} is being written by another program: its lock {} stays.", path.display(), lock.display())]
    Locked { path: PathBuf, lock: PathBuf },
    /// The lock cannot be taken.
    #[error("Cannot lock {}: cannot create {}: {source}", path.display(), lock.display())]
    Lock { path: PathBuf, lock: PathBuf, source: io::Error },
    /// One must not or cannot be written to.
    #[error("{} is read-only.", path.display())]
    ReadOnly { path: PathBuf },
    /// One cannot be written.
    #[error("Cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// They change faster than they are locked.
    #[error("The kubeconfig files change while they are being changed.")]
    Unsettled,
}

/// The files, those that go before others first.
#[derive(Debug, Clone)]
pub struct Files(Vec<SharedFile>);

/// A context of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ours {
    pub name: String,
    /// What it is for.
    pub about: About,
}

/// A context that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The file that has it.
    pub path: PathBuf,
    /// The other context that was the current one until now.
    pub former: Option<String>,
    /// The access that it was for until now, where that was another.
    pub replaced: Option<About>,
    /// A context for the same access that an earlier version named after its cluster alone.
    pub legacy: Option<String>,
}

/// What was taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    pub contexts: Vec<Ours>,
    /// Clusters and users whose contexts were gone already.
    pub orphans: Vec<Ours>,
    /// The accesses for which no user entry remains.
    pub unused: Vec<About>,
    /// The context that is the current one now.
    pub current: Option<String>,
}

impl Files {
    /// This one alone. `private` is a directory of p0's own, as for every [`SharedFile`].
    pub fn one(path: PathBuf, private: &Path) -> Self {
        Self(vec![SharedFile::new(path, private)])
    }

    /// Those that `KUBECONFIG` lists, else the user's own.
    pub fn listed(kubeconfig: Option<&OsStr>, own: PathBuf, private: &Path) -> Self {
        let mut files: Vec<PathBuf> = Vec::new();
        for path in kubeconfig.map(std::env::split_paths).into_iter().flatten() {
            if !path.as_os_str().is_empty() && !files.contains(&path) {
                files.push(path);
            }
        }
        if files.is_empty() {
            files.push(own);
        }
        Self(files.into_iter().map(|path| SharedFile::new(path, private)).collect())
    }

    /// Writes a context, its cluster and its user, and makes it the current one.
    pub async fn install(&self, context: &Context, patience: Duration) -> Result<Installed, FilesError> {
        self.change(patience, |set| set.install(context)).await
    }

    /// Makes sure that a context could be written, without writing it: for use before access is requested.
    pub async fn check(&self, context: &Context, patience: Duration) -> Result<(), FilesError> {
        let mut set = self.read()?;
        set.install(context)?;
        set.check_writable()?;
        // Where there is no directory yet, there is no lock either.
        let is_there = |path: &PathBuf| path.parent().is_none_or(|parent| parent.symlink_metadata().is_ok());
        let planned = set.changed().into_iter().filter(is_there).collect();
        lock(&planned, Instant::now() + patience).await.map(drop)
    }

    /// Takes out the contexts of ours for which `which` holds, with the clusters and users that nothing uses then; the one
    /// that was current before is current again.
    pub async fn remove(
        &self,
        which: impl Fn(&str, &About) -> bool,
        patience: Duration,
    ) -> Result<Removal, FilesError> {
        self.change(patience, |set| set.remove(&which)).await
    }

    /// The contexts of ours.
    pub fn ours(&self) -> Result<Vec<Ours>, FilesError> {
        Ok(self.read()?.ours())
    }

    /// Makes a change under the locks of the files that it changes. Which those are is seen by working it out, which is done
    /// again where another program has written a file before the lock was taken.
    async fn change<T>(
        &self,
        patience: Duration,
        mut change: impl FnMut(&mut Set) -> Result<T, FilesError>,
    ) -> Result<T, FilesError> {
        let until = Instant::now() + patience;
        for _ in 0..ATTEMPTS {
            let mut set = self.read()?;
            let mut done = change(&mut set)?;
            let planned = set.changed();
            let _locks = lock(&planned, until).await?;
            if !set.files.iter().all(File::is_current) {
                set = self.read()?;
                done = change(&mut set)?;
            }
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
        for shared in &self.0 {
            let failed = |source| FilesError::Read { path: shared.path().to_owned(), source };
            let before = shared.read().map_err(failed)?;
            if before.is_some() {
                there = there.or(Some(files.len()));
            }
            let text = std::str::from_utf8(before.as_deref().unwrap_or_default());
            let text = text.map_err(|_| failed(io::Error::other("it is not UTF-8 text")))?;
            let now = Kubeconfig::parse(text).map_err(|source| content(shared, source))?;
            files.push(File { shared: shared.clone(), before, now });
        }
        let destination = there.unwrap_or(files.len() - 1);
        Ok(Set { files, destination })
    }
}

fn content(shared: &SharedFile, source: YamlError) -> FilesError {
    let restore = shared.leftover().map(|copy| shared.restoring(&copy));
    FilesError::Content { path: shared.path().to_owned(), source, restore }
}

/// A file, before and after a change.
struct File {
    shared: SharedFile,
    before: Option<Vec<u8>>,
    now: Kubeconfig,
}

impl File {
    fn is_changed(&self) -> bool {
        self.now.text().as_bytes() != self.before.as_deref().unwrap_or_default()
    }

    /// Whether no other program has written it since.
    fn is_current(&self) -> bool {
        self.shared.read().is_ok_and(|content| content == self.before)
    }
}

/// The files, in a change.
struct Set {
    files: Vec<File>,
    /// Where a new entry goes.
    destination: usize,
}

impl Set {
    fn install(&mut self, context: &Context) -> Result<Installed, FilesError> {
        let name = &context.name;
        for list in List::ALL {
            self.check_ours(list, name)?;
        }
        self.check_sign_in(context)?;
        self.check_use(context)?;
        let known = self.about(name);
        let legacy = self.legacy(context);
        let mut context = context.clone();
        let current = self.current();
        let former = current.filter(|current| current != name);
        // Made again while it is the current one, it still knows which one was before it.
        context.about.previous = match &known {
            Some(about) if former.is_none() => about.previous.clone(),
            Some(about) => {
                self.unlink(name, about.previous.as_deref())?;
                former.clone()
            }
            None => former.clone(),
        };
        let entry = self.entry(List::Contexts, name).or_else(|| self.entry(List::Contexts, legacy.as_deref()?));
        if let Some(entry) = entry {
            context.namespace = context.namespace_after(&entry);
        }
        for (list, body) in List::ALL.into_iter().zip([context.cluster(), context.context(), context.user()]) {
            let body = entries::merged(self.entry(list, name), &body);
            self.edit(self.holder(list, name), |file| file.with_entry(list, name, &body))?;
        }
        self.edit(self.destination, |file| file.with_current(Some(name)))?;
        let path = self.files[self.holder(List::Contexts, name)].shared.path().to_owned();
        let replaced = known.filter(|about| !about.is_same_access(&context.about));
        Ok(Installed { path, former, replaced, legacy })
    }

    fn remove(&mut self, which: impl Fn(&str, &About) -> bool) -> Result<Removal, FilesError> {
        let contexts: Vec<Ours> = self.ours().into_iter().filter(|it| which(&it.name, &it.about)).collect();
        let mut unused: [Vec<String>; 2] = Default::default();
        for Ours { name, .. } in &contexts {
            let entry = self.entry(List::Contexts, name).unwrap_or_default();
            for (list, joined) in unused.iter_mut().zip(entries::joined(&entry)) {
                list.extend(joined.map(str::to_owned));
            }
            // As it is now: those removed before may have changed it.
            let previous = self.about(name).and_then(|about| about.previous);
            let previous = previous.filter(|previous| self.has(List::Contexts, previous));
            self.unlink(name, previous.as_deref())?;
            if self.current().as_ref() == Some(name) {
                let is_current = |file: &File| file.now.current() == Some(name);
                let at = self.files.iter().position(is_current).unwrap_or_default();
                self.edit(at, |file| file.with_current(previous.as_deref()))?;
            }
            self.take_out(List::Contexts, name)?;
        }
        let orphans: Vec<Ours> = self.orphans().into_iter().filter(|it| which(&it.name, &it.about)).collect();
        for (list, mut names) in [List::Clusters, List::Users].into_iter().zip(unused) {
            names.extend(orphans.iter().map(|it| it.name.clone()));
            for name in names {
                if !self.is_used(list, &name) {
                    self.take_out(list, &name)?;
                }
            }
        }
        let orphans: Vec<Ours> = orphans
            .into_iter()
            .filter(|it| !contexts.iter().any(|context| context.about.is_same_access(&it.about)))
            .collect();
        let abouts = contexts.iter().chain(&orphans).map(|it| it.about.clone());
        let unused = abouts.filter(|about| !self.has_user_for(about)).collect();
        Ok(Removal { contexts, orphans, unused, current: self.current() })
    }

    fn has_user_for(&self, about: &About) -> bool {
        self.entries(List::Users).filter_map(|(_, user)| About::of_user(&user)).any(|it| it.is_same_access(about))
    }

    /// Those that had this context before them now have the one before it.
    fn unlink(&mut self, name: &str, previous: Option<&str>) -> Result<(), FilesError> {
        for it in self.ours() {
            if it.about.previous.as_deref() != Some(name) || it.name == name {
                continue;
            }
            let previous = previous.filter(|previous| *previous != it.name);
            let Some(entry) = self.entry(List::Contexts, &it.name) else { continue };
            let entry = entries::with_previous(entry, previous);
            let at = self.holder(List::Contexts, &it.name);
            self.edit(at, |file| file.with_entry(List::Contexts, &it.name, &entry))?;
        }
        Ok(())
    }

    /// Takes the entries of ours of this name out of every file.
    fn take_out(&mut self, list: List, name: &str) -> Result<(), FilesError> {
        for at in 0..self.files.len() {
            if self.files[at].now.entry(list, name).is_some_and(|entry| is_ours(&entry)) {
                self.edit(at, |file| file.without_entry(list, name))?;
            }
        }
        Ok(())
    }

    /// Clusters and users of ours that no context uses, by name.
    fn orphans(&self) -> Vec<Ours> {
        let mut orphans: Vec<Ours> = Vec::new();
        for list in [List::Users, List::Clusters] {
            for (name, entry) in self.entries(list).filter(|(_, entry)| is_ours(entry)) {
                if !self.is_used(list, &name) && orphans.iter().all(|known| known.name != name) {
                    orphans.push(Ours { about: About::of_user(&entry).unwrap_or_default(), name });
                }
            }
        }
        orphans
    }

    fn is_used(&self, list: List, name: &str) -> bool {
        let at = usize::from(list == List::Users);
        self.entries(List::Contexts).any(|(_, entry)| entries::joined(&entry)[at] == Some(name))
    }

    /// The entries of all files, by name.
    fn entries(&self, list: List) -> impl Iterator<Item = (String, Value)> {
        self.files.iter().flat_map(move |file| file.now.entries(list))
    }

    fn holder(&self, list: List, name: &str) -> usize {
        self.files.iter().position(|file| file.now.entry(list, name).is_some()).unwrap_or(self.destination)
    }

    fn entry(&self, list: List, name: &str) -> Option<Value> {
        self.files.iter().find_map(|file| file.now.entry(list, name))
    }

    fn has(&self, list: List, name: &str) -> bool {
        self.entry(list, name).is_some()
    }

    fn current(&self) -> Option<String> {
        self.files.iter().find_map(|file| file.now.current()).map(str::to_owned)
    }

    fn about(&self, name: &str) -> Option<About> {
        self.entry(List::Contexts, name).as_ref().and_then(About::from_context)
    }

    fn ours(&self) -> Vec<Ours> {
        let mut ours: Vec<Ours> = Vec::new();
        for (name, entry) in self.entries(List::Contexts) {
            if let Some(about) = About::from_context(&entry).filter(|_| ours.iter().all(|known| known.name != name)) {
                ours.push(Ours { name, about });
            }
        }
        ours
    }

    /// The context of an earlier version for the same access.
    fn legacy(&self, context: &Context) -> Option<String> {
        let name = context.about.legacy_name();
        let about = self.about(&name).filter(|about| about.is_same_access(&context.about) && name != context.name)?;
        drop(about);
        Some(name)
    }

    fn check_ours(&self, list: List, name: &str) -> Result<(), FilesError> {
        let foreign = |file: &&File| file.now.entry(list, name).is_some_and(|entry| !is_ours(&entry));
        match self.files.iter().find(foreign) {
            None => Ok(()),
            Some(file) => Err(FilesError::NotOurs { path: file.shared.path().to_owned(), list, name: name.to_owned() }),
        }
    }

    /// The same words can mean other access to another organisation, or with another sign-in.
    fn check_sign_in(&self, context: &Context) -> Result<(), FilesError> {
        let name = context.name.clone();
        if let Some(about) = self.about(&name).filter(|about| about.org != context.about.org) {
            return Err(FilesError::OtherSignIn { name, owner: format!("the organisation {}", about.org) });
        }
        let Some(former) = self.entry(List::Users, &name) else { return Ok(()) };
        let now = context.user();
        let differs = |variable: &&str| {
            let [former, now] = [&former, &now].map(|user| entries::variable(user, variable));
            // A session knows its service, so this one may be absent.
            former != now && (*variable != "P0_APP_URL" || (former.is_some() && now.is_some()))
        };
        let Some(variable) = entries::VARIABLES.into_iter().find(differs) else { return Ok(()) };
        let owner = match entries::variable(&former, variable) {
            None => format!("the sign-in without {variable}"),
            Some(value) => format!("the sign-in with {variable}={value}"),
        };
        Err(FilesError::OtherSignIn { name, owner })
    }

    /// A context that was renamed, or made by the user, still uses entries of ours.
    fn check_use(&self, context: &Context) -> Result<(), FilesError> {
        let name = &context.name;
        let known = self.about(name);
        let other = self.entries(List::Contexts).find(|(other, entry)| {
            let is_joined = entries::joined(entry).contains(&Some(name.as_str()));
            let access = About::from_context(entry).or_else(|| known.clone());
            other != name && is_joined && !access.is_some_and(|access| access.is_same_access(&context.about))
        });
        match other {
            None => Ok(()),
            Some((other, _)) => Err(FilesError::InUse { name: name.clone(), other }),
        }
    }

    fn edit(
        &mut self,
        at: usize,
        edit: impl FnOnce(&Kubeconfig) -> Result<Kubeconfig, YamlError>,
    ) -> Result<(), FilesError> {
        let file = &mut self.files[at];
        file.now = edit(&file.now).map_err(|source| content(&file.shared, source))?;
        Ok(())
    }

    fn changed(&self) -> BTreeSet<PathBuf> {
        let changed = self.files.iter().filter(|file| file.is_changed());
        changed.map(|file| file.shared.path().to_owned()).collect()
    }

    fn check_writable(&self) -> Result<(), FilesError> {
        self.files
            .iter()
            .filter(|file| file.is_changed())
            .try_for_each(|file| file.shared.check_writable().map_err(|source| refused(file.shared.path(), source)))
    }

    fn write(&self) -> Result<(), FilesError> {
        self.check_writable()?;
        for file in self.files.iter().filter(|file| file.is_changed()) {
            let content = file.now.text().as_bytes();
            file.shared.replace(content).map_err(|source| refused(file.shared.path(), source))?;
        }
        Ok(())
    }
}

fn refused(path: &Path, source: io::Error) -> FilesError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => FilesError::ReadOnly { path },
        _ => FilesError::Write { path, source },
    }
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
                    Err(source) => return Err(FilesError::Lock { path: path.clone(), lock: lock.clone(), source }),
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
