//! Sign-ins and renewals at Firebase.
