//! Frames that wait, in the order in which they came.

use std::ops::Range;

/// A ring of one or two channels, of a fixed size.
pub(super) struct Queue {
    planes: Vec<Vec<f32>>,
    start: usize,
    len: usize,
}

impl Queue {
    pub(super) fn new(num_channels: usize, room: usize) -> Self {
        Self { planes: vec![vec![0.0; room]; num_channels], start: 0, len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Puts a part of the planes in; there must be room for it.
    pub(super) fn push(&mut self, from: &[Vec<f32>], range: Range<usize>) {
        for (ring, plane) in self.planes.iter_mut().zip(from) {
            let room = ring.len();
            debug_assert!(self.len + range.len() <= room, "a queue of {room} frames is full");
            let at = (self.start + self.len) % room.max(1);
            let first = range.len().min(room - at);
            let (head, tail) = plane[range.clone()].split_at(first);
            ring[at..at + first].copy_from_slice(head);
            ring[..tail.len()].copy_from_slice(tail);
        }
        self.len += range.len();
    }

    /// Takes the oldest frames out, as many as the range of the planes has and there are, and returns how many.
    pub(super) fn pop(&mut self, to: &mut [impl AsMut<[f32]>], range: Range<usize>) -> usize {
        let len = range.len().min(self.len);
        for (ring, plane) in self.planes.iter().zip(to) {
            let first = len.min(ring.len() - self.start);
            let (head, tail) = plane.as_mut()[range.start..range.start + len].split_at_mut(first);
            head.copy_from_slice(&ring[self.start..self.start + first]);
            tail.copy_from_slice(&ring[..len - first]);
        }
        let room = self.planes.first().map_or(0, Vec::len);
        (self.start, self.len) = ((self.start + len) % room.max(1), self.len - len);
        len
    }

    /// Shows what waits, oldest first, in two parts.
    pub(super) fn each_part(&self, mut see: impl FnMut(&[Vec<f32>], Range<usize>)) {
        let room = self.planes.first().map_or(0, Vec::len);
        let first = self.len.min(room - self.start);
        see(&self.planes, self.start..self.start + first);
        see(&self.planes, 0..self.len - first);
    }
}
