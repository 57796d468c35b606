//! Where the plugin's bundles lie that the hosts load.

use std::path::{Path, PathBuf};

/// The bundle of this name, which `cargo xtask test` builds before the tests.
///
/// # Panics
/// If it is not there.
pub(crate) fn bundle(name: &str) -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bundled");
    let folder = std::env::var_os("LACQUER_TEST_BUNDLES").map_or_else(default, PathBuf::from);
    let path = folder.join(name);
    assert!(path.exists(), "{} is not there: run `cargo xtask bundle --debug`", path.display());
    path
}
