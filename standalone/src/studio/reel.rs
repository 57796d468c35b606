//! A recorder that the engine's side starts, in a format that is only known there, and what is told of it.

use super::{Board, RecordWish, lock};
use crate::engine::core::CoreSpec;
use crate::engine::status::Notice;
use crate::record::{RecordSpec, RecordState, RecordStatus, RecordTap, Recorder, recorder};
use std::sync::Mutex;

/// The recorder that runs, or why there is none.
#[derive(Default)]
pub(super) struct Reel {
    recorder: Option<Recorder>,
    /// What went wrong and is not told yet.
    fault: Option<Notice>,
    pub(super) has_failed: bool,
}

impl Reel {
    pub(super) fn start(&mut self, wish: &RecordWish, spec: CoreSpec) -> Option<RecordTap> {
        let spec = RecordSpec {
            path: wish.path.clone(),
            what: wish.what,
            format: wish.format,
            sample_rate_hz: spec.sample_rate_hz as u32,
            num_channels: spec.num_channels,
        };
        match recorder(&spec) {
            Ok((tap, recorder)) => {
                self.recorder = Some(recorder);
                Some(tap)
            }
            Err(error) => {
                self.fail(error.to_string());
                None
            }
        }
    }

    fn fail(&mut self, reason: String) {
        self.fault = Some(Notice::error(reason));
        self.has_failed = true;
    }

    /// How it goes; that it failed is told as soon as that is seen, once.
    pub(super) fn look(&mut self, board: &Mutex<Board>) -> Option<RecordStatus> {
        let status = self.recorder.as_ref().map(Recorder::status);
        if let Some(RecordState::Failed(reason)) = status.as_ref().map(|status| &status.state)
            && !self.has_failed
        {
            self.fail(reason.clone());
        }
        self.tell(board);
        status
    }

    /// Completes the files, if there are any, and tells of them.
    pub(super) fn finish(&mut self, board: &Mutex<Board>) {
        let outcome = self.recorder.take().map(Recorder::stop);
        match outcome {
            Some(Ok(paths)) => lock(board).finished.extend(paths),
            Some(Err(error)) if !self.has_failed => self.fail(error.to_string()),
            _ => {}
        }
        self.tell(board);
        self.has_failed = false;
    }

    fn tell(&mut self, board: &Mutex<Board>) {
        if let Some(fault) = self.fault.take() {
            let mut board = lock(board);
            board.notices.push(fault);
            board.num_failed_recordings += 1;
        }
    }
}
