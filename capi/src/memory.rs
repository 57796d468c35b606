//! Counts what each thread has allocated, so that a handle can say what it takes.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;

/// In debug builds an allocation where none may be ends the program, so that tests find it.
#[cfg(debug_assertions)]
const INNER: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
#[cfg(not(debug_assertions))]
const INNER: std::alloc::System = std::alloc::System;

thread_local! {
    static NET_BYTES: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(bytes: isize) {
    // A thread that is ending no longer counts.
    let _ = NET_BYTES.try_with(|net| net.set(net.get() + bytes));
}

// SAFETY: everything is passed on to an allocator that keeps the contract; counting touches no allocated memory.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promises are the inner allocator's.
        unsafe { INNER.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the pointer came from `alloc`, and so from the inner allocator.
        unsafe { INNER.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promises are the inner allocator's.
        unsafe { INNER.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(new_size as isize - layout.size() as isize);
        // SAFETY: the pointer came from `alloc`, and so from the inner allocator; the rest is the caller's promise.
        unsafe { INNER.realloc(pointer, layout, new_size) }
    }
}

/// What `make` gives, and how many bytes of memory it has taken and not freed; negative where it has freed more.
pub fn measured<T>(make: impl FnOnce() -> T) -> (T, isize) {
    let before = NET_BYTES.with(Cell::get);
    let made = make();
    (made, NET_BYTES.with(Cell::get) - before)
}

/// For calls that may not allocate: checked in debug builds.
pub fn without_allocation<T>(work: impl FnOnce() -> T) -> T {
    #[cfg(debug_assertions)]
    return assert_no_alloc::assert_no_alloc(work);
    #[cfg(not(debug_assertions))]
    work()
}
