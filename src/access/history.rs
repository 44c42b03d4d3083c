//! The ids of the user's own requests, remembered here because the remote API lists none.
//!
//! A file of JSON lines that is only added to: a later line about a request is laid over the earlier ones. Lines that
//! cannot be read are skipped, so that half a line never costs more than itself.

use crate::{
    ctx::Ctx,
    dirs,
    error::{Failure, classify},
};
use p0_wire::request::{Outcome, Request, Status};
use serde::{Deserialize, Serialize};
use std::{
    fs::{File, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
    sync::mpsc,
    thread,
    time::Duration,
};
use url::Url;

/// Above this the file is rewritten with the newest entries.
const MOST_BYTES: u64 = 512 * 1024;
const A_DAY: i64 = 86_400_000;
/// Writing a line takes less. A process that is stopped while it holds the lock must not block the others.
const LOCK_LIMIT: Duration = Duration::from_secs(2);
/// How many requests a rewrite keeps.
const KEPT: usize = 500;

/// What is remembered of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    pub id: String,
    pub org: String,
    /// Where that was looked up; `None`: an older version did not note it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Url>,
    /// Who asked ([`crate::session::Sessions::holder`]); `None`: an older version did not note it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// The words that asked for it.
    pub title: String,
    /// The principal, if access was requested for another user. Empty if the service does not name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted_to: Option<String>,
    /// Standing access, which has no end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub standing: bool,
    /// When it was made: milliseconds since the Unix epoch.
    pub at: i64,
    /// Where it stood when last heard of.
    pub status: Status,
    /// When the access ends, where that is known: milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
}

impl Entry {
    fn key(&self) -> (String, Option<Url>, String) {
        (self.org.clone(), self.service.clone(), self.id.clone())
    }

    /// Takes over what is news in a request.
    pub fn update(&mut self, request: &Request) {
        self.status = request.status.clone();
        self.expires_at = request.expiry_timestamp.or(self.expires_at);
    }

    /// Whether the request waits for a decision at this time, as far as is known here: after a day without news it
    /// has most likely been decided without us.
    pub fn is_pending(&self, now: i64) -> bool {
        self.status.outcome() == Outcome::Undecided && now - self.at < A_DAY
    }

    /// Whether the user holds the access at this time (milliseconds since the Unix epoch), as far as is known here:
    /// where its end is not, for a day.
    pub fn is_held(&self, now: i64) -> bool {
        let lasts = match self.expires_at {
            Some(end) => end > now,
            None => self.standing || now - self.at < A_DAY,
        };
        self.granted_to.is_none() && self.status.outcome() == Outcome::Approved && lasts
    }

    /// Whether it was made at this service, and not by another user. Whose a token is that was given, is not known.
    fn is_of(&self, service: &Url, holder: &str) -> bool {
        let is_user = |holder: &str| holder.contains('@');
        let theirs = self.holder.as_deref().unwrap_or_default();
        let is_anothers = is_user(theirs) && is_user(holder) && theirs != holder;
        self.service.as_ref().is_none_or(|own| own == service) && !is_anothers
    }

    /// The request, as far as it is remembered.
    pub fn request(&self) -> Request {
        Request {
            principal: self.granted_to.clone().filter(|principal| !principal.is_empty()),
            expiry_timestamp: self.expires_at,
            ..Request::with_status(self.status.clone())
        }
    }
}

/// Remembers an entry. A request must not fail because it cannot be remembered: the user is told, and it goes on.
pub fn remember(ctx: &Ctx, entry: &Entry) {
    if !ctx.dirs.keeps() {
        return tracing::debug!(request = entry.id, "there is no directory to remember a request in");
    }
    let sessions = ctx.sessions();
    let bound = Entry {
        service: entry.service.clone().or_else(|| sessions.lookup(&entry.org).ok()),
        holder: entry.holder.clone().or_else(|| sessions.holder(&entry.org).ok()),
        ..entry.clone()
    };
    if let Err(error) = append(&ctx.dirs.history(), &bound) {
        let path = ctx.dirs.history();
        ctx.ui.warn(format!("Request {} is not remembered here: {}: {error}", entry.id, path.display()));
    }
}

/// What is remembered of the user's requests in one organisation, newest first. Those at another service that has one of the same
/// name are not, nor are those of another user who was signed in here.
pub fn load(ctx: &Ctx, org: &str) -> Result<Vec<Entry>, Failure> {
    let of_org = all(ctx)?.into_iter().rev().filter(|entry| entry.org == org);
    let mut own: Vec<Entry> = of_org.collect();
    if own.is_empty() {
        return Ok(own);
    }
    let (service, holder) = (ctx.sessions().lookup(org)?, ctx.sessions().holder(org).map_err(classify)?);
    own.retain(|entry| entry.is_of(&service, &holder));
    Ok(own)
}

/// Whether a request in this organisation was made here, at whichever address the service had, and by whichever user.
pub fn is_known(ctx: &Ctx, org: &str, id: &str) -> Result<bool, Failure> {
    Ok(all(ctx)?.iter().any(|entry| entry.org == org && entry.id == id))
}

fn all(ctx: &Ctx) -> Result<Vec<Entry>, Failure> {
    let path = ctx.dirs.history();
    read(&path).map_err(|error| Failure::error(format!("Cannot read {}: {error}", path.display())))
}

/// Takes over what is news about a request, if it is one that is remembered here.
pub fn update(ctx: &Ctx, org: &str, id: &str, request: &Request) {
    update_all(ctx, org, [(id, request)]);
}

/// Takes over what is news about requests, for those that are remembered here.
pub fn update_all<'a>(ctx: &Ctx, org: &str, news: impl IntoIterator<Item = (&'a str, &'a Request)>) {
    let entries = match load(ctx, org) {
        Ok(entries) => entries,
        Err(failure) => return ctx.ui.warn(failure.message),
    };
    for (id, request) in news {
        let Some(before) = entries.iter().find(|entry| entry.id == id) else { continue };
        let mut entry = before.clone();
        entry.update(request);
        if entry != *before {
            remember(ctx, &entry);
        }
    }
}

fn append(path: &Path, entry: &Entry) -> io::Result<()> {
    dirs::create_parent(path)?;
    // Held until the end: a rewrite must not lose a line that another process appends.
    let _lock = lock(&path.with_extension("lock"), LOCK_LIMIT)?;
    let mut file = private(path)?;
    let before = file.metadata()?.len();
    // A line that was cut off, such as by a power failure, is ended here: it must not spoil this one.
    let mut line = if ends_a_line(&mut file, before)? { Vec::new() } else { vec![b'\n'] };
    serde_json::to_writer(&mut line, entry)?;
    line.push(b'\n');
    if let Err(error) = file.write_all(&line) {
        // Half a line would spoil the next one as well.
        file.set_len(before)?;
        return Err(error);
    }
    if before + line.len() as u64 > MOST_BYTES {
        let entries = read(path)?;
        let mut text = Vec::new();
        for entry in &entries[entries.len().saturating_sub(KEPT)..] {
            serde_json::to_writer(&mut text, entry)?;
            text.push(b'\n');
        }
        dirs::replace(path, &text)?;
    }
    Ok(())
}

/// Takes the lock, for as long as the file is open.
fn lock(path: &Path, limit: Duration) -> io::Result<File> {
    let mut file = private(path)?;
    let mut tried = file.try_lock();
    if let Err(TryLockError::Error(error)) = &tried
        && dirs::has_no_locks(error)
    {
        // Such as on a home that is mounted without locks (NFS).
        file = private(&dirs::local_lock(path)?)?;
        tried = file.try_lock();
    }
    match tried {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let (done, taken) = mpsc::channel();
    // If the receiver is gone, the file is dropped, and the lock with it.
    let wait = move || drop(done.send(file.lock().map(|()| file)));
    thread::Builder::new().name("lock".into()).spawn(wait)?;
    let held = |_| Err(io::Error::new(io::ErrorKind::TimedOut, "another p0 does not let go of its lock"));
    taken.recv_timeout(limit).unwrap_or_else(held)
}

/// Whether a line may follow what is in a file of this length.
fn ends_a_line(file: &mut File, length: u64) -> io::Result<bool> {
    let Some(last) = length.checked_sub(1) else { return Ok(true) };
    let mut byte = [0];
    file.seek(SeekFrom::Start(last))?;
    file.read_exact(&mut byte)?;
    Ok(byte == *b"\n")
}

/// The entries, oldest first, each as its last line has it.
fn read(path: &Path) -> io::Result<Vec<Entry>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut entries: Vec<Entry> = Vec::new();
    let mut known = std::collections::HashMap::new();
    let mut skipped = 0;
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        match serde_json::from_slice::<Entry>(line) {
            // Two organisations may have the same id.
            Ok(entry) => match known.get(&entry.key()) {
                Some(&at) => entries[at] = entry,
                None => {
                    known.insert(entry.key(), entries.len());
                    entries.push(entry);
                }
            },
            Err(_) => skipped += 1,
        }
    }
    if skipped > 0 {
        tracing::debug!(skipped, "lines of the history cannot be read");
    }
    Ok(entries)
}

fn private(path: &Path) -> io::Result<File> {
    dirs::private_file().read(true).append(true).create(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, status: Status) -> Entry {
        Entry {
            id: id.into(),
            org: "dev".into(),
            service: None,
            holder: None,
            title: "gcloud role viewer".into(),
            granted_to: None,
            standing: false,
            at: 1,
            status,
            expires_at: Some(100),
        }
    }

    #[test]
    fn the_last_word_on_a_request_counts() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("p0/history.jsonl");
        append(&path, &entry("a", Status::New)).expect("appended");
        append(&path, &entry("b", Status::New)).expect("appended");
        append(&path, &entry("a", Status::Done)).expect("appended");
        let entries = read(&path).expect("read");
        assert_eq!(entries, [entry("a", Status::Done), entry("b", Status::New)]);
        assert!(entries[0].is_held(99) && !entries[0].is_held(100) && !entries[1].is_held(99));
        append(&path, &Entry { org: "other".into(), ..entry("a", Status::Denied) }).expect("appended");
        assert_eq!(
            read(&path).expect("read")[0],
            entry("a", Status::Done),
            "another organisation's says nothing of it"
        );
    }

    #[test]
    fn what_is_held_is_the_user_s_own_and_has_an_end() {
        let open = Entry { expires_at: None, ..entry("a", Status::Approved) };
        assert!(open.is_held(A_DAY) && !open.is_held(A_DAY + 1));
        assert!(Entry { standing: true, ..open.clone() }.is_held(A_DAY + 1));
        assert!(!Entry { granted_to: Some("ada@example.com".into()), ..open }.is_held(2));
    }

    #[test]
    fn a_corrupt_line_costs_only_itself() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("history.jsonl");
        append(&path, &entry("a", Status::Done)).expect("appended");
        private(&path).expect("opened").write_all(b"{\"id\": \"b\", \xff\xfe\nnull\n{\"id\": \"d\"").expect("spoilt");
        append(&path, &entry("c", Status::Done)).expect("appended");
        let ids: Vec<String> = read(&path).expect("read").into_iter().map(|entry| entry.id).collect();
        assert_eq!(ids, ["a", "c"]);
    }

    #[test]
    fn a_lock_that_is_never_released_is_given_up() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("history.lock");
        let _held = lock(&path, LOCK_LIMIT).expect("free");
        let error = lock(&path, Duration::from_millis(1)).expect_err("held");
        assert_eq!(error.to_string(), "another p0 does not let go of its lock");
    }

    #[test]
    fn the_file_does_not_grow_for_ever_and_nothing_is_lost_meanwhile() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("history.jsonl");
        let filler = vec![b'\n'; MOST_BYTES as usize - 2_000];
        std::fs::write(&path, filler).expect("written");
        std::thread::scope(|scope| {
            for worker in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    for i in 0..10 {
                        append(path, &entry(&format!("{worker}-{i}"), Status::Done)).expect("appended");
                    }
                });
            }
        });
        assert_eq!(read(&path).expect("read").len(), 80);
        assert!(path.metadata().expect("metadata").len() < MOST_BYTES);
    }
}
