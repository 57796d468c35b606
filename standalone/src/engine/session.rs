//! Streams that run: whether they still do, and what is to be said of them.

use super::gauges::{Gauges, StreamEnd};
use super::opening::Open;
use super::status::Notice;
use crate::devices::Hosts;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A stream without a callback for so long stands still, whatever its system says.
const STALL: Duration = Duration::from_millis(2500);

/// How often it is asked whether devices are still there that could go without a word.
const PRESENCE: Duration = Duration::from_secs(2);

/// Streams that run.
pub(super) struct Session {
    pub(super) open: Open,
    pub(super) gauges: Arc<Gauges>,
    /// When a callback was last seen of each side, and how many there had been.
    seen: [(Duration, u64); 2],
    was_guarded: bool,
    was_denied: bool,
    /// When it was last asked whether the devices are there.
    asked: Duration,
}

impl Session {
    /// Streams that were opened now.
    pub(super) fn new(open: Open, gauges: Arc<Gauges>, now: Duration) -> Self {
        let was_guarded = gauges.is_guarded.load(Ordering::Acquire);
        Self { open, gauges, seen: [(now, 0); 2], was_guarded, was_denied: false, asked: now }
    }

    /// Whether a device has gone without a word, and how that is said.
    pub(super) fn missing(&mut self, now: Duration, hosts: &dyn Hosts) -> Option<String> {
        if now.saturating_sub(self.asked) < PRESENCE {
            return None;
        }
        self.asked = now;
        self.open.missing(hosts).map(|name| format!("{name} is gone"))
    }

    /// Whether the streams are lost, and how that is said; tells what else is new.
    pub(super) fn watch(&mut self, now: Duration, notices: &mut Vec<Notice>) -> Option<String> {
        let gauges = &self.gauges;
        let is_guarded = gauges.is_guarded.load(Ordering::Acquire);
        if is_guarded && !self.was_guarded {
            let words = "the input howls: the microphone hears the loudspeakers. The monitors are closed";
            notices.push(Notice::warning(words.to_owned()));
        }
        self.was_guarded = is_guarded;
        let is_denied = [&gauges.input, &gauges.output]
            .iter()
            .any(|stream| stream.is_realtime_denied.load(Ordering::Acquire));
        if is_denied && !self.was_denied {
            let words = "the system gives the audio no real-time priority: a busy machine may interrupt it";
            notices.push(Notice::info(words.to_owned()));
            self.was_denied = true;
        }
        let sides = [self.open.input.as_ref().map(|input| &input.name), Some(&self.open.output.name)];
        for (side, stream) in [&gauges.input, &gauges.output].into_iter().enumerate() {
            let Some(name) = sides[side] else { continue };
            if let Some(end) = stream.end() {
                return Some(match end {
                    StreamEnd::DeviceLost => format!("{name} is gone"),
                    StreamEnd::Invalidated => format!("{name} changed its format, or its server ended"),
                    StreamEnd::Failing => format!("{name} fails again and again"),
                    StreamEnd::Panicked => format!("a fault of ours stopped {name}: please report it"),
                });
            }
            if stream.is_moved.swap(false, Ordering::AcqRel) {
                notices.push(Notice::info(format!("the system moved {name} to another device")));
            }
            let num_callbacks = stream.num_callbacks.load(Ordering::Relaxed);
            let (since, seen) = &mut self.seen[side];
            if *seen != num_callbacks {
                (*since, *seen) = (now, num_callbacks);
            } else if now.saturating_sub(*since) > STALL {
                return Some(format!("{name} stands still"));
            }
        }
        None
    }
}
