//! The programs, libraries and recordings that we are compared with, as Debian packages.
//!
//! Where there is no dpkg, each is known by a sign of its own, and is for the user to install.

use std::path::Path;

use anyhow::bail;

use crate::process::{is_on_path, program};

/// A package and what shows, without dpkg, that it is there.
pub type Package = (&'static str, Sign);

/// What shows, without dpkg, that a package is there.
#[derive(Debug, Clone, Copy)]
pub enum Sign {
    /// A program on the search path.
    Program(&'static str),
    /// A shared library that loads.
    Library(&'static str),
    /// A file or folder.
    Path(&'static str),
    /// Python modules that can be imported. Asked even where there is dpkg: a Python from elsewhere will do as well.
    Modules(&'static str),
}

/// Every package that a test needs.
pub const FOR_TESTS: [Package; 38] = [
    // What the application is built with, and the audio servers that it is tried on.
    ("make", Sign::Program("make")),
    ("cmake", Sign::Program("cmake")),
    // What compiles programs in C and C++ for the C library, and looks into it.
    ("gcc", Sign::Program("gcc")),
    ("g++", Sign::Program("g++")),
    ("binutils", Sign::Program("nm")),
    ("valgrind", Sign::Program("valgrind")),
    ("pkg-config", Sign::Program("pkg-config")),
    ("libasound2-dev", Sign::Path("/usr/include/alsa/asoundlib.h")),
    ("libjack-jackd2-dev", Sign::Path("/usr/include/jack/jack.h")),
    ("jackd2", Sign::Program("jackd")),
    ("pulseaudio", Sign::Program("pulseaudio")),
    ("pulseaudio-utils", Sign::Program("pactl")),
    ("liblo-tools", Sign::Program("oscsend")),
    ("imagemagick", Sign::Program("import")),
    // Encoders and decoders of other projects.
    ("ffmpeg", Sign::Program("ffmpeg")),
    ("flac", Sign::Program("flac")),
    ("lame", Sign::Program("lame")),
    ("vorbis-tools", Sign::Program("oggenc")),
    // Speech and music.
    ("espeak-ng", Sign::Program("espeak-ng")),
    ("frozen-bubble-data", Sign::Path("/usr/share/games/frozen-bubble/snd")),
    // The reference meter, and what SciPy runs on.
    ("libebur128-1", Sign::Library("libebur128.so.1")),
    ("python3", Sign::Modules("json")),
    ("python3-venv", Sign::Modules("ensurepip, venv")),
    // What the Python packages of the hosts link to, or open at run time.
    ("libatomic1", Sign::Library("libatomic.so.1")),
    ("libglib2.0-0", Sign::Library("libglib-2.0.so.0")),
    ("libxext6", Sign::Library("libXext.so.6")),
    ("libxinerama1", Sign::Library("libXinerama.so.1")),
    ("libxrandr2", Sign::Library("libXrandr.so.2")),
    // A display without a screen and a hand on its windows; what the plugin's window opens at run time, and what draws in it.
    ("xvfb", Sign::Program("Xvfb")),
    ("xdotool", Sign::Program("xdotool")),
    ("libegl1", Sign::Library("libEGL.so.1")),
    ("libgl1", Sign::Library("libGL.so.1")),
    ("libgl1-mesa-dri", Sign::Library("libGLX_mesa.so.0")),
    ("libx11-xcb1", Sign::Library("libX11-xcb.so.1")),
    ("libxcursor1", Sign::Library("libXcursor.so.1")),
    ("libxi6", Sign::Library("libXi.so.6")),
    ("libxkbcommon-x11-0", Sign::Library("libxkbcommon-x11.so.0")),
    // What draws the pictures of the panels without a display.
    ("mesa-vulkan-drivers", Sign::Library("libvulkan_lvp.so")),
];

/// What compiles a program that plays LV2 plugins.
pub const FOR_LV2: [Package; 4] = [
    ("gcc", Sign::Program("cc")),
    ("libc6-dev", Sign::Path("/usr/include/stdlib.h")),
    ("pkg-config", Sign::Program("pkg-config")),
    ("liblilv-dev", Sign::Path("/usr/include/lilv-0/lilv/lilv.h")),
];

/// Sees to it that all of these packages are there, by apt-get when that is allowed.
///
/// # Errors
/// Says exactly what to type when something is missing and may not or cannot be installed.
pub fn install(packages: &[Package]) -> anyhow::Result<()> {
    let has_dpkg = is_on_path("dpkg-query");
    let missing = missing(packages, has_dpkg);
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if !has_dpkg || !is_on_path("apt-get") {
        bail!("install what these Debian packages hold, by the means of your system: {names}");
    }
    if program("id", &["-u"]).output().trim() != "0" {
        bail!(
            "install what is missing, then run this again:\n  \
             sudo apt-get update && sudo apt-get install --yes --no-install-recommends {names}"
        );
    }
    program("apt-get", &["update"]).run()?;
    let args = [&["install", "--yes", "--no-install-recommends"], missing.as_slice()].concat();
    program("apt-get", &args).env("DEBIAN_FRONTEND", "noninteractive").run()
}

/// The version of an installed package, where there is dpkg.
pub fn version(package: &str) -> Option<String> {
    let version = program("dpkg-query", &["-W", "-f", "${Version}", package]).output();
    (!version.is_empty()).then_some(version)
}

fn missing(packages: &[Package], has_dpkg: bool) -> Vec<&'static str> {
    let is_missing = |&&(package, sign): &&Package| !is_present(package, sign, has_dpkg);
    packages.iter().filter(is_missing).map(|&(package, _)| package).collect()
}

fn is_present(package: &str, sign: Sign, has_dpkg: bool) -> bool {
    match sign {
        Sign::Modules(modules) => program("python3", &["-c", &format!("import {modules}")]).succeeds(),
        // A package that was removed but left its settings behind is known to dpkg too, so its status is asked.
        _ if has_dpkg => {
            program("dpkg-query", &["-W", "-f", "${db:Status-Abbrev}", package]).output().starts_with("ii")
        }
        Sign::Program(name) => is_on_path(name),
        Sign::Path(path) => Path::new(path).exists(),
        Sign::Library(name) => {
            program("python3", &["-c", &format!("import ctypes; ctypes.CDLL('{name}')")]).succeeds()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_missing_by_either_way_of_asking() {
        let signs = [
            Sign::Program("no-such-program"),
            Sign::Path("/no/such/path"),
            Sign::Library("libno-such.so"),
            Sign::Modules("no_such_module"),
        ];
        for sign in signs {
            assert!(!is_present("no-such-package", sign, true));
            assert!(!is_present("no-such-package", sign, false));
        }
        assert!(is_present("cargo", Sign::Program("cargo"), false), "what runs this test is there");
        assert!(is_present("root", Sign::Path("/"), false));
    }
}
