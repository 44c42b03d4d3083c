//! Machines.

use crate::spec::{AccessType, Argument, Flag, Form, Integration, Kind, Shape};

fn public_key() -> Flag {
    Flag::text_of(Form::PublicKey, "public-key", "Public key, as in authorized_keys").incidental()
}

pub(super) fn ssh() -> Integration {
    let common = |access_type: AccessType| {
        access_type
            .flag(Flag::switch("approved", "Only if it needs no approval").incidental())
            .flag(
                Flag::choice("provider", "Where the machine is", ["aws", "azure", "gcloud", "self-hosted"])
                    .also("gcloud", "gcp"),
            )
            .flag(public_key())
            .flag(Flag::switch("sudo", "With sudo"))
    };
    let parent = || Flag::listed("parent", "Account, project or subscription of the machine");
    Integration::new("ssh", "Secure Shell")
        .kind(Kind::new("destination", "instances").within("parent").known_by_value().shape(Shape::Machine))
        .kind(Kind::new("group", "groups").within("parent"))
        .kind(Kind::new("parent", "parents").known_by_value().requires(&["provider"]))
        .offers(common(AccessType::new("all", "Every machine, in an emergency")))
        .offers(common(
            AccessType::new("group", "Machines with a tag")
                .argument(Argument::one("group", "Group name", "group"))
                .flag(parent()),
        ))
        .offers(common(
            AccessType::new("parent", "Every machine of an account, project or subscription").argument(Argument::one(
                "parent",
                "Account, project or subscription",
                "parent",
            )),
        ))
        .offers(common(
            AccessType::new("session", "One machine")
                .argument(Argument::one("destination", "Instance identifier or name", "destination"))
                .flag(parent()),
        ))
}

pub(super) fn rdp() -> Integration {
    Integration::new("rdp", "Remote Desktop")
        .kind(Kind::new("destination", "instances").within("parent").known_by_value().shape(Shape::Desktop))
        .kind(Kind::new("parent", "subscriptions").known_by_value())
        .offers(
            AccessType::new("session", "One Windows machine")
                .argument(Argument::one("destination", "Instance identifier or name", "destination"))
                .flag(Flag::switch("admin", "As an administrator")),
        )
}

pub(super) fn file_transfer() -> Integration {
    Integration::new("file-transfer", "File transfer")
        .kind(Kind::new("destination", "instances").within("parent").known_by_value().shape(Shape::Bucket))
        .kind(Kind::new("parent", "accounts").known_by_value())
        .offers(
            AccessType::new("session", "Large files, to and from one machine")
                .argument(Argument::one("destination", "Instance identifier or name", "destination"))
                .flag(public_key()),
        )
}
