//! Gives the shared library its name for the loader, unless cargo-c does.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is_elf = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux" || os.ends_with("bsd"));
    if is_elf && std::env::var_os("CARGO_FEATURE_CAPI").is_none() {
        let (major, minor) = (env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"));
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,liblacquer.so.{major}.{minor}");
    }
}
