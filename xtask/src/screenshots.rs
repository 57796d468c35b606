//! `cargo xtask screenshots`: every page of the window over the demo piece, for the documents.

use anyhow::Context as _;

use crate::{packages, process, workspace_root};

/// What draws without a display.
const PACKAGES: [packages::Package; 1] =
    [("mesa-vulkan-drivers", packages::Sign::Library("libvulkan_lvp.so"))];

/// Draws them into `docs/window`.
///
/// # Errors
/// When a page cannot be drawn.
pub fn run() -> anyhow::Result<()> {
    packages::install(&PACKAGES)?;
    let root = workspace_root()?;
    let folder = root.join("docs/window");
    let folder = folder.to_str().context("the workspace's path is not UTF-8")?;
    let args = ["run", "--locked", "--package", "lacquer-ui", "--example", "screenshots", "--", folder];
    process::cargo(&root, &args).run()
}
