//! Which files of a folder are scenarios.

use std::fs;
use std::path::{Path, PathBuf};

use firedrill_scenarios::{LoadError, discover};

/// A folder with these files; scenarios name `plan`.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, plan) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("(story: \"\", plan: \"{plan}\")")).unwrap();
    }
    folder
}

fn names(root: &Path, found: Vec<PathBuf>) -> Vec<String> {
    found.iter().map(|path| path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/")).collect()
}

#[test]
fn folders_give_their_scenarios_sorted_and_without_plans() {
    let folder = folder(&[
        ("b/z.ron", "plan.ron"),
        ("b/a.ron", "../shared/system.ron"),
        ("b/plan.ron", ""),
        ("a/large.plan.ron", ""),
        ("shared/system.ron", ""),
        ("a/c.ron", "large.plan.ron"),
        ("gates/rg8.ron", ""),
        (".hidden/d.ron", "plan.ron"),
        ("a/notes.txt", ""),
    ]);
    let found = discover(&[folder.path().to_owned()]).unwrap();
    assert_eq!(names(folder.path(), found), ["a/c.ron", "b/a.ron", "b/z.ron"]);
}

#[test]
fn a_file_that_is_named_counts_whatever_it_is_called() {
    let folder = folder(&[("plan.ron", ""), ("a.ron", "plan.ron")]);
    let [plan, file] = ["plan.ron", "a.ron"].map(|name| folder.path().join(name));
    assert_eq!(discover(&[plan.clone(), file.clone(), file.clone()]).unwrap(), [file, plan]);
}

#[test]
fn an_empty_suite_is_an_error() {
    let folder = folder(&[("plan.ron", "")]);
    let error = discover(&[folder.path().to_owned()]).unwrap_err();
    assert!(matches!(&error, LoadError::Empty { .. }));
    assert!(error.to_string().starts_with("no scenario found in "), "{error}");
    assert!(discover(&[]).is_err());
}

#[test]
fn an_absent_path_is_told_as_it_was_written() {
    let error = discover(&[PathBuf::from("no/such/folder")]).unwrap_err();
    assert!(error.to_string().starts_with("no/such/folder: cannot be read: "), "{error}");
}
