//! `ls`.

use super::*;
use p0_wire::command::Listing;
use std::collections::HashSet;

#[track_caller]
fn query(catalog: &Catalog, words: &str) -> Query {
    match run(catalog, &format!("ls {words}")) {
        Ok(Parsed::Ls(query)) => query,
        other => panic!("{words}: {other:?}"),
    }
}

fn everything(words: &str) -> Listing {
    let catalog = seeded();
    list(&query(&catalog, words), &catalog, &|_| true, &HashSet::new())
}

fn keys(listing: &Listing) -> Vec<&str> {
    listing.items.iter().map(|item| item.key.as_str()).collect()
}

#[test]
fn every_term_must_match_something() {
    assert_eq!(keys(&everything("gcloud role names --like BigQuery-viewer")), ["roles/bigquery.dataViewer"]);
    assert_eq!(keys(&everything("ssh session destination --like |192.0.2.12|")), ["i-0aaaaaaaaaaaaaaa2"]);
    assert_eq!(keys(&everything("gcloud role names --like |basic OWNER|")), ["roles/owner"]);
    assert!(everything("gcloud role names --like banana").items.is_empty());
}

#[test]
fn a_listing_says_what_it_lists_and_whether_there_is_more() {
    let listing = everything("gcloud role names");
    assert_eq!((listing.items.len(), listing.is_truncated, listing.arg.as_str()), (15, true, "roles"));
    let listing = everything("gcloud role names --size 30 --like viewer");
    assert_eq!((listing.is_truncated, listing.term.as_str(), listing.ok), (false, "viewer", true));
    let sorted: Vec<_> = listing.items.iter().map(|item| (item.group.clone(), item.value.to_lowercase())).collect();
    assert!(sorted.is_sorted(), "{sorted:?}");
    assert_eq!(everything("aws permission-set permission-set").arg, "permission sets");
}

#[test]
fn what_is_held_comes_first_and_what_is_not_allowed_not_at_all() {
    let catalog = seeded();
    let query = query(&catalog, "gcloud role names --size 100 --all --principal ada@example.com");
    assert!(query.all && query.principal.as_deref() == Some("ada@example.com"));
    let held = HashSet::from([access_of(&catalog, "gcloud role storage.admin").key]);
    let listing = list(&query, &catalog, &|access| access.title != "gcloud role owner", &held);
    assert_eq!((listing.items[0].key.as_str(), listing.items[0].is_preexisting), ("roles/storage.admin", true));
    assert!(listing.items[1..].iter().all(|item| !item.is_preexisting && item.key != "roles/owner"));
}

#[test]
fn destinations_have_their_particulars() {
    let listing = everything("ssh session destination --provider gcp");
    assert_eq!(
        serde_json::to_value(&listing.items).expect("json"),
        serde_json::json!([{
            "key": "4000000000000000001", "value": "batch-1", "group": "Example development", "isPreexisting": false,
            "provider": "gcp", "instanceId": "4000000000000000001", "name": "batch-1",
            "alternativeNames": ["batch-1.example.com", "198.51.100.11"],
        }])
    );
}

#[test]
fn flags_narrow_a_listing_and_can_be_listed() {
    let listing = everything("aws role role --account production");
    assert!(listing.items.iter().all(|item| item.group.as_deref() == Some("production")) && listing.items.len() == 2);
    assert_eq!(keys(&everything("aws role account")), ["111122223333", "444455556666"]);
    assert_eq!(keys(&everything("pg role database")), ["invoices", "orders"]);
}
