use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Where scenario and plan files come from: the disk, or memory in tests and tools.
pub trait Files {
    /// The bytes of the file at `path`.
    ///
    /// # Errors
    /// As the operating system reports them.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
}

/// The file system.
#[derive(Clone, Copy, Debug)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }
}

/// Files in memory, by path.
impl Files for BTreeMap<PathBuf, Vec<u8>> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let absent = || io::Error::new(io::ErrorKind::NotFound, "no such file");
        self.get(&normal(path)).cloned().ok_or_else(absent)
    }
}

/// `path` without `.` and with `..` taken back, by its letters alone.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if normal.file_name().is_some() => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}
