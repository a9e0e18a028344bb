use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// No file that is read is larger: a recording of a year of half minutes has 20 MB.
const SIZE_MAX: u64 = 64 << 20;

/// Whether files may lead anywhere; see [`allow_outside`].
static OUTSIDE: AtomicBool = AtomicBool::new(false);

/// From now on, in this process, plans and recordings may lie anywhere and not only in the repository of the file that
/// names them: what `--allow-outside` asks for.
pub fn allow_outside() {
    OUTSIDE.store(true, Ordering::Relaxed);
}

/// Where scenario and plan files come from: the disk, or memory in tests and tools.
pub trait Files {
    /// The bytes of the file at `path`.
    ///
    /// # Errors
    /// As the operating system reports them.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Whether the file at `path` lies where a file named by the one at `from` may lie. In memory everything does.
    ///
    /// # Errors
    /// Where it must lie, if it does not.
    fn is_within_reach(&self, _from: &Path, _path: &Path) -> Result<(), PathBuf> {
        Ok(())
    }
}

/// The file system.
#[derive(Clone, Copy, Debug)]
pub struct Disk;

impl Files for Disk {
    /// Regular files only, links followed: a device or a pipe may never end.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        // What says that it has no length, as files of the kernel do, may have one all the same.
        let read = open_file(path)?.take(SIZE_MAX + 1).read_to_end(&mut bytes)? as u64;
        if read > SIZE_MAX {
            Err(refused(format!("it has more than {} MB", SIZE_MAX >> 20)))
        } else {
            Ok(bytes)
        }
    }

    fn is_within_reach(&self, from: &Path, path: &Path) -> Result<(), PathBuf> {
        if OUTSIDE.load(Ordering::Relaxed) {
            return Ok(());
        }
        // What does not exist cannot be read either, and is told as such.
        let (Ok(from), Ok(path)) = (from.canonicalize(), path.canonicalize()) else { return Ok(()) };
        let home = home_of(&from);
        if path.starts_with(&home) { Ok(()) } else { Err(home) }
    }
}

/// Files in memory, by path.
impl Files for BTreeMap<PathBuf, Vec<u8>> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let absent = || io::Error::new(io::ErrorKind::NotFound, "no such file");
        self.get(&normal(path)).cloned().ok_or_else(absent)
    }
}

/// Where whatever belongs to a file lies: the repository around it, that is the nearest folder with a `.git`; without
/// one the folder that the program was started in, if the file lies below it; else the file's own folder.
fn home_of(file: &Path) -> PathBuf {
    let folder = if file.is_dir() { file } else { file.parent().unwrap_or(file) };
    let repository = folder.ancestors().find(|folder| folder.join(".git").exists());
    let started = || std::env::current_dir().ok()?.canonicalize().ok();
    let around = |started: &PathBuf| started.parent().is_some() && folder.starts_with(started);
    repository.map(Path::to_owned).or_else(|| started().filter(around)).unwrap_or_else(|| folder.to_owned())
}

/// Opens a regular file of any size, links followed.
///
/// # Errors
/// As the operating system reports them, and for devices and pipes.
pub fn open_file(path: &Path) -> io::Result<File> {
    let found = fs::metadata(path)?;
    if found.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    if !found.is_file() {
        return Err(refused("it is no regular file".to_owned()));
    }
    File::open(path)
}

fn refused(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

/// The bytes of a regular file of bounded size, wherever it lies.
///
/// # Errors
/// As the operating system reports them, and for devices, pipes and what is too large.
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    Disk.read(path)
}

/// [`read_file`], as text.
///
/// # Errors
/// As [`read_file`], and for what is not UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    let not_text = |error: std::string::FromUtf8Error| {
        let line = 1 + error.as_bytes()[..error.utf8_error().valid_up_to()]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        io::Error::new(io::ErrorKind::InvalidData, format!("line {line} is not UTF-8 text"))
    };
    String::from_utf8(Disk.read(path)?).map_err(not_text)
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
