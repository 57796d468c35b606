//! Pointers from outside, looked at before they are followed.
//!
//! What can be seen is checked: NULL, alignment, lengths that wrap, and buffers that overlap. That a pointer leads to as much memory as
//! was said is the caller's promise.

use crate::status::lacquer_status::{
    LACQUER_INVALID_ARGUMENT, LACQUER_MISALIGNED, LACQUER_NULL_POINTER, LACQUER_OVERLAP,
};
use crate::status::{Fault, fault};
use lacquer_dsp::block::MAX_CHANNELS;
use std::ffi::{CStr, c_char};

fn check<T>(pointer: *const T, name: &str) -> Result<(), Fault> {
    if pointer.is_null() {
        return Err(fault(LACQUER_NULL_POINTER, format_args!("{name}: expected a pointer, found NULL")));
    }
    if !pointer.is_aligned() {
        let align = align_of::<T>();
        return Err(fault(
            LACQUER_MISALIGNED,
            format_args!("{name}: expected a pointer aligned to {align} bytes, found {pointer:p}"),
        ));
    }
    Ok(())
}

/// What a handle or a structure is.
pub unsafe fn shared<'a, T>(pointer: *const T, name: &str) -> Result<&'a T, Fault> {
    check(pointer, name)?;
    // SAFETY: it is neither NULL nor misaligned; the caller promises the rest.
    Ok(unsafe { &*pointer })
}

/// What a handle or a structure is, to be changed.
pub unsafe fn unique<'a, T>(pointer: *mut T, name: &str) -> Result<&'a mut T, Fault> {
    check(pointer, name)?;
    // SAFETY: it is neither NULL nor misaligned; the caller promises the rest, and that nobody else uses it now.
    Ok(unsafe { &mut *pointer })
}

/// Where a function puts what it gives; it may hold anything yet. It is asked for before the work, so that a call that is refused has
/// done nothing.
pub unsafe fn place<T>(pointer: *mut T, name: &str) -> Result<Place<T>, Fault> {
    check(pointer, name)?;
    Ok(Place(pointer))
}

/// See [`place`]. Two of them may be the same: no reference is made to either.
pub struct Place<T>(*mut T);

impl<T> Place<T> {
    pub fn write(self, value: T) {
        // SAFETY: it is neither NULL nor misaligned; whoever asked for it was promised room for one.
        unsafe { self.0.write(value) };
    }
}

/// Writes what a function gives that has changed nothing.
pub unsafe fn give<T>(pointer: *mut T, name: &str, value: T) -> Result<(), Fault> {
    // SAFETY: the caller promises room for one.
    unsafe { place(pointer, name)? }.write(value);
    Ok(())
}

/// Gives a handle away.
pub unsafe fn give_handle<T>(
    pointer: *mut *mut T,
    name: &str,
    value: impl FnOnce() -> Result<T, Fault>,
) -> Result<(), Fault> {
    // SAFETY: the caller promises room for a pointer.
    let place = unsafe { place(pointer, name)? };
    place.write(Box::into_raw(Box::new(value()?)));
    Ok(())
}

/// Takes a handle back; NULL is nothing.
pub unsafe fn free<T>(handle: *mut T) {
    if !handle.is_null() && handle.is_aligned() {
        let drop_it = || {
            // SAFETY: the caller promises that it was given away by `give_handle` and not taken back since.
            drop(unsafe { Box::from_raw(handle) });
            Ok(())
        };
        crate::status::guarded(drop_it);
    }
}

/// Refuses more values than memory can hold.
pub fn check_len<T>(len: usize, name: &str) -> Result<(), Fault> {
    if len.checked_mul(size_of::<T>()).is_none_or(|bytes| bytes > isize::MAX as usize) {
        return Err(fault(
            LACQUER_INVALID_ARGUMENT,
            format_args!("{name}: {len} is more than memory can hold"),
        ));
    }
    Ok(())
}

/// So many values to be read. NULL is as good as anything when there are none.
pub unsafe fn slice<'a, T>(pointer: *const T, len: usize, name: &str) -> Result<&'a [T], Fault> {
    if len == 0 {
        return Ok(&[]);
    }
    check(pointer, name)?;
    check_len::<T>(len, name)?;
    // SAFETY: neither NULL nor misaligned nor too long; the caller promises that they are there.
    Ok(unsafe { std::slice::from_raw_parts(pointer, len) })
}

/// So many values to be written, which are valid values already.
pub unsafe fn slice_mut<'a, T>(pointer: *mut T, len: usize, name: &str) -> Result<&'a mut [T], Fault> {
    if len == 0 {
        return Ok(&mut []);
    }
    check(pointer, name)?;
    check_len::<T>(len, name)?;
    // SAFETY: as in `slice`; the caller promises that nobody else uses them now.
    Ok(unsafe { std::slice::from_raw_parts_mut(pointer, len) })
}

/// A text.
pub unsafe fn text<'a>(pointer: *const c_char, name: &str) -> Result<&'a str, Fault> {
    check(pointer, name)?;
    // SAFETY: it is not NULL; the caller promises a NUL at its end.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str()
        .map_err(|error| fault(LACQUER_INVALID_ARGUMENT, format_args!("{name}: expected UTF-8: {error}")))
}

/// Whether two stretches of memory have a byte in common.
fn overlap<A, B>(a: (*const A, usize), b: (*const B, usize)) -> bool {
    let (a_start, b_start) = (a.0 as usize, b.0 as usize);
    let a_end = a_start.saturating_add(a.1.saturating_mul(size_of::<A>()));
    let b_end = b_start.saturating_add(b.1.saturating_mul(size_of::<B>()));
    a_start < b_end && b_start < a_end && a.1 > 0 && b.1 > 0
}

/// Refuses buffers that share memory.
pub fn apart<A, B>(a: (*const A, usize), b: (*const B, usize), names: &str) -> Result<(), Fault> {
    if overlap(a, b) {
        return Err(fault(LACQUER_OVERLAP, format_args!("{names}: expected buffers that share no memory")));
    }
    Ok(())
}

/// Whether channels are only read. Two that are one memory are then as good as any.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

/// Planar audio from outside: pointers that were looked at, for one or two channels.
#[derive(Clone, Copy)]
pub struct Planes {
    pointers: [*mut f32; MAX_CHANNELS],
    num_channels: usize,
    num_frames: usize,
    access: Access,
}

impl Planes {
    /// Looks at the pointers, and sees to it that the channels are there, and apart where they are written to.
    pub unsafe fn new(
        planes: *const *const f32,
        num_channels: usize,
        num_frames: usize,
        access: Access,
        name: &str,
    ) -> Result<Self, Fault> {
        if !(1..=MAX_CHANNELS).contains(&num_channels) {
            return Err(fault(
                LACQUER_INVALID_ARGUMENT,
                format_args!("num_channels: expected 1 or 2, found {num_channels}"),
            ));
        }
        check_len::<f32>(num_frames, "num_frames")?;
        // SAFETY: the caller promises as many pointers as channels.
        let all = unsafe { slice(planes, num_channels, name)? };
        let mut pointers = [std::ptr::null_mut(); MAX_CHANNELS];
        for (pointer, plane) in pointers.iter_mut().zip(all) {
            if num_frames > 0 {
                check(*plane, name)?;
            }
            *pointer = plane.cast_mut();
        }
        if num_channels == 2 && access == Access::Write {
            apart((pointers[0].cast_const(), num_frames), (pointers[1].cast_const(), num_frames), name)?;
        }
        Ok(Self { pointers, num_channels, num_frames, access })
    }

    /// One or two.
    pub fn num_channels(&self) -> usize {
        self.num_channels
    }

    /// Refuses planes that share memory with others, unless `in_place` is true and each is exactly the other.
    pub fn apart_from(&self, other: &Self, in_place: bool, names: &str) -> Result<(), Fault> {
        let own = &self.pointers[..self.num_channels];
        let others = &other.pointers[..other.num_channels];
        if in_place && own == others && self.num_frames == other.num_frames {
            return Ok(());
        }
        for a in own {
            for b in others {
                apart((a.cast_const(), self.num_frames), (b.cast_const(), other.num_frames), names)?;
            }
        }
        Ok(())
    }

    /// To be read. In place of channels that are not there stand empty slices.
    pub unsafe fn read<'a>(&self) -> [&'a [f32]; MAX_CHANNELS] {
        std::array::from_fn(|c| {
            if c >= self.num_channels || self.num_frames == 0 {
                return &[][..];
            }
            // SAFETY: looked at in `new`; the caller promises the memory.
            unsafe { std::slice::from_raw_parts(self.pointers[c], self.num_frames) }
        })
    }

    /// To be written.
    pub unsafe fn write<'a>(&self) -> [&'a mut [f32]; MAX_CHANNELS] {
        assert!(self.access == Access::Write, "the channels were seen to be apart");
        std::array::from_fn(|c| {
            if c >= self.num_channels || self.num_frames == 0 {
                return &mut [][..];
            }
            // SAFETY: looked at in `new`, where the channels were seen to be apart; the caller promises the memory, and that nobody
            // else uses it now.
            unsafe { std::slice::from_raw_parts_mut(self.pointers[c], self.num_frames) }
        })
    }
}
