//! The recorder; its place is kept until it is brought in.
#![allow(missing_docs)]
use lacquer_offline::encode::SampleFormat;
use std::path::PathBuf;
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Input,
    Output,
    Both,
}
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Wav(SampleFormat),
    Flac { bits: u8 },
}
#[derive(Debug, Clone, PartialEq)]
pub struct RecordSpec {
    pub path: PathBuf,
    pub what: What,
    pub format: Format,
    pub sample_rate_hz: u32,
    pub num_channels: usize,
}
#[derive(Debug, Clone, PartialEq)]
pub enum RecordState {
    Running,
    Finished,
    Failed(String),
}
#[derive(Debug, Clone, PartialEq)]
pub struct RecordStatus {
    pub num_frames: u64,
    pub num_lost_frames: u64,
    pub num_bytes: u64,
    pub state: RecordState,
}
#[derive(Debug, thiserror::Error)]
#[error("no recorder")]
pub struct RecordError;
pub struct RecordTap;
impl RecordTap {
    pub fn push(&mut self, _i: [&[f32]; 2], _o: [&[f32]; 2]) {}
}
pub struct Recorder;
impl Recorder {
    pub fn status(&self) -> RecordStatus {
        RecordStatus { num_frames: 0, num_lost_frames: 0, num_bytes: 0, state: RecordState::Running }
    }
    pub fn stop(self) -> Result<Vec<PathBuf>, RecordError> {
        Err(RecordError)
    }
}
pub fn recorder(_: &RecordSpec) -> Result<(RecordTap, Recorder), RecordError> {
    Err(RecordError)
}
