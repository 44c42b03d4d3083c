//! Clouds and clusters.

use crate::spec::{AccessType, Argument, Flag, Form, Integration, Kind};

pub(super) fn aws() -> Integration {
    let account = || Flag::within("account", "AWS account");
    Integration::new("aws", "Amazon Web Services")
        .kind(Kind::new("account", "accounts").known_by_value().knows(&["idc-id", "idc-region", "partition"]))
        .kind(Kind::new("group", "groups").within("account").knows(&["arn"]))
        .kind(Kind::new("permission-set", "permission sets").within("account").known_by_value())
        .kind(Kind::new("policy", "policies").within("account").known_by_value())
        .kind(Kind::new("resource", "resources").within("account").known_by_value())
        .kind(Kind::new("role", "roles").within("account").known_by_value())
        .offers(
            AccessType::new("group", "IAM Identity Center group")
                .argument(Argument::one("group", "Group name", "group"))
                .flag(account()),
        )
        .offers(
            AccessType::new("permission-set", "IAM Identity Center permission set")
                .argument(Argument::one("permission-set", "Permission set name or ARN", "permission-set"))
                .flag(account()),
        )
        .offers(
            AccessType::new("policy", "IAM policy")
                .argument(Argument::many("arns", "Policy names or ARNs", "policy"))
                .flag(account()),
        )
        .offers(
            AccessType::new("resource", "AWS resource")
                .argument(Argument::one("arn", "Resource ARN", "resource"))
                .argument(Argument::many("policies", "Policies that hold for the resource", "policy"))
                .flag(account()),
        )
        .offers(
            AccessType::new("role", "IAM role")
                .argument(Argument::one("role", "Role name or ARN", "role"))
                .flag(account()),
        )
}

pub(super) fn gcloud() -> Integration {
    let project = || Flag::within("project", "Google Cloud project");
    Integration::new("gcloud", "Google Cloud")
        .kind(Kind::new("permission", "permissions").within("project"))
        .kind(Kind::new("project", "projects"))
        .kind(Kind::new("resource", "resources").within("project").known_by_value().requires(&[
            "full-resource-name",
            "name",
            "role",
            "type",
        ]))
        .kind(Kind::new("role", "roles").within("project").prefix("roles/"))
        .offers(
            AccessType::new("permission", "One permission or several")
                .argument(Argument::many("names", "Permission names", "permission"))
                .flag(project()),
        )
        .offers(
            AccessType::new("resource", "GCP resource")
                .argument(Argument::many("accesses", "A role on a resource", "resource"))
                .flag(project()),
        )
        .offers(
            AccessType::new("role", "Custom or predefined role")
                .argument(Argument::many("names", "Role names, with or without roles/", "role"))
                .flag(project()),
        )
}

pub(super) fn azure() -> Integration {
    Integration::new("azure", "Microsoft Azure")
        .kind(Kind::new("resource", "resources").within("subscription").known_by_value())
        .kind(Kind::new("role", "roles").within("subscription").known_by_value())
        .kind(Kind::new("subscription", "subscriptions").known_by_value())
        .offers(
            AccessType::new("role", "Azure role")
                .argument(Argument::one("role", "Role name or identifier", "role"))
                .flag(Flag::listed("resource", "Only on this resource or resource group"))
                .flag(Flag::within("subscription", "Azure subscription")),
        )
}

pub(super) fn k8s() -> Integration {
    Integration::new("k8s", "Kubernetes")
        .kind(Kind::new("cluster", "clusters").knows(&["account", "arn", "role"]))
        .kind(Kind::new("role", "roles").within("cluster").prefix("ClusterRole / ").form(Form::ClusterRole))
        .offers(
            AccessType::new("resource", "Kubernetes resource")
                .argument(Argument::one("role", "Role or cluster role", "role"))
                .flag(Flag::within("cluster", "Kubernetes cluster"))
                .flag(Flag::text_of(
                    Form::Locator,
                    "locator",
                    "Only this resource: \"<Kind> / [<namespace> /] <name>\"",
                )),
        )
}
