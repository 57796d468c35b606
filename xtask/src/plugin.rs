//! `cargo xtask bundle`, `install` and `uninstall`: the CLAP and VST3 plugin, built and where hosts look for it.

use crate::capi::NOTICES;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use directories::BaseDirs;

/// The package, and the name of its bundles, which `bundler.toml` gives it.
const PACKAGE: &str = "lacquer-plugin";
const BUNDLES: [(&str, Format); 2] = [("Lacquer.clap", Format::Clap), ("Lacquer.vst3", Format::Vst3)];

#[derive(Clone, Copy)]
enum Format {
    Clap,
    Vst3,
}

/// How it is built.
#[derive(Args)]
pub struct BundleArgs {
    /// Build quickly, with debug assertions, instead of for release
    #[arg(long)]
    pub debug: bool,
}

/// Builds the plugin and lays its bundles into `target/bundled`.
///
/// # Errors
/// When it does not build.
pub fn bundle(args: &BundleArgs) -> anyhow::Result<()> {
    let mut words = vec!["bundle", PACKAGE, "--locked"];
    if !args.debug {
        words.push("--release");
    }
    nice_plug_xtask::main_with_args("cargo xtask", words.into_iter().map(str::to_owned))?;
    // Whoever gives the bundles away gives these along.
    let (root, bundled) = (crate::workspace_root()?, bundled()?);
    for name in NOTICES {
        let to = bundled.join(name);
        std::fs::copy(root.join(name), &to)
            .with_context(|| format!("{}: cannot be written", to.display()))?;
    }
    Ok(())
}

/// Builds the plugin for release and copies its bundles into the user's plugin folders.
///
/// # Errors
/// When it does not build or cannot be copied.
pub fn install() -> anyhow::Result<()> {
    bundle(&BundleArgs { debug: false })?;
    let bundled = bundled()?;
    for (name, format) in BUNDLES {
        let folder = folder(format)?;
        place(&bundled.join(name), &folder.join(name))?;
    }
    tell("A host that is running finds it at its next scan for plugins.");
    Ok(())
}

/// Where the bundles lie: in the target folder, which cargo may have been told to have elsewhere.
///
/// # Errors
/// When the workspace's root cannot be found.
pub fn bundled() -> anyhow::Result<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    // The build has changed to the workspace's root.
    Ok(crate::workspace_root()?.join(target).join("bundled"))
}

/// Takes the bundles out of the user's plugin folders; nothing else there is touched.
///
/// # Errors
/// When one is there and cannot be removed.
pub fn uninstall() -> anyhow::Result<()> {
    for (name, format) in BUNDLES {
        let path = folder(format)?.join(name);
        if path.symlink_metadata().is_ok() {
            remove(&path)?;
            tell(&format!("{} is removed", path.display()));
        } else {
            tell(&format!("{} is not there", path.display()));
        }
    }
    Ok(())
}

/// Where the hosts of this system look for a user's own plugins.
fn folder(format: Format) -> anyhow::Result<PathBuf> {
    let dirs = BaseDirs::new().context("the system tells no home folder")?;
    let (clap, vst3) = if cfg!(target_os = "macos") {
        let folder = dirs.home_dir().join("Library/Audio/Plug-Ins");
        (folder.join("CLAP"), folder.join("VST3"))
    } else if cfg!(windows) {
        let folder = dirs.data_local_dir().join("Programs/Common");
        (folder.join("CLAP"), folder.join("VST3"))
    } else {
        (dirs.home_dir().join(".clap"), dirs.home_dir().join(".vst3"))
    };
    Ok(match format {
        Format::Clap => clap,
        Format::Vst3 => vst3,
    })
}

/// Copies a bundle beside its place and renames it there, so that no host finds half of one.
fn place(from: &Path, to: &Path) -> anyhow::Result<()> {
    ensure!(from.exists(), "{} is not there: the build made no such bundle", from.display());
    let folder = to.parent().context("a bundle lies in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let temp = to.with_extension("new");
    let old = to.with_extension("old");
    for leftover in [&temp, &old] {
        remove_if_there(leftover)?;
    }
    copy(from, &temp)?;
    if to.symlink_metadata().is_ok() {
        fs::rename(to, &old).with_context(|| format!("{} cannot be replaced", to.display()))?;
    }
    if let Err(error) = fs::rename(&temp, to) {
        // The one that worked until now goes back to its place.
        if old.symlink_metadata().is_ok() {
            fs::rename(&old, to).with_context(|| format!("{} is left as {}", to.display(), old.display()))?;
        }
        return Err(error).with_context(|| format!("{} cannot be written", to.display()));
    }
    remove_if_there(&old)?;
    tell(&format!("{} is installed", to.display()));
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    if !from.is_dir() {
        fs::copy(from, to).with_context(|| format!("{} cannot be written", to.display()))?;
        return Ok(());
    }
    fs::create_dir(to).with_context(|| format!("{} cannot be made", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn remove_if_there(path: &Path) -> anyhow::Result<()> {
    if path.symlink_metadata().is_ok() { remove(path) } else { Ok(()) }
}

fn remove(path: &Path) -> anyhow::Result<()> {
    let is_folder = path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
    let removed = if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.with_context(|| format!("{} cannot be removed", path.display()))
}

#[expect(clippy::print_stdout, reason = "says what was done")]
pub fn tell(what: &str) {
    println!("{what}");
}
