//! A digest of the sources that decide what a run shows and how it is judged: evidence that another program made says
//! nothing of this one.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders of the workspace that a verdict depends on.
const FOLDERS: [&str; 8] = [
    "units/src",
    "sim/src",
    "failover/src",
    "models/src",
    "scenarios/src",
    "reports/src",
    "evidence/src",
    "src",
];
/// The versions of everybody else's code.
const FILES: [&str; 2] = ["Cargo.lock", "Cargo.toml"];

fn main() {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("..");
    let mut files: Vec<String> = FILES.map(str::to_owned).into();
    for folder in FOLDERS {
        println!("cargo::rerun-if-changed=../{folder}");
        sources(&root, folder, &mut files);
    }
    FILES.iter().for_each(|file| println!("cargo::rerun-if-changed=../{file}"));
    files.sort();
    let mut digest = Fnv::new();
    for file in files {
        // Outside its workspace some are not there, and count as empty.
        let text = fs::read(root.join(&file)).unwrap_or_default();
        digest.add(file.as_bytes());
        digest.add(&text);
    }
    println!("cargo::rustc-env=FIREDRILL_SOURCES={:032x}", digest.0);
}

fn sources(root: &Path, folder: &str, files: &mut Vec<String>) {
    for entry in fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
        let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
        match entry.path().is_dir() {
            true => sources(root, &name, files),
            false => files.push(name),
        }
    }
}

/// FNV-1a of 128 bits (Fowler, Noll, Vo): nobody has to be kept from making two sources alike.
struct Fnv(u128);

impl Fnv {
    fn new() -> Fnv {
        Fnv(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    /// With its length before it, so that none can run over into the next.
    fn add(&mut self, bytes: &[u8]) {
        for byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }
}
