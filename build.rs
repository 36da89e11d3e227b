//! How the released program is linked: nothing else is built here.
#![expect(clippy::disallowed_methods, reason = "cargo speaks to a build script through the environment")]

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |key: &str, value: &str| std::env::var(key).is_ok_and(|found| found == value);
    // Rust links with its own lld there, which knows these. Equal functions are kept once, and addresses to be mended at the
    // start are packed (glibc 2.36 or newer): a program a tenth smaller.
    let lld = is("CARGO_CFG_TARGET_ARCH", "x86_64")
        && is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu");
    if lld && is("PROFILE", "release") {
        for argument in ["-Wl,--icf=all", "-Wl,-z,pack-relative-relocs", "-Wl,-O2"] {
            println!("cargo:rustc-link-arg-bins={argument}");
        }
    }
}
