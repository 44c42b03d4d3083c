//! How many clients wait at once: all together, and those of one person.

use super::ApiError;
use axum::http::StatusCode;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Room for clients that wait.
pub(crate) struct Room {
    most: usize,
    most_per_person: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    /// By e-mail address; nobody is in it with none.
    by_person: HashMap<String, usize>,
}

/// A place; it is given back when this is dropped.
pub(super) struct Place {
    room: Arc<Room>,
    email: String,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Full {
    #[error("Too many clients are waiting: try again later")]
    Service,
    #[error("No more than {0} of your clients can wait at once: try again later")]
    Person(usize),
}

impl Room {
    /// Room for so many, and for so many of one person.
    pub(crate) fn new(most: usize, most_per_person: usize) -> Arc<Self> {
        Arc::new(Self { most, most_per_person, taken: Mutex::default() })
    }

    /// Takes a place for a client of this person.
    pub(super) fn enter(self: &Arc<Self>, email: &str) -> Result<Place, Full> {
        let mut taken = self.taken();
        if taken.all >= self.most {
            return Err(Full::Service);
        }
        let own = taken.by_person.get(email).copied().unwrap_or_default();
        if own >= self.most_per_person {
            return Err(Full::Person(self.most_per_person));
        }
        taken.all += 1;
        taken.by_person.insert(email.to_owned(), own + 1);
        Ok(Place { room: Arc::clone(self), email: email.to_owned() })
    }

    /// Nothing that holds the lock can panic half-way.
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.room.taken();
        taken.all -= 1;
        if let Some(own) = taken.by_person.get_mut(&self.email) {
            *own -= 1;
            if *own == 0 {
                taken.by_person.remove(&self.email);
            }
        }
    }
}

impl From<Full> for ApiError {
    fn from(full: Full) -> Self {
        let status = match full {
            Full::Service => StatusCode::SERVICE_UNAVAILABLE,
            Full::Person(_) => StatusCode::TOO_MANY_REQUESTS,
        };
        Self::new(status, full.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_limited_for_all_and_for_each_and_given_back() {
        let room = Room::new(3, 2);
        let first = room.enter("a@example.com").expect("a place");
        let second = room.enter("a@example.com").expect("a place");
        assert_eq!(room.enter("a@example.com").err(), Some(Full::Person(2)));
        let other = room.enter("b@example.com").expect("a place");
        assert_eq!(room.enter("c@example.com").err(), Some(Full::Service));
        drop(first);
        let third = room.enter("a@example.com").expect("a place");
        drop((second, third, other));
        assert!(room.taken().by_person.is_empty(), "nobody is remembered");
        assert_eq!(room.taken().all, 0);
    }
}
