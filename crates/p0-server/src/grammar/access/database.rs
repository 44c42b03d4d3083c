//! PostgreSQL and MySQL.

use super::{Shaped, aws, document, put};
use crate::grammar::resolve::ResolvedCommand;
use serde_json::json;

/// `{"instanceId", "role" or "script", "database"?}`. On Amazon RDS the delegate is `aws-rds`, whose own is `aws`.
pub(super) fn shape(command: &ResolvedCommand<'_>) -> Shaped {
    let instance = command.scope.get("instance");
    let key = |name: &str| command.first(name).map(|named| named.key.as_str());
    let mut permission = document([("instanceId", instance.map(|instance| instance.key.as_str()))]);
    put(&mut permission, [("role", key("role")), ("script", key("script"))]);
    put(&mut permission, [("database", command.scope.get("database").map(|database| database.key.as_str()))]);
    let mut shaped = Shaped::new(permission);
    if let Some(instance) = instance
        && let (Some(vpc), Some(account)) = (instance.property("vpc-id"), instance.property("account"))
    {
        let aws = aws::delegate(command.catalog, account, instance.arn(), &instance.key, instance.property("aws-role"));
        shaped.delegation.push(json!({
            "key": "aws-rds",
            "request": {"permission": {"vpcId": vpc}, "generated": {}, "delegation": [aws]},
        }));
    }
    shaped
}
