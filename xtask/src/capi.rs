//! `cargo xtask capi` and `cargo xtask header`: the C library where a compiler finds it, and its header as the code has it.
//!
//! `cargo cinstall` does the same for those who have cargo-c. It takes minutes to build, so the tests do without.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;

use crate::process;

const PACKAGE: &str = "lacquer-capi";

/// Where the library goes.
#[derive(Args)]
pub struct CapiArgs {
    /// The folder that gets include/, lib/ and lib/pkgconfig/
    #[arg(long, value_name = "DIR")]
    pub prefix: PathBuf,
    /// Build quickly, with debug assertions, instead of for release
    #[arg(long)]
    pub debug: bool,
}

/// What a static library is linked with besides, on Linux and on macOS.
#[cfg(target_os = "macos")]
const PRIVATE_LIBS: &str = "-framework CoreFoundation -lSystem -lc -lm";
#[cfg(not(target_os = "macos"))]
const PRIVATE_LIBS: &str = "-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc";

/// What goes with every binary.
pub const NOTICES: [&str; 3] = ["LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY.md"];

/// Builds the library and installs it with header and pkg-config file.
///
/// # Errors
/// When it does not build, or the folder cannot be written.
pub fn capi(args: &CapiArgs) -> anyhow::Result<()> {
    let root = crate::workspace_root()?;
    let mut words = vec!["build", "--locked", "--package", PACKAGE];
    if !args.debug {
        words.push("--release");
    }
    process::cargo(&root, &words).run()?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let built = root.join(target).join(if args.debug { "debug" } else { "release" });
    let version = env!("CARGO_PKG_VERSION");
    let (lib, include) = (args.prefix.join("lib"), args.prefix.join("include"));
    for folder in [&lib.join("pkgconfig"), &include] {
        fs::create_dir_all(folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
    }
    place(&root.join("capi/include/lacquer.h"), &include.join("lacquer.h"))?;
    place(&built.join("liblacquer_capi.a"), &lib.join("liblacquer.a"))?;
    if cfg!(target_os = "macos") {
        place(&built.join("liblacquer_capi.dylib"), &lib.join("liblacquer.dylib"))?;
    } else {
        let real = format!("liblacquer.so.{version}");
        place(&built.join("liblacquer_capi.so"), &lib.join(&real))?;
        let major_minor = version.rsplit_once('.').map_or(version, |(front, _)| front);
        link(&real, &lib.join(format!("liblacquer.so.{major_minor}")))?;
        link(&real, &lib.join("liblacquer.so"))?;
    }
    let notices = args.prefix.join("share/doc/lacquer");
    fs::create_dir_all(&notices).with_context(|| format!("{}: cannot be made", notices.display()))?;
    for name in NOTICES {
        place(&root.join(name), &notices.join(name))?;
    }
    let pc = lib.join("pkgconfig/lacquer.pc");
    let prefix = args.prefix.canonicalize().context("the prefix was just made")?;
    fs::write(&pc, pkg_config(&prefix, version))
        .with_context(|| format!("{}: cannot be written", pc.display()))?;
    crate::plugin::tell(&format!("the library is in {}", args.prefix.display()));
    Ok(())
}

fn pkg_config(prefix: &Path, version: &str) -> String {
    format!(
        "prefix={}\nexec_prefix=${{prefix}}\nlibdir=${{prefix}}/lib\nincludedir=${{prefix}}/include\n\n\
         Name: lacquer\nDescription: Mastering, metering and mel spectrograms\nVersion: {version}\n\
         Libs: -L${{libdir}} -llacquer\nCflags: -I${{includedir}}\nLibs.private: {PRIVATE_LIBS}\n",
        prefix.display()
    )
}

/// Copies beside the place and renames, so that a program that runs keeps its library.
fn place(from: &Path, to: &Path) -> anyhow::Result<()> {
    let beside = to.with_extension("new");
    fs::copy(from, &beside)
        .and_then(|_| fs::rename(&beside, to))
        .with_context(|| format!("{} cannot be copied to {}", from.display(), to.display()))
}

#[cfg(unix)]
fn link(to: &str, path: &Path) -> anyhow::Result<()> {
    let _ = fs::remove_file(path);
    std::os::unix::fs::symlink(to, path).with_context(|| format!("{}: cannot be linked", path.display()))
}

#[cfg(not(unix))]
fn link(_: &str, _: &Path) -> anyhow::Result<()> {
    Ok(())
}

/// How the header is looked at.
#[derive(Args)]
pub struct HeaderArgs {
    /// Only tell whether the header is what the code says
    #[arg(long)]
    pub check: bool,
}

/// Writes the header from the code, or compares.
///
/// # Errors
/// When the code cannot be read, or the header is another one.
pub fn header(args: &HeaderArgs) -> anyhow::Result<()> {
    let capi = crate::workspace_root()?.join("capi");
    let config = cbindgen::Config::from_file(capi.join("cbindgen.toml")).map_err(anyhow::Error::msg)?;
    let mut text = Vec::new();
    cbindgen::generate_with_config(&capi, config).context("the code cannot be read")?.write(&mut text);
    let path = capi.join("include/lacquer.h");
    if args.check {
        let is_same = fs::read(&path).is_ok_and(|there| there == text);
        ensure!(is_same, "{} is not what the code says: run cargo xtask header", path.display());
        return Ok(());
    }
    fs::write(&path, text).with_context(|| format!("{}: cannot be written", path.display()))
}
