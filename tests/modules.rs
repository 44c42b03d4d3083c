//! The structure of the sources: no module imports another that imports it, directly or by way of others.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Directories of `src/` whose modules still import each other in circles.
const CIRCULAR: [&str; 10] = [
    "access/aws",
    "access/ssh",
    "commands/aws/rds",
    "doctor",
    "integrations",
    "integrations/azure",
    "integrations/kubernetes",
    "integrations/ssh",
    "session",
    "session/login",
];

/// What integrations must not use: they know neither the user nor the environment.
const ABOVE_INTEGRATIONS: [&str; 7] = ["access", "cli", "commands", "ctx", "env_vars", "session", "ui"];

type Module = Vec<String>;
/// Between two modules of one directory: the files with the import.
type Imports = BTreeMap<(String, String), BTreeSet<String>>;

#[test]
fn no_modules_import_each_other_in_a_circle() {
    let mut circles = Vec::new();
    for (root, name) in roots() {
        for (directory, imports) in imports(&root) {
            let place = directory.join("/");
            if name == "src" && CIRCULAR.contains(&place.as_str()) {
                continue;
            }
            let reachable = closure(&imports);
            let circular = imports.iter().filter(|((from, to), _)| reachable.contains(&(to.clone(), from.clone())));
            circles.extend(circular.map(|((from, to), files)| format!("{name}/{place}: {from} -> {to} in {files:?}")));
        }
    }
    assert!(circles.is_empty(), "imports that close a circle:\n{}", circles.join("\n"));
}

#[test]
fn integrations_know_neither_the_user_nor_the_environment() {
    let (root, _) = roots().remove(0);
    let imports = &imports(&root)[&Module::new()];
    for above in ABOVE_INTEGRATIONS {
        let files = imports.get(&("integrations".to_owned(), above.to_owned()));
        assert_eq!(files, None, "integrations import {above}");
    }
}

#[test]
fn a_circle_is_found_whatever_the_form_of_its_imports() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write("lib.rs", "mod a; mod b; mod c;");
    write("a.rs", "use crate::{\n    c::Thing,\n    x,\n};\n// use crate::nothing;\n");
    write("b.rs", "fn f() { g(\"https://crate::c\", super::a::h); }\n");
    write("c.rs", "pub use super::{b::{self, f}};\n");
    let imports = &imports(dir.path())[&Module::new()];
    let pairs: Vec<_> = imports.keys().map(|(from, to)| format!("{from}{to}")).collect();
    assert_eq!(pairs, ["ac", "ba", "cb"]);
    assert!(closure(imports).contains(&("a".to_owned(), "a".to_owned())));
}

/// The directory of each crate's sources, with its name; the program's is the first.
fn roots() -> Vec<(PathBuf, String)> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let crates = fs::read_dir(top.join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let named = crates.map(|path| (path.join("src"), path.file_name().unwrap().to_string_lossy().into_owned()));
    std::iter::once((top.join("src"), "src".to_owned())).chain(named).collect()
}

/// For each directory, which of its modules import which.
fn imports(root: &Path) -> BTreeMap<Module, Imports> {
    let mut modules = BTreeMap::new();
    collect(root, &[], &mut modules);
    let mut imports = BTreeMap::<Module, Imports>::new();
    for (module, file) in &modules {
        if module.iter().any(|name| name.ends_with("tests")) {
            continue;
        }
        for path in paths(&code(&fs::read_to_string(file).unwrap())) {
            let Some(target) = resolve(module, &path, &modules) else { continue };
            let common = module.iter().zip(&target).take_while(|(a, b)| a == b).count();
            if let (Some(from), Some(to)) = (module.get(common), target.get(common)) {
                let files = imports.entry(module[..common].to_vec()).or_default();
                files.entry((from.clone(), to.clone())).or_default().insert(module.join("/"));
            }
        }
    }
    imports
}

fn collect(directory: &Path, module: &[String], modules: &mut BTreeMap<Module, PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let inner = [module, std::slice::from_ref(&name)].concat();
        if fs::metadata(&path).unwrap().is_dir() {
            collect(&path, &inner, modules);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let is_face = ["mod", "lib", "main"].contains(&name.as_str());
            modules.insert(if is_face { module.to_vec() } else { inner }, path);
        }
    }
}

/// The text without tests, strings and comments, in this order: a string may contain `//`.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let without_strings = |line: &str| line.split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
    let without_comment = |line: String| line.split("//").next().unwrap_or_default().to_owned();
    text.lines().map(without_strings).map(without_comment).collect::<Vec<_>>().join("\n")
}

/// Every path in it that begins with `crate` or `super`, those in groups included.
fn paths(code: &str) -> Vec<Module> {
    let mut found = Vec::new();
    for begin in ["crate::", "super::"] {
        for (at, _) in code.match_indices(begin) {
            let is_inside = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
            if !is_inside {
                expand(&code[at..], &[], &mut found);
            }
        }
    }
    found
}

/// Adds the paths that begin here, and returns how much of the text they are.
fn expand(text: &str, prefix: &[String], found: &mut Vec<Module>) -> usize {
    let (mut path, mut at) = (prefix.to_vec(), 0);
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        if text[at..].starts_with('{') {
            at += 1;
            while !text[at..].trim_start().starts_with('}') && at < text.len() {
                at += expand(&text[at..], &path, found);
                at += text[at..]
                    .find([',', '}'])
                    .map_or(text.len() - at, |end| if text[at + end..].starts_with('}') { end } else { end + 1 });
            }
            return at + text[at..].find('}').map_or(0, |end| end + 1);
        }
        let name: String = text[at..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        at += name.len();
        path.push(name);
        if !text[at..].starts_with("::") {
            found.push(path);
            return at;
        }
        at += 2;
    }
}

/// The module that a path in this one leads to.
fn resolve(module: &[String], path: &[String], modules: &BTreeMap<Module, PathBuf>) -> Option<Module> {
    let up = path.iter().take_while(|name| *name == "super").count();
    let base = if up == 0 { &[][..] } else { &module[..module.len().checked_sub(up)?] };
    let mut target = [base, &path[up.max(1)..]].concat();
    while !modules.contains_key(&target) {
        target.pop()?;
    }
    Some(target)
}

/// Which modules lead to which, in any number of steps.
fn closure(imports: &Imports) -> BTreeSet<(String, String)> {
    let mut reachable: BTreeSet<_> = imports.keys().cloned().collect();
    loop {
        let steps = reachable.iter().flat_map(|(from, over)| {
            reachable.iter().filter(move |(from, _)| from == over).map(move |(_, to)| (from.clone(), to.clone()))
        });
        let more: BTreeSet<_> = steps.filter(|step| !reachable.contains(step)).collect();
        if more.is_empty() {
            return reachable;
        }
        reachable.extend(more);
    }
}
