//! What takes long and rarely fails is left to continuous integration, by name.

/// Whether this is continuous integration (`CI=true`).
pub fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}
