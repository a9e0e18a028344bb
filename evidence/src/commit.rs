//! Which commit is checked out, from git's own files: tests start no processes for it.

use std::fs;
use std::path::{Path, PathBuf};

/// The commit at `here` or above it, as 40 or 64 hexadecimal digits.
pub(crate) fn of(here: &Path) -> Option<String> {
    let dot_git = here.ancestors().map(|folder| folder.join(".git")).find(|path| path.exists())?;
    let folder = git_folder(dot_git)?;
    let head = fs::read_to_string(folder.join("HEAD")).ok()?;
    let commit = match head.trim().strip_prefix("ref: ") {
        Some(name) => resolved(&folder, name)?,
        None => head.trim().to_owned(),
    };
    commit.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(commit)
}

/// In a linked worktree `.git` is a file that names the folder.
fn git_folder(dot_git: PathBuf) -> Option<PathBuf> {
    if dot_git.is_dir() {
        return Some(dot_git);
    }
    let text = fs::read_to_string(&dot_git).ok()?;
    Some(dot_git.parent()?.join(text.trim().strip_prefix("gitdir: ")?))
}

/// Branches lie in the folder that all worktrees share, each in a file or all in one.
fn resolved(folder: &Path, name: &str) -> Option<String> {
    let shared = fs::read_to_string(folder.join("commondir"));
    let shared = shared.map_or_else(|_| folder.to_owned(), |path| folder.join(path.trim()));
    if let Ok(commit) = fs::read_to_string(shared.join(name)) {
        return Some(commit.trim().to_owned());
    }
    let packed = fs::read_to_string(shared.join("packed-refs")).ok()?;
    let line = packed.lines().find(|line| line.ends_with(&format!(" {name}")))?;
    line.split(' ').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn written(root: &Path, file: &str, text: &str) {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn a_branch_is_followed_whether_packed_or_not() {
        let root = tempfile::tempdir().unwrap();
        written(root.path(), ".git/HEAD", "ref: refs/heads/main\n");
        written(root.path(), ".git/packed-refs", &format!("# pack-refs\n{COMMIT} refs/heads/main\n"));
        let below = root.path().join("failover/src");
        fs::create_dir_all(&below).unwrap();
        assert_eq!(of(&below).as_deref(), Some(COMMIT));
        let newer = COMMIT.replace('0', "f");
        written(root.path(), ".git/refs/heads/main", &newer);
        assert_eq!(of(&below), Some(newer));
    }

    #[test]
    fn a_linked_worktree_is_followed_to_what_it_shares() {
        let root = tempfile::tempdir().unwrap();
        written(root.path(), "main/.git/worktrees/one/HEAD", "ref: refs/heads/one\n");
        written(root.path(), "main/.git/worktrees/one/commondir", "../..\n");
        written(root.path(), "main/.git/refs/heads/one", COMMIT);
        written(root.path(), "one/.git", "gitdir: ../main/.git/worktrees/one\n");
        assert_eq!(of(&root.path().join("one")).as_deref(), Some(COMMIT));
    }

    #[test]
    fn without_a_repository_there_is_no_commit() {
        let root = tempfile::tempdir().unwrap();
        written(root.path(), ".git/HEAD", "nonsense\n");
        assert_eq!(of(root.path()), None);
    }
}
