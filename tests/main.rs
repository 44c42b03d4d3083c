//! Tests of the real binary as a process of its own: a module for each command, in one test binary.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests: a failed unwrap is their report")]

mod bad_names;
mod bad_secrets;
mod bad_service;
mod bad_sign_in;
mod bad_state;
mod bad_text;
mod bad_tool;
mod decide;
mod dev;
mod dev_ssh;
mod doctor;
mod generated;
mod grant_allow;
mod harness;
mod idp;
mod layout;
mod ls;
mod org;
mod plain_ssh;
mod real_browser;
mod real_providers;
mod renewal;
mod request;
mod requests_show;
mod scene;
mod secrets;
mod serve;
mod sign_in;
mod ssh;
mod ssh_providers;
mod status_login;
mod terminal;
mod token_file;
mod tool;
mod wait;
