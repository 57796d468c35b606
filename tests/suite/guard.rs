//! The guard against allocation is armed: without this the tests that rely on it could not fail.

use std::process::Command;

const CHILD: &str = "LACQUER_ALLOCATE_UNDER_GUARD";

/// Runs itself again as a child that allocates under the guard; the child must not survive it.
#[test]
fn an_allocation_under_the_guard_ends_the_process() {
    if std::env::var_os(CHILD).is_some() {
        assert_no_alloc::assert_no_alloc(|| std::hint::black_box(vec![1_u8; 64]));
        return;
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "guard::an_allocation_under_the_guard_ends_the_process"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    assert_eq!(child.status.code(), None, "the child lived: {}", String::from_utf8_lossy(&child.stdout));
}
