//! What holds for every command of the table, every seeded resource, and any words at all.

use super::*;
use crate::{
    catalog::Entry,
    spec::{AccessType, Takes},
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use std::collections::{BTreeSet, HashSet};

fn commands(catalog: &Catalog) -> impl Iterator<Item = (&Entry, &AccessType)> {
    catalog.entries().flat_map(|entry| entry.spec.access_types.iter().map(move |access_type| (entry, access_type)))
}

#[test]
fn every_integration_of_the_table_is_seeded_with_all_that_it_lists() {
    let catalog = seeded();
    for integration in crate::spec::table::all() {
        let entry = catalog.entry_named(&integration.name).unwrap_or_else(|| panic!("{}", integration.name));
        for kind in &integration.kinds {
            assert!(!entry.resources(&kind.name).is_empty(), "{}: {}", integration.name, kind.name);
        }
    }
    let custom =
        catalog.integrations().filter(|name| crate::spec::table::all().iter().all(|builtin| builtin.name != *name));
    assert_eq!(custom.collect::<Vec<_>>(), ["vpn"]);
}

#[test]
fn every_command_has_help_with_its_arguments_and_flags() {
    let catalog = seeded();
    for (entry, access_type) in commands(&catalog) {
        for verb in ["request", "grant", "allow", "ls"] {
            let (name, path) = (&entry.spec.name, &access_type.name);
            for line in [format!("{verb} {name} --help"), format!("{verb} {name} {path} --help")] {
                let help = error_of(&catalog, &line);
                assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
                let arguments = access_type.arguments.iter().filter(|a| verb != "ls" || a.kind.is_some());
                for argument in arguments {
                    let shown = if verb == "ls" { argument.name.clone() } else { argument.usage() };
                    assert!(!line.contains(path.as_str()) || help.contains(&shown), "{line}: {shown}\n{help}");
                }
                for flag in access_type.flags.iter().filter(|_| verb != "ls" && line.contains(&format!(" {path} --"))) {
                    assert!(help.contains(&format!("      --{} ", flag.name)), "{line}: {}\n{help}", flag.name);
                }
            }
        }
    }
}

#[test]
fn everything_listed_can_be_requested_and_is_then_held() {
    let catalog = seeded();
    let mut requested = 0;
    for (entry, access_type) in commands(&catalog) {
        for (listed, _) in access_type.listable() {
            let (integration, name) = (&entry.spec.name, &access_type.name);
            let Ok(Parsed::Ls(query)) = run(&catalog, &format!("ls {integration} {name} {listed} --size 1000")) else {
                panic!("{integration} {name} {listed}");
            };
            for item in list(&query, &catalog, &|_| true, &HashSet::new()).items {
                let mut words = vec!["request".to_owned(), integration.clone(), name.clone()];
                for argument in &access_type.arguments {
                    words.push(match (&argument.kind, argument.name == listed) {
                        (_, true) => item.key.clone(),
                        (Some(kind), false) => sibling(entry, kind),
                        (None, false) => "SELECT 1".into(),
                    });
                }
                if access_type.arguments.iter().all(|argument| argument.name != listed) {
                    words.extend([format!("--{listed}"), item.key.clone()]);
                }
                let parsed = parse(&words, "p0", &catalog, NOW);
                let ask = match parsed {
                    Ok(Parsed::Request(ask)) => ask,
                    // Within which account is left to the requestor, where a resource says nothing of it.
                    Err(Usage(error)) if error.starts_with("Missing required argument: account") => continue,
                    // A sibling may belong elsewhere.
                    Err(Usage(error)) if error.starts_with("What is named belongs to different") => {
                        assert!(access_type.arguments.len() > 1, "{words:?}: {error}");
                        continue;
                    }
                    Err(Usage(error)) if error.starts_with("Could not find") => {
                        assert!(
                            access_type.arguments.iter().all(|argument| argument.name != listed),
                            "{words:?}: {error}"
                        );
                        continue;
                    }
                    other => panic!("{words:?}: {other:?}"),
                };
                requested += 1;
                if access_type.arguments.len() == 1
                    && access_type.kind_of(&access_type.arguments[0].name).is_some()
                    && access_type.arguments[0].name == listed
                {
                    let held = HashSet::from([ask.access.key]);
                    let again = list(&query, &catalog, &|_| true, &held).items;
                    let marked: Vec<&str> = again.iter().filter(|i| i.is_preexisting).map(|i| i.key.as_str()).collect();
                    assert_eq!(marked, [item.key.as_str()], "{words:?}");
                }
            }
        }
    }
    assert!(requested > 80, "{requested}");
}

/// A resource of another argument, which lies in no place of its own if there is one.
fn sibling(entry: &Entry, kind: &str) -> String {
    let resources = entry.resources(kind);
    resources.iter().find(|resource| resource.parent.is_none()).unwrap_or(&resources[0]).key.clone()
}

#[test]
fn any_words_are_a_command_or_a_clean_error() {
    let catalog = seeded();
    let mut known: BTreeSet<String> =
        ["request", "grant", "allow", "ls", "--", "-", "--help", "", "\0", "\u{202e}x", "=", "--=", "--no-"]
            .map(String::from)
            .into();
    for flag in Verb::ALL.iter().flat_map(|verb| verb.flags().into_iter().chain(verb.flags_of_access())) {
        known.extend([format!("--{}", flag.name), format!("--no-{}", flag.name), format!("--{}=1h", flag.name)]);
    }
    for (entry, access_type) in commands(&catalog) {
        known.extend([entry.spec.name.clone(), access_type.name.clone()]);
        known.extend(access_type.listable().map(|(name, _)| name.to_owned()));
        known.extend(entry.spec.kinds.iter().flat_map(|kind| entry.resources(&kind.name)).map(|r| r.key.clone()));
        for flag in &access_type.flags {
            known.insert(format!("--{}", flag.name));
            if let Takes::Choice(choices) = &flag.takes {
                known.extend(choices.iter().map(|choice| choice.value.clone()));
            }
        }
    }
    let known: Vec<String> = known.into_iter().collect();
    let mut random = StdRng::seed_from_u64(2);
    let mut understood = 0;
    for _ in 0..5_000 {
        let mut argv: Vec<String> = Vec::new();
        if random.random_bool(0.8) {
            let (entry, access_type) = *commands(&catalog).collect::<Vec<_>>().choose(&mut random).expect("a command");
            let verb = *Verb::ALL.choose(&mut random).expect("a verb");
            argv.extend([verb.name().to_owned(), entry.spec.name.clone(), access_type.name.clone()]);
            let kind = access_type.arguments.first().and_then(|argument| argument.kind.as_deref());
            let some =
                kind.and_then(|kind| entry.resources(kind).choose(&mut random)).map(|resource| resource.key.clone());
            argv.extend(some.filter(|_| verb != Verb::Ls));
        }
        for _ in 0..random.random_range(0..4) {
            let place = random.random_range(0..=argv.len());
            let word = match random.random_bool(0.8) {
                true => known.choose(&mut random).expect("a word").clone(),
                false => (0..random.random_range(0..20)).map(|_| random.random::<char>()).collect(),
            };
            argv.insert(place, word);
        }
        match parse(&argv, "p0", &catalog, NOW) {
            Ok(Parsed::Ls(query)) => _ = list(&query, &catalog, &|_| true, &HashSet::new()),
            Ok(Parsed::Request(ask) | Parsed::Grant { ask, .. } | Parsed::Allow { ask, .. }) => {
                understood += 1;
                assert!(!ask.access.title.contains(text::is_hidden), "{argv:?}");
            }
            Err(Usage(error)) => {
                assert!(!error.is_empty() && error.len() < 8_000, "{argv:?}");
                assert!(!error.contains(|c: char| text::is_hidden(c) && c != '\n'), "{argv:?}: {error:?}");
            }
        }
    }
    assert!(understood > 100, "{understood}");
}
