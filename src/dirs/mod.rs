//! Every path that `p0` uses, and how its files are written: with their mode, and replaced in one step.

mod private;
#[cfg(any(windows, test))]
mod sddl;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use crate::error::Failure;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use directories::{BaseDirs, ProjectDirs};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    env,
    ffi::OsStr,
    fs, io,
    io::{Read, Write},
    path::{Path, PathBuf},
};
use system::{LONG, is_kept_by_me, is_mine};
use tempfile::{NamedTempFile, TempDir};
#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

pub use private::Private;
#[cfg(unix)]
pub use private::wait_for_owner;
pub use system::{ADVICE, check_readable, check_writable, hiding, is_exposed, is_root, open_at_once, private_file};
#[cfg(windows)]
pub use windows::keep_private;

/// The platform's directories for one environment (`P0_ENV`).
#[derive(Debug, Clone)]
pub struct Dirs {
    name: String,
    config: PathBuf,
    state: PathBuf,
    cache: PathBuf,
    /// Where there is one: for sockets and what else lasts no longer than a run. The platform's is gone when the user signs
    /// out.
    runtime: Option<PathBuf>,
    /// Why nothing can be kept, where nothing can.
    unusable: Option<String>,
}

/// Stands for the directories of state and cache where there are none: nothing is there, and nothing can be put there, by root
/// either.
const NOWHERE: &str = if cfg!(windows) {
    r"\\.\NUL\p0"
} else if cfg!(target_os = "linux") {
    "/proc/p0-has-no-home"
} else {
    "/dev/fd/p0-has-no-home"
};

/// Which directory this is: a random id, so that it stays the same directory by whatever path it is reached, and after it is
/// moved; and its path, so that a copy is not taken for the original.
#[derive(Debug, Serialize, Deserialize)]
struct Identity {
    id: String,
    path: PathBuf,
}

impl Dirs {
    /// The directories of this environment; `None` is the default one.
    pub fn new(env: Option<&str>) -> Result<Self, Failure> {
        let name = match env {
            None => "p0".to_owned(),
            Some(env) if is_plain(env) => format!("p0-{env}"),
            Some(_) => {
                return Err(Failure::usage("P0_ENV may contain only letters, digits, '.', '_' and '-'."));
            }
        };
        let Some(dirs) = ProjectDirs::from("", "", &name).filter(|dirs| dirs.config_dir().is_absolute()) else {
            return Ok(Self::nowhere(name, "there is no home directory".to_owned()));
        };
        let state = dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir());
        if let Some(foreign) = foreign_home().filter(|home| state.starts_with(home)) {
            let config = dirs.config_dir().into();
            return Ok(Self { config, ..Self::nowhere(name, is_anothers(&foreign)) });
        }
        if let Some(closed) = closed_ancestor(state) {
            let config = dirs.config_dir().into();
            return Ok(Self { config, ..Self::nowhere(name, format!("{} cannot be written to", closed.display())) });
        }
        Ok(Self {
            config: dirs.config_dir().into(),
            state: state.into(),
            cache: dirs.cache_dir().into(),
            runtime: dirs.runtime_dir().map(Into::into).or_else(|| system::runtime(state)),
            name,
            unusable: None,
        })
    }

    /// Directories for a process that can keep nothing, which runs with a token that it is given.
    fn nowhere(name: String, why: String) -> Self {
        let [config, state, cache] = ["config", "state", "cache"].map(|part| Path::new(NOWHERE).join(part));
        Self { name, config, state, cache, runtime: None, unusable: Some(why) }
    }

    /// That something has to be kept, where nothing can be.
    pub fn usable(&self) -> Result<(), Failure> {
        let Some(why) = &self.unusable else { return Ok(()) };
        let failure = Failure::error(format!("Cannot keep a session: {why}."));
        Err(if is_root() && foreign_home().is_some() {
            failure.hint("Run p0 without sudo.").hint("To use root's own sessions: sudo -H p0 login")
        } else {
            failure
                .hint("Set HOME or P0_HOME to a directory that you can write to.")
                .hint("To use p0 without a session, set P0_API_TOKEN to a token.")
        })
    }

    /// Whether anything can be kept at all, such as the history.
    pub fn keeps(&self) -> bool {
        self.unusable.is_none()
    }

    /// Which directory of state this is; `None` where no session has been kept in it yet, or it is a copy of another one.
    pub fn identity(&self) -> io::Result<Option<String>> {
        let Some(known) = self.known_identity()? else { return Ok(None) };
        let here = fs::canonicalize(&self.state)?;
        if known.path == here {
            return Ok(Some(known.id));
        }
        // Where it was before there may be nothing, the same directory by another path, or the original of this copy.
        let there = read_identity(&known.path.join(IDENTITY)).ok().flatten();
        if there.is_some_and(|there| there.id == known.id) && !system::is_same(&known.path, &here) {
            return Ok(None);
        }
        let moved = Identity { path: here, ..known };
        if let Err(error) = replace(&self.state.join(IDENTITY), &moved.text()) {
            tracing::debug!(%error, "the path of the directory cannot be noted");
        }
        Ok(Some(moved.id))
    }

    /// The same, made where there is none.
    pub fn make_identity(&self) -> io::Result<String> {
        if let Some(id) = self.identity()? {
            return Ok(id);
        }
        let file = self.state.join(IDENTITY);
        create_parent(&file)?;
        let is_copy = self.known_identity()?.is_some();
        // Another process may just have made it.
        if is_copy && let Some(id) = self.identity()? {
            return Ok(id);
        }
        let mut random = [0; 16];
        SystemRandom::new().fill(&mut random).map_err(|_| io::Error::other("there are no random numbers"))?;
        let id = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let own = Identity { id, path: fs::canonicalize(&self.state)? };
        if is_copy {
            // That of the original.
            replace(&file, &own.text())?;
            return Ok(own.id);
        }
        let mut new = beside(&file)?;
        new.write_all(&own.text())?;
        new.as_file().sync_data()?;
        match new.persist_noclobber(&file) {
            Ok(_) => Ok(own.id),
            // Another process was faster.
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => self.identity()?.ok_or(error.error),
            Err(error) => Err(error.error),
        }
    }

    fn known_identity(&self) -> io::Result<Option<Identity>> {
        read_identity(&self.state.join(IDENTITY))
    }

    /// The name of this environment's directories, which its secrets have too.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Directories below this one, which the user has named (`P0_HOME`).
    pub fn below(home: &Path) -> Self {
        match foreign_home().filter(|foreign| home.starts_with(foreign)) {
            Some(foreign) => {
                Self { config: home.join("config"), ..Self::nowhere("p0-dev".to_owned(), is_anothers(&foreign)) }
            }
            None => Self::within(home),
        }
    }

    /// Directories of one's own, below this one.
    pub fn within(home: &Path) -> Self {
        let [config, state, cache] = ["config", "state", "cache"].map(|part| home.join(part));
        Self { name: "p0-dev".to_owned(), runtime: system::runtime(&state), config, state, cache, unusable: None }
    }

    /// What the user has set: `config.toml`.
    pub fn settings(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// A private deployment's description of an organisation.
    pub fn bootstrap(&self, org: &str) -> PathBuf {
        self.config.join(format!("bootstrap-{org}.json"))
    }

    /// The organisation that was signed in to last.
    pub fn current_org(&self) -> PathBuf {
        self.state.join("org")
    }

    /// What is known of the session with an organisation; nothing secret.
    pub fn session(&self, org: &str) -> PathBuf {
        self.state.join("sessions").join(format!("{org}.json"))
    }

    /// Held while a session is renewed, kept or ended, which takes no person; the system releases it when its holder ends.
    pub fn session_lock(&self, org: &str) -> PathBuf {
        self.state.join("sessions").join(format!("{org}.lock"))
    }

    /// Held while a person signs in.
    pub fn sign_in_lock(&self, org: &str) -> PathBuf {
        self.state.join("sign-in").join(format!("{org}.lock"))
    }

    /// The entries of secret stores that have, or may have, secrets of an organisation: an empty file or one that is not secret
    /// for each.
    pub fn entries(&self, org: &str) -> PathBuf {
        self.state.join("entries").join(org)
    }

    /// How the user signs in to an organisation, as far as that is remembered; nothing secret.
    pub fn sign_in(&self, org: &str) -> PathBuf {
        self.state.join("sign-in").join(format!("{org}.json"))
    }

    pub fn sessions(&self) -> PathBuf {
        self.state.join("sessions")
    }

    /// The file store of secrets, for those who choose it.
    pub fn secrets(&self) -> PathBuf {
        self.state.join("secrets")
    }

    /// Where another client of the same service keeps what it knows; `None` without a home.
    pub fn other_client(&self) -> Option<PathBuf> {
        BaseDirs::new().map(|dirs| dirs.home_dir().join(format!(".{}", self.name)))
    }

    /// What is known of the secrets that the session with an organisation has earned; nothing secret.
    pub fn credential_store(&self, org: &str) -> PathBuf {
        self.state.join("vault").join(org)
    }

    /// Directories that are there while a tool runs.
    pub fn run(&self) -> PathBuf {
        self.state.join("run")
    }

    /// The options of a database's client, for as long as it runs: a name to make others from. They hold a password that is
    /// good for 15 minutes.
    pub fn client_options(&self) -> PathBuf {
        self.state.join("clients").join("options")
    }

    /// The ids of the user's own requests.
    pub fn history(&self) -> PathBuf {
        self.state.join("history.jsonl")
    }

    /// The directory of the files with the keys of a service's machines, one for each by the name at which `ssh` arrives.
    pub fn ssh_hosts(&self, service: &str) -> PathBuf {
        self.state.join("ssh-hosts").join(service)
    }

    /// What plain `ssh` reads of the machines that it may reach; gone after a day.
    pub fn ssh_generated(&self) -> PathBuf {
        self.state.join("ssh-generated")
    }

    /// What goes with that, in a directory for each machine.
    pub fn ssh_machines(&self) -> PathBuf {
        self.ssh_generated().join("machines")
    }

    pub fn ssh_machine(&self, host: &str) -> PathBuf {
        self.ssh_machines().join(host)
    }

    /// Locks for files that other programs write too, and copies of their content while they are written in place.
    pub fn shared_files(&self) -> PathBuf {
        self.state.join("shared-files")
    }

    /// Held by whoever changes the user's configuration of ssh.
    pub fn ssh_config_lock(&self) -> PathBuf {
        self.state.join("ssh-config.lock")
    }

    /// The hosts of which is known that they are none of a service's machines.
    pub fn ssh_others(&self, service: &str) -> PathBuf {
        self.cache.join("ssh").join(format!("{service}.json"))
    }

    /// The directory (0700) of the agent that serves a key to plain `ssh`; its path is short enough for a socket.
    pub fn ssh_agent(&self, name: &str) -> PathBuf {
        let runtime = self.runtime.as_ref().filter(|runtime| runtime.parent().is_some_and(is_kept_by_me));
        let is_short = |directory: &PathBuf| directory.as_os_str().len() <= LONG;
        let [directory, in_state] = [runtime.unwrap_or(&self.state), &self.state].map(|parent| parent.join(name));
        let short = || Some(system::short_runtime(&self.state)?.join(name));
        match [directory, in_state.clone()].into_iter().find(is_short) {
            Some(directory) => directory,
            None => short().unwrap_or(in_state),
        }
    }

    /// The directories that those of agents are in.
    pub fn ssh_agents(&self) -> Vec<PathBuf> {
        let short = system::short_runtime(&self.state);
        self.runtime.iter().cloned().chain([self.state.clone()]).chain(short).collect()
    }

    /// The user's own configuration for ssh: `~/.ssh/config`; `None` without a home.
    pub fn ssh_config() -> Option<PathBuf> {
        ssh().map(|directory| directory.join("config"))
    }

    /// A new directory for the user alone (0700) whose path is short enough for sockets: where the platform keeps such
    /// things, else where it keeps temporary ones. Gone when dropped.
    pub fn private(&self) -> io::Result<Private> {
        let in_runtime = |runtime: &PathBuf| {
            runtime.parent().filter(|parent| is_kept_by_me(parent))?;
            let made = create_parent(&runtime.join("x")).and_then(|()| Private::below(Some(runtime))).ok()?;
            (made.path().as_os_str().len() <= LONG).then_some(made)
        };
        if let Some(made) = self.runtime.as_ref().and_then(in_runtime) {
            return Ok(made);
        }
        let made = Private::below(None)?;
        let length = made.path().as_os_str().len();
        match system::SHORT_TEMPORARY {
            Some(short) if length > LONG => Private::below(Some(Path::new(short))).map_err(|error| {
                io::Error::new(
                    error.kind(),
                    format!(
                        "the path {} has {length} bytes, which is too long for a socket, and {short} cannot be used: {error}",
                        made.path().display()
                    ),
                )
            }),
            _ => Ok(made),
        }
    }

    /// The AWS accounts that an organisation last said are installed; nothing secret.
    pub fn aws_accounts(&self, org: &str) -> PathBuf {
        self.cache.join("aws").join(format!("{org}.json"))
    }

    /// What `GET /orgs/{org}` last said, at the service of this tag.
    pub fn org_cache(&self, org: &str, service: &str) -> PathBuf {
        self.cache.join("orgs").join(format!("{org}.{service}.json"))
    }
}

impl Identity {
    fn text(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an identity is made of text")
    }
}

/// The file that says which directory of state it is in.
const IDENTITY: &str = "id.json";

/// One that is damaged is as good as none: what is bound to it is not found.
fn read_identity(file: &Path) -> io::Result<Option<Identity>> {
    Ok(read(file)?.and_then(|text| serde_json::from_str(&text).ok()))
}

/// The user's home, where it is another user's and this process is root (`sudo`): files that root leaves there lock that user
/// out.
fn foreign_home() -> Option<PathBuf> {
    BaseDirs::new().map(|dirs| dirs.home_dir().to_owned()).filter(|home| is_root() && system::is_anothers(home))
}

fn is_anothers(home: &Path) -> String {
    format!("{} belongs to another user, and p0 is running as root", home.display())
}

/// Where a directory would have to be made that is not there, if that cannot be done: such as in `/`, which is the home of a
/// container's user who has only a number.
fn closed_ancestor(directory: &Path) -> Option<PathBuf> {
    if directory.symlink_metadata().is_ok() {
        return None;
    }
    let there = directory.ancestors().find(|path| path.symlink_metadata().is_ok())?;
    (!system::is_writable(there)).then(|| there.to_owned())
}

/// Makes sure that a file is not in a home that p0 must not write to: none at all, or another user's.
pub fn check_home(file: &Path) -> io::Result<()> {
    if file.starts_with(NOWHERE) {
        return Err(io::Error::new(io::ErrorKind::Unsupported, "there is no home directory to keep it in"));
    }
    match foreign_home() {
        Some(home) if file.starts_with(&home) => {
            let why = format!("{}; run p0 without sudo, or with root's own home: sudo -H p0", is_anothers(&home));
            Err(io::Error::new(io::ErrorKind::PermissionDenied, why))
        }
        _ => Ok(()),
    }
}

/// The user's own kubeconfig; `None` without a home.
pub fn kubeconfig() -> Option<PathBuf> {
    BaseDirs::new().map(|dirs| dirs.home_dir().join(".kube").join("config"))
}

/// The user's own directory for ssh; `None` without a home.
pub fn ssh() -> Option<PathBuf> {
    BaseDirs::new().map(|dirs| dirs.home_dir().join(".ssh"))
}

/// What the system says of itself (os-release(5)); empty where it says nothing.
pub fn os_release() -> String {
    let places = ["/etc/os-release", "/usr/lib/os-release"];
    places.iter().find_map(|place| fs::read_to_string(place).ok()).unwrap_or_default()
}

/// A file that the AWS CLI and the SDKs keep in the user's home (`config`, `credentials`), or the one that its variable
/// names in its place, in which they let `~` stand for the home. `None` without a home.
pub fn aws(name: &str, variable: Option<&Path>) -> Option<PathBuf> {
    let home = || BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
    match variable {
        Some(path) => match path.strip_prefix("~") {
            Ok(rest) => Some(home()?.join(rest)),
            Err(_) => Some(path.to_owned()),
        },
        None => Some(home()?.join(".aws").join(name)),
    }
}

/// Where clients of PostgreSQL look for the certificates that they trust
/// (<https://www.postgresql.org/docs/current/libpq-ssl.html>); `None` without a home.
pub fn postgres_authorities() -> Option<PathBuf> {
    let dirs = BaseDirs::new()?;
    Some(match cfg!(windows) {
        true => dirs.config_dir().join("postgresql/root.crt"),
        false => dirs.home_dir().join(".postgresql/root.crt"),
    })
}

/// The running program, for processes that do not outlive it.
pub fn running_program() -> io::Result<PathBuf> {
    env::current_exe()
}

/// The running program by a path that an upgrade keeps, for files that outlive this version.
///
/// Package managers install each version in a directory of its own and link to it (Homebrew's `bin/p0 ->
/// ../Cellar/p0/0.1.0/bin/p0`, Nix profiles), and `current_exe` names that directory. In order of preference: the name
/// that the user ran, an entry of `PATH` (`search`), and the directories where such links are; each only if it leads to
/// this executable. A link is preferred to the file that it leads to.
pub fn stable_program(search: Option<&OsStr>) -> io::Result<PathBuf> {
    let running = env::current_exe()?;
    let typed = env::args_os().next().map(PathBuf::from).unwrap_or_default();
    Ok(stable_path(&running, &typed, search, &link_directories()))
}

fn stable_path(running: &Path, typed: &Path, search: Option<&OsStr>, links: &[PathBuf]) -> PathBuf {
    let real = fs::canonicalize(running).ok();
    let is_running = |path: &PathBuf| real.is_some() && fs::canonicalize(path).ok() == real;
    let by_path = typed.components().count() > 1;
    let names = [typed.file_name(), running.file_name()];
    let directories = search.into_iter().flat_map(env::split_paths).filter(|path| path.is_absolute());
    let found = directories
        .chain(links.iter().cloned())
        .flat_map(|directory| names.into_iter().flatten().map(move |name| directory.join(name)).collect::<Vec<_>>());
    let typed = Some(typed).filter(|_| by_path).and_then(|path| std::path::absolute(path).ok());
    let candidates: Vec<PathBuf> = typed.into_iter().chain(found).filter(is_running).collect();
    let is_link = |path: &&PathBuf| real.as_ref() != Some(*path);
    candidates.iter().find(is_link).or(candidates.first()).cloned().unwrap_or_else(|| running.to_owned())
}

/// Where package managers link to the current version of a program.
fn link_directories() -> Vec<PathBuf> {
    let home = BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
    let user = home.as_deref().and_then(Path::file_name).map(|user| Path::new("/etc/profiles/per-user").join(user));
    let own = [".local/bin", ".cargo/bin", ".nix-profile/bin", ".local/state/nix/profile/bin"];
    let own = home.iter().flat_map(|home| own.map(|directory| home.join(directory)));
    let shared = [
        "/opt/homebrew/bin",
        "/home/linuxbrew/.linuxbrew/bin",
        "/usr/local/bin",
        "/run/current-system/sw/bin",
        "/nix/var/nix/profiles/default/bin",
        "/usr/bin",
    ];
    own.chain(user.map(|user| user.join("bin"))).chain(shared.map(PathBuf::from)).collect()
}

/// Where a shell finds a completion script for `p0`, the user's own place first; `None` for a shell whose places differ
/// from machine to machine.
pub fn completions(shell: &str) -> Option<Vec<PathBuf>> {
    let dirs = BaseDirs::new()?;
    let (home, data, config) = (dirs.home_dir(), dirs.data_dir(), dirs.config_dir());
    let usr = |path: &str| ["/usr/local/share", "/usr/share"].map(|share| Path::new(share).join(path));
    let own = match shell {
        "bash" => vec![
            data.join("bash-completion/completions/p0"),
            data.join("bash-completion/completions/p0.bash"),
            PathBuf::from("/etc/bash_completion.d/p0"),
        ],
        "zsh" => vec![home.join(".zfunc/_p0"), home.join(".zsh/completions/_p0")],
        "fish" => vec![config.join("fish/completions/p0.fish")],
        _ => return None,
    };
    let shared = match shell {
        "bash" => [usr("bash-completion/completions/p0"), usr("bash-completion/completions/p0.bash")],
        "zsh" => [usr("zsh/site-functions/_p0"), usr("zsh/vendor-completions/_p0")],
        _ => [usr("fish/completions/p0.fish"), usr("fish/vendor_completions.d/p0.fish")],
    };
    Some(own.into_iter().chain(shared.into_iter().flatten()).collect())
}

/// The path that a name of a file leads to, links followed, as people write it.
pub fn real(path: &Path) -> io::Result<PathBuf> {
    fs::canonicalize(path).map(system::written)
}

/// Whether a file is the user's, or would be, where it is to be made: in a directory of theirs.
pub fn would_be_mine(file: &Path) -> bool {
    let there = file.ancestors().find(|path| path.symlink_metadata().is_ok());
    there.is_none_or(is_mine)
}

/// Whether a name can be a part of a path as it stands: letters, digits, `.`, `_`, `-`, not beginning with a dot.
pub fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 128
        && !name.starts_with('.')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

/// Creates the directory of a file, for the user alone.
pub fn create_parent(file: &Path) -> io::Result<()> {
    check_home(file)?;
    file.parent().map_or(Ok(()), system::create)
}

/// Creates the directory of an agent (0700), and makes sure that it is the user's alone: its parent may be everybody's.
#[cfg(unix)]
pub fn create_agent_directory(directory: &Path) -> io::Result<()> {
    system::create(directory)?;
    let of_others = |path: &Path| io::Error::other(format!("{} is not a private directory of yours", path.display()));
    let parent = directory.parent().filter(|parent| !is_kept_by_me(parent));
    match parent.into_iter().chain([directory]).find(|path| !system::is_private(path)) {
        Some(path) => Err(of_others(path)),
        None => Ok(()),
    }
}

/// Creates a directory of a name of its own below this one, for the user alone; it is gone when the handle is.
pub fn private_below(parent: &Path) -> io::Result<TempDir> {
    system::create(parent)?;
    system::temporary(&mut tempfile::Builder::new(), Some(parent))
}

/// Writes a secret into a file in a directory that is the user's alone. Readers see all of it or no file.
#[cfg(windows)]
pub fn write_private(file: &Path, secret: &[u8]) -> io::Result<()> {
    let mut new = beside(file)?;
    windows::check_private(new.path(), new.as_file())?;
    new.write_all(secret)?;
    put(new, file)
}

/// Replaces a file in one step: readers see the old text or the new, never half of one. Mode 0600.
pub fn replace(file: &Path, text: &[u8]) -> io::Result<()> {
    create_parent(file)?;
    let mut new = beside(file)?;
    new.write_all(text)?;
    put(new, file)
}

/// A new file, which is to be [`put`] in the place of this one, in the same directory. Mode 0600, with a name that cannot be
/// guessed; gone when dropped.
pub fn beside(file: &Path) -> io::Result<NamedTempFile> {
    check_home(file)?;
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    system::beside(directory)
}

/// Puts a file, once it is on the disk, in the place of another.
pub fn put(new: NamedTempFile, file: &Path) -> io::Result<()> {
    new.as_file().sync_data()?;
    system::put(new, file)
}

/// Whether an error says that the file system has no locks.
pub fn has_no_locks(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported || system::has_no_locks(error)
}

/// A lock on a local disk that stands for one on a file system that has none. It holds among the processes of this machine.
pub fn local_lock(lock: &Path) -> io::Result<PathBuf> {
    let directory = tempfile::env::temp_dir().join(format!("p0-locks-{}", system::user()));
    match system::create_private(&directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    if !system::is_private(&directory) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the directory for locks is not the user's own"));
    }
    let hash = Sha256::digest(lock.as_os_str().as_encoded_bytes());
    let name: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(directory.join(format!("{name}.lock")))
}

/// Reads a file that may be absent.
pub fn read(file: &Path) -> io::Result<Option<String>> {
    let mut opened = match open_regular(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = String::new();
    opened.read_to_string(&mut text)?;
    Ok(Some(text))
}

/// Opens a file for reading. Anything but a regular file is refused: opening a pipe can wait forever, and opening a device
/// can have effects.
pub fn open_regular(file: &Path) -> io::Result<fs::File> {
    let is_regular = |metadata: fs::Metadata| if metadata.is_file() { Ok(()) } else { Err(not_regular()) };
    is_regular(fs::metadata(file)?)?;
    let opened = system::reading().open(file)?;
    // It may have been replaced since.
    is_regular(opened.metadata()?)?;
    Ok(opened)
}

/// The error for a pipe, a socket, a device or a directory where a file is expected.
pub fn not_regular() -> io::Error {
    io::Error::other("it is not a regular file")
}

/// Makes sure that a file which is absent can be created, with the directories above it.
pub fn check_creatable(file: &Path) -> io::Result<()> {
    for parent in file.ancestors().skip(1) {
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        match fs::metadata(parent) {
            Ok(metadata) if metadata.is_dir() => return check_writable(parent),
            Ok(_) => return Err(io::ErrorKind::NotADirectory.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Removes a file that may be absent.
pub fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_their_directory_are_refused() {
        for name in ["acme", "a.b", "A-1_x"] {
            assert!(is_plain(name), "{name}");
        }
        for name in ["", ".", "..", ".x", "a/b", "a\\b", "a b", "a\n", "é"] {
            assert!(!is_plain(name), "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn files_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("a/b/c");
        replace(&file, b"one").expect("written");
        replace(&file, b"two").expect("replaced");
        assert_eq!(read(&file).expect("read").as_deref(), Some("two"));
        let mode = |path: &Path| fs::metadata(path).expect("metadata").permissions().mode() & 0o777;
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(file.parent().expect("parent")), 0o700);
        remove(&file).expect("removed");
        remove(&file).expect("nothing to remove");
        assert_eq!(read(&file).expect("absent"), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_in_which_others_write_is_no_place_for_what_lasts_a_run() {
        use std::os::unix::fs::PermissionsExt;
        let (home, platform) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
        let dirs = Dirs { runtime: Some(platform.path().join("p0")), ..Dirs::within(home.path()) };
        let set = |mode| fs::set_permissions(platform.path(), fs::Permissions::from_mode(mode)).expect("its mode");
        let is_used = || {
            let made = dirs.private().expect("a directory");
            assert_eq!(made.path().starts_with(platform.path()), dirs.ssh_agent("key").starts_with(platform.path()));
            made.path().starts_with(platform.path())
        };
        for mode in [0o700, 0o755] {
            set(mode);
            assert!(is_used(), "{mode:o}");
        }
        // What is there by our name could be anybody's.
        for mode in [0o777, 0o1777, 0o770] {
            set(mode);
            assert!(!is_used(), "{mode:o}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_program_is_named_by_a_link_that_an_upgrade_keeps() {
        use std::os::unix::fs::symlink;
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().canonicalize().expect("its path");
        let (real, link, other) = (root.join("Cellar/1/p0"), root.join("bin/p0"), root.join("other/p0"));
        for file in [&real, &link, &other] {
            create_parent(file).expect("a directory");
        }
        fs::write(&real, "").expect("written");
        fs::write(&other, "").expect("written");
        symlink("../Cellar/1/p0", &link).expect("a link");
        let path = env::join_paths([root.join("other"), root.join("bin")]).expect("a list");
        let of =
            |typed: &Path, search: bool, links: &[PathBuf]| stable_path(&real, typed, search.then_some(&*path), links);
        assert_eq!(of(&link, false, &[]), link, "the name that was typed");
        assert_eq!(of("p0".as_ref(), true, &[]), link, "found by PATH, where the first entry is another program");
        assert_eq!(of(&real, true, &[]), link, "a link rather than the file");
        assert_eq!(of(&real, false, &[root.join("bin")]), link, "where package managers put links");
        assert_eq!(of(&other, false, &[]), real, "argv[0] may say anything");
        assert_eq!(of(&real, false, &[]), real);
        // It was replaced while it runs.
        let gone = root.join("Cellar/0/p0 (deleted)");
        assert_eq!(stable_path(&gone, &link, None, &[]), gone);
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_too_long_for_a_socket_has_a_short_one_in_its_place() {
        let home = tempfile::tempdir().expect("a directory");
        let dirs = Dirs::within(&home.path().join("x".repeat(120)));
        assert!(dirs.private().expect("a directory").path().as_os_str().len() <= LONG);
        let agent = dirs.ssh_agent("key-0123456789abcdef");
        assert!(agent.as_os_str().len() <= LONG, "{}", agent.display());
        assert!(dirs.ssh_agents().iter().any(|directory| agent.starts_with(directory)));
        assert_eq!(agent, dirs.ssh_agent("key-0123456789abcdef"), "whoever asks");
        assert!(create_agent_directory(&home.path().join("key-1")).is_ok());
        let file = home.path().join("key-2");
        symlink_to_directory(home.path(), &file);
        assert!(create_agent_directory(&file).is_err(), "a link may be anybody's");
    }

    #[cfg(unix)]
    fn symlink_to_directory(directory: &Path, link: &Path) {
        std::os::unix::fs::symlink(directory, link).expect("a link");
    }
}
