//! Databases.

use crate::spec::{AccessType, Argument, Flag, Integration, Kind};

pub(super) fn postgres() -> Integration {
    instances("postgres", "PostgreSQL").alias("pg")
}

pub(super) fn mysql() -> Integration {
    instances("mysql", "MySQL")
}

fn instances(name: &str, label: &str) -> Integration {
    let access = |access_type: AccessType| {
        access_type
            .flag(Flag::listed("database", "Only this database"))
            .flag(Flag::within("instance", "Database instance"))
    };
    Integration::new(name, label)
        .kind(Kind::new("database", "databases").within("instance"))
        .kind(Kind::new("instance", "instances").knows(&["account", "arn", "aws-role", "vpc-id"]))
        .kind(Kind::new("role", "roles").within("instance"))
        .offers(access(AccessType::new("role", "Database role").argument(Argument::one("role", "Role name", "role"))))
        .offers(access(
            AccessType::new("sql", "What a script needs").argument(Argument::text("script", "SQL statements")),
        ))
}

pub(super) fn snowflake() -> Integration {
    Integration::new("snowflake", "Snowflake")
        .kind(Kind::new("role", "roles"))
        .offers(AccessType::new("role", "Snowflake role").argument(Argument::one("role", "Role name", "role")))
}
