//! What the stand-in answers.

use super::{
    AccountToken, State,
    attributes::Attributes,
    rbac::User,
    resources::{self, RBAC, Resource},
};
use crate::{
    stand_in::{Answer, Recorded},
    watch::Watch,
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use url::Url;

/// A failure, as a `Status`.
fn failure(code: u16, reason: &str, message: impl Into<String>) -> Answer {
    let message: String = message.into();
    Answer::json(
        code,
        &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
                "reason": reason, "code": code}),
    )
}

pub(super) fn to(state: &Watch<State>, request: &Recorded) -> Answer {
    let Ok(url) = Url::parse("https://localhost/").and_then(|base| base.join(&request.target)) else {
        return failure(400, "BadRequest", "the path is none");
    };
    let path: Vec<&str> = url.path_segments().into_iter().flatten().filter(|segment| !segment.is_empty()).collect();
    if let (["version"], "GET") = (path.as_slice(), request.method.as_str()) {
        return Answer::json(200, &resources::document(&path).unwrap_or_default());
    }
    let Some(user) = authenticate(state, request) else { return failure(401, "Unauthorized", "Unauthorized") };
    if let (Some(document), "GET") = (resources::document(&path), request.method.as_str()) {
        return Answer::json(200, &document);
    }
    let Some(wanted) = Attributes::from_request(&request.method, &url) else {
        return failure(404, "NotFound", "the server could not find the requested resource");
    };
    state.update(|state| {
        if !state.objects.allows(&user, &wanted) {
            return failure(403, "Forbidden", wanted.denial(&user.name));
        }
        // What `kubectl create <kind>` sends is protobuf; what it reads from a manifest is JSON.
        let body = if request.body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&request.body) };
        let Ok(body) = body else {
            return failure(415, "UnsupportedMediaType", "the stand-in reads JSON: use `kubectl create -f`");
        };
        let is_apply = request.header("content-type") == Some("application/apply-patch+yaml");
        let labels = url.query_pairs().find(|(name, _)| name == "labelSelector").map(|(_, value)| value.into_owned());
        state.carry_out(&user, &wanted, body, is_apply, labels.as_deref())
    })
}

/// Who asks. What has to be looked up elsewhere is, without holding up others.
fn authenticate(state: &Watch<State>, request: &Recorded) -> Option<User> {
    let token = request.header("authorization")?.strip_prefix("Bearer ")?;
    let (eks, now) = {
        let state = state.lock();
        if let Some(user) = state.users.get(token) {
            return Some(user.clone());
        }
        if let Some(account) = state.accounts.get(token) {
            return state.account_user(account);
        }
        (state.eks.clone(), state.now())
    };
    let refused = match eks.map(|eks| eks.user(token, now)) {
        Some(Ok(Some(user))) => return Some(user),
        Some(Err(why)) => why,
        _ => "nobody knows this token".into(),
    };
    state.update(|state| state.refusals.push(refused));
    None
}

impl State {
    /// Whom the token of a service account stands for, while both are there.
    fn account_user(&self, token: &AccountToken) -> Option<User> {
        let resource = Resource::named("", "serviceaccounts")?;
        let account = self.objects.get(resource, Some(&token.namespace), &token.name)?;
        let is_valid = account["metadata"]["uid"] == token.uid && self.now() < token.expires;
        is_valid.then(|| User {
            name: format!("system:serviceaccount:{}:{}", token.namespace, token.name),
            groups: [
                "system:serviceaccounts".into(),
                format!("system:serviceaccounts:{}", token.namespace),
                "system:authenticated".into(),
            ]
            .into(),
        })
    }

    fn carry_out(
        &mut self,
        user: &User,
        wanted: &Attributes,
        body: Value,
        is_apply: bool,
        labels: Option<&str>,
    ) -> Answer {
        let Attributes { resource, namespace, name, subresource, .. } = wanted;
        let namespace = namespace.as_deref();
        let current = name.as_ref().and_then(|name| self.objects.get(resource, namespace, name)).cloned();
        let missing = || {
            let name = name.as_deref().unwrap_or_default();
            failure(404, "NotFound", format!("{} \"{name}\" not found", resource.full_name()))
        };
        match (wanted.verb.as_str(), subresource.as_deref()) {
            ("create", None) if resource.kind.starts_with("SelfSubject") => {
                Answer::json(201, &self.review(user, resource, body))
            }
            ("create", Some("token")) => match current {
                Some(account) => self.token(&account, &body),
                None => missing(),
            },
            ("get", Some("log")) => match current {
                Some(_) => Answer::status(200).header("content-type", "text/plain").body("a line of the log\n"),
                None => missing(),
            },
            ("get", None) => current.map_or_else(missing, |object| Answer::json(200, &object)),
            ("list", None) => {
                let items: Vec<&Value> =
                    self.objects.list(resource, namespace).filter(|object| has_labels(object, labels)).collect();
                let kind = format!("{}List", resource.kind);
                let list = json!({"kind": kind, "apiVersion": resource.api_version(),
                                  "metadata": {"resourceVersion": "1"}, "items": items});
                Answer::json(200, &list)
            }
            ("delete", None) => match current {
                Some(_) => {
                    self.objects.remove(resource, namespace, name.as_deref().unwrap_or_default());
                    let details = json!({"name": name, "kind": resource.plural});
                    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details});
                    Answer::json(200, &status)
                }
                None => missing(),
            },
            ("create" | "update" | "patch", None) => self.write(user, wanted, current, body, is_apply),
            (verb, _) => failure(405, "MethodNotAllowed", format!("the stand-in cannot {verb} this")),
        }
    }

    fn write(
        &mut self,
        user: &User,
        wanted: &Attributes,
        current: Option<Value>,
        body: Value,
        is_apply: bool,
    ) -> Answer {
        let Attributes { resource, namespace, name, .. } = wanted;
        let said = body["metadata"]["name"].as_str().or(name.as_deref()).map(str::to_owned);
        let Some(said) = said.filter(|said| name.as_ref().is_none_or(|name| name == said)) else {
            return failure(400, "BadRequest", "the name of the object does not match the path");
        };
        let current = current.or_else(|| self.objects.get(resource, namespace.as_deref(), &said).cloned());
        let full = format!("{} \"{said}\"", resource.full_name());
        let document = match (wanted.verb.as_str(), current) {
            ("create", Some(_)) => return failure(409, "AlreadyExists", format!("{full} already exists")),
            ("patch", Some(current)) if !is_apply => merged(current, &body),
            ("patch", None) if is_apply && !self.objects.allows(user, &wanted.with_verb("create")) => {
                return failure(403, "Forbidden", wanted.with_verb("create").denial(&user.name));
            }
            ("patch", None) if !is_apply => return failure(404, "NotFound", format!("{full} not found")),
            ("update", None) => return failure(404, "NotFound", format!("{full} not found")),
            _ => body,
        };
        let namespaces = Resource::named("", "namespaces").expect("a resource of the stand-in");
        if let Some(namespace) = namespace.as_deref().filter(|_| resource.namespaced)
            && self.objects.get(namespaces, None, namespace).is_none()
        {
            return failure(404, "NotFound", format!("namespaces \"{namespace}\" not found"));
        }
        if resource.group == RBAC && !self.objects.may_grant(user, wanted, &document) {
            let why = format!(
                "{full} is forbidden: user \"{}\" is attempting to grant RBAC permissions not currently held",
                user.name
            );
            return failure(403, "Forbidden", why);
        }
        let mut document = document;
        document["metadata"]["name"] = said.into();
        let code = if wanted.verb == "create" { 201 } else { 200 };
        Answer::json(code, &self.objects.put(resource, namespace.as_deref(), document))
    }

    /// `TokenRequest`.
    fn token(&mut self, account: &Value, body: &Value) -> Answer {
        let seconds = body["spec"]["expirationSeconds"].as_i64().unwrap_or(3_600);
        if seconds < 600 {
            return failure(422, "Invalid", "spec.expirationSeconds: may not specify a duration less than 10 minutes");
        }
        let word = |field: &str| account["metadata"][field].as_str().unwrap_or_default().to_owned();
        let (namespace, name) = (word("namespace"), word("name"));
        let expires = self.now() + SignedDuration::from_secs(seconds);
        let token = self.new_token(&name);
        let uid = account["metadata"]["uid"].clone();
        self.accounts.insert(token.clone(), AccountToken { namespace, name, uid, expires });
        let mut answer = body.clone();
        answer["status"] = json!({"token": token, "expirationTimestamp": expires.to_string()});
        Answer::json(201, &answer)
    }

    /// `kubectl auth can-i`, `kubectl auth whoami`.
    fn review(&self, user: &User, resource: &'static Resource, mut body: Value) -> Value {
        body["status"] = match resource.kind {
            "SelfSubjectReview" => json!({"userInfo": {"username": user.name, "groups": user.groups}}),
            "SelfSubjectRulesReview" => json!({"incomplete": true, "resourceRules": [], "nonResourceRules": []}),
            _ => {
                let spec = &body["spec"]["resourceAttributes"];
                let word = |field: &str| spec[field].as_str().filter(|word| !word.is_empty()).map(str::to_owned);
                let group = word("group").unwrap_or_default();
                let resource = word("resource").and_then(|plural| Resource::named(&group, &plural));
                let wanted = resource.map(|resource| Attributes {
                    verb: word("verb").unwrap_or_default(),
                    resource,
                    subresource: word("subresource"),
                    namespace: word("namespace"),
                    name: word("name"),
                });
                json!({"allowed": wanted.is_some_and(|wanted| self.objects.allows(user, &wanted))})
            }
        };
        body
    }
}

/// `a=b,c=d`.
fn has_labels(object: &Value, selector: Option<&str>) -> bool {
    let pairs = selector.into_iter().flat_map(|selector| selector.split(','));
    pairs.filter_map(|pair| pair.split_once('=')).all(|(label, value)| object["metadata"]["labels"][label] == value)
}

/// RFC 7396.
fn merged(mut target: Value, patch: &Value) -> Value {
    let Value::Object(fields) = patch else { return patch.clone() };
    if !target.is_object() {
        target = json!({});
    }
    for (name, value) in fields {
        match value {
            Value::Null => drop(target.as_object_mut().map(|target| target.remove(name))),
            value => target[name] = merged(target[name].take(), value),
        }
    }
    target
}
