//! Imports: rooms look down, children never at their face, files never round in a circle, and nobody at `lib.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::str::Chars;

use super::house::{HOUSES, House, code_lines, named, read, rust_files, tell};

/// A module of a crate by the names that lead to it; that of `lib.rs` is empty.
type Module = Vec<String>;

#[test]
fn the_table_of_rooms_is_what_lib_declares() {
    let mut faults = Vec::new();
    for house in HOUSES {
        let text = read(&house.src().join("lib.rs"));
        let declared: BTreeSet<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
            .collect();
        let listed: BTreeSet<&str> = house.rooms.iter().copied().collect();
        for room in declared.symmetric_difference(&listed) {
            faults.push(format!(
                "{}: {room} stands in one of lib.rs and the table of rooms",
                house.name
            ));
        }
    }
    tell(&faults);
}

#[test]
fn rooms_import_only_rooms_below_them() {
    each_import(|house, from, target| {
        let floor = |module: &Module| house.rooms.iter().position(|room| *room == module[0]);
        (floor(target) < floor(from)).then(|| format!("looks up at {}", target[0]))
    });
}

#[test]
fn a_child_never_imports_its_face() {
    each_import(|_, from, target| {
        let is_face = from.len() > target.len() && from.starts_with(target);
        is_face.then(|| {
            format!("imports its own face {}.rs; name the file beside it", target.join("/"))
        })
    });
}

#[test]
fn nobody_imports_through_lib() {
    let mut faults = Vec::new();
    for house in HOUSES {
        for file in rust_files(&house.src()) {
            for path in imports(&read(&file)) {
                if target(&house, &module(&house, &file), &path).is_empty() {
                    faults.push(format!("{}: {} is no room", named(&file), path.join("::")));
                }
            }
        }
    }
    tell(&faults);
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut faults = Vec::new();
    for house in HOUSES {
        let mut graph: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
        for file in rust_files(&house.src()) {
            let from = module(&house, &file);
            if from.is_empty() || is_test(&from) {
                continue;
            }
            // Whoever imports a face imports what the face hands on from its children.
            if let Some((_, face)) = from.split_last().filter(|(_, face)| !face.is_empty()) {
                graph.entry(face.to_vec()).or_default().insert(from.clone());
            }
            let targets =
                imports(&read(&file)).into_iter().map(|path| target(&house, &from, &path));
            // That a child imports its face is told by another test.
            let others: Vec<Module> = targets.filter(|target| !from.starts_with(target)).collect();
            graph.entry(from).or_default().extend(others);
        }
        faults.extend(circle(&graph).map(|circle| format!("{}/src: {circle}", house.name)));
    }
    tell(&faults);
}

#[test]
fn imports_are_read_in_every_form() {
    let check = |text: &str, expected: &[&str]| {
        let found: Vec<String> = imports(text).iter().map(|path| path.join("::")).collect();
        assert_eq!(found, expected, "{text}");
    };
    check("use crate::ids::Oid;", &["crate::ids::Oid"]);
    check("use crate::{ids::Oid, text};", &["crate::ids::Oid", "crate::text"]);
    check(
        "use super::codec::{self, Message as M};\n",
        &["super::codec::self", "super::codec::Message"],
    );
    check(
        "use crate::{\n    a::{B, c::*},\n    d,\n};",
        &["crate::a::B", "crate::a::c::*", "crate::d"],
    );
    check("fn f(x: &super::super::roster::Key) {}", &["super::super::roster::Key"]);
    check("$crate::ids::parse(x)", &["crate::ids::parse"]);
    check("//! [`crate::ids`]\nuse std::fs; use my_crate::x;", &[]);
}

/// Asks `fault` about every import of every file that is not a test, and tells what it finds.
fn each_import(fault: impl Fn(&House, &Module, &Module) -> Option<String>) {
    let mut faults = Vec::new();
    for house in HOUSES {
        for file in rust_files(&house.src()) {
            let from = module(&house, &file);
            if from.is_empty() || is_test(&from) {
                continue;
            }
            for path in imports(&read(&file)) {
                let target = target(&house, &from, &path);
                let found = if target.is_empty() { None } else { fault(&house, &from, &target) };
                faults.extend(
                    found.map(|found| format!("{}: {} {found}", named(&file), path.join("::"))),
                );
            }
        }
    }
    tell(&faults);
}

/// Whether the module is compiled for tests only; those look where they like.
fn is_test(module: &Module) -> bool {
    module.iter().any(|name| name == "tests" || name.ends_with("_tests"))
}

fn module(house: &House, file: &Path) -> Module {
    let path = file.strip_prefix(house.src()).unwrap().with_extension("");
    let names: Module = path.iter().map(|name| name.to_str().unwrap().to_owned()).collect();
    if names == ["lib"] || names == ["main"] { Module::new() } else { names }
}

/// The module that an import of `from` names, or that holds the item it names; empty for that of `lib.rs`.
fn target(house: &House, from: &Module, path: &[String]) -> Module {
    let mut names = if path[0] == "crate" { Module::new() } else { from.clone() };
    for name in path {
        match name.as_str() {
            "crate" => {}
            "super" => drop(names.pop()),
            _ => names.push(name.clone()),
        }
    }
    let file =
        |names: &Module| house.src().join(names.iter().collect::<PathBuf>()).with_extension("rs");
    while !names.is_empty() && !file(&names).is_file() {
        names.pop();
    }
    names
}

/// Every path in the code that begins at `crate` or `super`, with braces written out.
fn imports(text: &str) -> Vec<Vec<String>> {
    let code: String = code_lines(text).flat_map(|(_, line)| [line, "\n"]).collect();
    let mut found = Vec::new();
    for (start, _) in code.match_indices("crate::").chain(code.match_indices("super::")) {
        let continues = code[..start]
            .ends_with(|letter: char| letter.is_alphanumeric() || "_:".contains(letter));
        if !continues {
            read_tree(&mut code[start..].chars().peekable(), &[], &mut found);
        }
    }
    found
}

/// Reads `a::b` or `a::{b, c::d}` from where the letters stand, and writes down each path behind `before`.
fn read_tree(letters: &mut Peekable<Chars<'_>>, before: &[String], found: &mut Vec<Vec<String>>) {
    let mut path = before.to_vec();
    loop {
        let mut name = String::new();
        while let Some(letter) =
            letters.next_if(|letter| letter.is_alphanumeric() || "_*".contains(*letter))
        {
            name.push(letter);
        }
        path.push(name);
        if letters.next_if_eq(&':').is_none() || letters.next_if_eq(&':').is_none() {
            return found.push(path);
        }
        if letters.next_if_eq(&'{').is_some() {
            return read_branches(letters, &path, found);
        }
    }
}

fn read_branches(letters: &mut Peekable<Chars<'_>>, path: &[String], found: &mut Vec<Vec<String>>) {
    while let Some(letter) = letters.peek() {
        if *letter == '}' {
            letters.next();
            return;
        } else if letter.is_alphanumeric() || "_*".contains(*letter) {
            read_tree(letters, path, found);
            // What may follow a name: `as Other`.
            while letters.next_if(|letter| !",}".contains(*letter)).is_some() {}
        } else {
            letters.next();
        }
    }
}

/// One circle of the graph, written out, if there is any.
fn circle(graph: &BTreeMap<Module, BTreeSet<Module>>) -> Option<String> {
    fn walk(
        at: &Module,
        graph: &BTreeMap<Module, BTreeSet<Module>>,
        way: &mut Vec<Module>,
        done: &mut BTreeSet<Module>,
    ) -> bool {
        if way.contains(at) {
            way.push(at.clone());
            return true;
        }
        if !done.contains(at) {
            way.push(at.clone());
            if graph.get(at).into_iter().flatten().any(|next| walk(next, graph, way, done)) {
                return true;
            }
            way.pop();
            done.insert(at.clone());
        }
        false
    }

    let (mut way, mut done) = (Vec::new(), BTreeSet::new());
    graph.keys().any(|from| walk(from, graph, &mut way, &mut done)).then(|| {
        let last = way.last().cloned();
        let circle = way.into_iter().skip_while(|module| Some(module) != last.as_ref());
        circle.map(|module| module.join("/")).collect::<Vec<_>>().join(" -> ")
    })
}
