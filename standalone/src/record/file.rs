//! Files that grow and can be opened at every moment.

use flac_codec::encode::{FlacSampleWriter, Options};
use lacquer_offline::encode::flac::{interleave, unwritable};
use lacquer_offline::encode::{WavLayout, WriteCounts};
use lacquer_offline::error::FileError;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// From here on a WAV file is an RF64 file.
const RIFF_LIMIT_BYTES: u64 = u32::MAX as u64;

/// How much is encoded at a time: at 48 kHz 85 ms.
const FLAC_FRAME_LEN: u16 = 4096;

/// So many names are tried.
const MAX_NAMES: u32 = 10_000;

/// A file that grows.
pub(super) trait GrowingFile: Send {
    /// Where it is.
    fn path(&self) -> &Path;
    /// Appends frames, one slice for each channel.
    fn write(&mut self, channels: &[&[f32]]) -> Result<(), FileError>;
    /// Makes what was written readable, and returns how many bytes that are.
    fn settle(&mut self) -> Result<u64, FileError>;
    /// After a failure: what is whole stays readable.
    fn keep_what_is_there(&mut self);
    /// Completes it, and sees to it that all is on the disk.
    fn finish(self: Box<Self>) -> Result<(), FileError>;
}

/// A new file of this name, or of the name with the first number that is free.
fn create_new(path: &Path) -> Result<(File, PathBuf), FileError> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
    for number in 1..=MAX_NAMES {
        let candidate = match number {
            1 => path.to_owned(),
            _ => path.with_file_name(format!("{stem}-{number}.{extension}")),
        };
        // Read as well: after a failure the length is looked at.
        match OpenOptions::new().read(true).write(true).create_new(true).open(&candidate) {
            Ok(file) => return Ok((file, candidate)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(FileError::unwritable(path, &error)),
        }
    }
    let error = io::Error::new(ErrorKind::AlreadyExists, "it and its numbered neighbours exist");
    Err(FileError::unwritable(path, &error))
}

/// RIFF WAVE, and RF64 beyond the limit.
pub(super) struct GrowingWav {
    file: File,
    path: PathBuf,
    layout: WavLayout,
    limit_bytes: u64,
    num_frames: u64,
    counts: WriteCounts,
    bytes: Vec<u8>,
}

impl GrowingWav {
    pub(super) fn create(path: &Path, layout: WavLayout) -> Result<Self, FileError> {
        Self::with_limit(path, layout, RIFF_LIMIT_BYTES)
    }

    fn with_limit(path: &Path, layout: WavLayout, limit_bytes: u64) -> Result<Self, FileError> {
        let (file, path) = create_new(path)?;
        let counts = WriteCounts::default();
        let mut wav = Self { file, path, layout, limit_bytes, num_frames: 0, counts, bytes: Vec::new() };
        wav.settle()?;
        Ok(wav)
    }

    fn header(&self) -> Vec<u8> {
        self.layout.growing_bytes(self.num_frames, self.limit_bytes)
    }

    fn num_bytes(&self) -> u64 {
        self.header().len() as u64 + self.num_frames * self.layout.frame_bytes() as u64
    }

    fn write_header(&mut self) -> io::Result<()> {
        let header = self.header();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&header)?;
        self.file.seek(SeekFrom::Start(self.num_bytes()))?;
        Ok(())
    }

    fn unwritable(&self, error: &io::Error) -> FileError {
        FileError::unwritable(&self.path, error)
    }
}

impl GrowingFile for GrowingWav {
    fn path(&self) -> &Path {
        &self.path
    }

    fn write(&mut self, channels: &[&[f32]]) -> Result<(), FileError> {
        let len = channels[0].len();
        self.layout.encode(channels, 0..len, &mut self.bytes, &mut self.counts);
        self.file.write_all(&self.bytes).map_err(|e| self.unwritable(&e))?;
        self.num_frames += len as u64;
        Ok(())
    }

    fn settle(&mut self) -> Result<u64, FileError> {
        self.write_header().map_err(|e| self.unwritable(&e))?;
        Ok(self.num_bytes())
    }

    fn keep_what_is_there(&mut self) {
        // A part of a block may have been written: it counts up to its last whole frame.
        let header_bytes = self.header().len() as u64;
        let length = self.file.metadata().map_or(0, |metadata| metadata.len());
        self.num_frames = length.saturating_sub(header_bytes) / self.layout.frame_bytes() as u64;
        // The header's place is there already; if even that fails, its last state stays.
        let _ = self.file.set_len(self.num_bytes()).and_then(|()| self.write_header());
    }

    fn finish(mut self: Box<Self>) -> Result<(), FileError> {
        let is_odd = self.num_bytes() % 2 == 1;
        let padding = if is_odd { &[0][..] } else { &[] };
        let finished = self.file.write_all(padding).and_then(|()| self.write_header());
        finished.and_then(|()| self.file.sync_all()).map_err(|e| self.unwritable(&e))
    }
}

/// A buffered file that can be flushed while an encoder owns a handle to it.
#[derive(Clone)]
struct SharedFile(Arc<Mutex<BufWriter<File>>>);

impl SharedFile {
    fn lock(&self) -> MutexGuard<'_, BufWriter<File>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for SharedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lock().flush()
    }
}

impl Seek for SharedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.lock().seek(to)
    }
}

/// FLAC, whose frames stand alone: a length and a checksum that are not there yet are what its format calls unknown.
pub(super) struct GrowingFlac {
    encoder: Option<FlacSampleWriter<SharedFile>>,
    file: SharedFile,
    path: PathBuf,
    bits: u32,
    counts: WriteCounts,
    samples: Vec<i32>,
    /// What is whole on the disk.
    settled_bytes: u64,
}

impl GrowingFlac {
    pub(super) fn create(
        path: &Path,
        bits: u8,
        rate_hz: u32,
        num_channels: usize,
    ) -> Result<Self, FileError> {
        let (file, path) = create_new(path)?;
        let file = SharedFile(Arc::new(Mutex::new(BufWriter::new(file))));
        let bits = u32::from(bits);
        // The encoder remembers each of its frames, so that long ones keep a long recording's memory small.
        let options = Options::fast().block_size(FLAC_FRAME_LEN).unwrap_or_else(|_| Options::fast());
        let encoder = FlacSampleWriter::new(file.clone(), options, rate_hz, bits, num_channels as u8, None);
        let encoder = encoder.map_err(|e| unwritable(&path, &e))?;
        let mut flac = Self {
            encoder: Some(encoder),
            file,
            path,
            bits,
            counts: WriteCounts::default(),
            samples: Vec::new(),
            settled_bytes: 0,
        };
        flac.settle()?;
        Ok(flac)
    }
}

impl GrowingFile for GrowingFlac {
    fn path(&self) -> &Path {
        &self.path
    }

    fn write(&mut self, channels: &[&[f32]]) -> Result<(), FileError> {
        interleave(channels, self.bits, &mut self.counts, &mut self.samples);
        let Some(encoder) = &mut self.encoder else { return Ok(()) };
        encoder.write(&self.samples).map_err(|e| unwritable(&self.path, &e))
    }

    fn settle(&mut self) -> Result<u64, FileError> {
        let mut file = self.file.lock();
        let position = file.flush().and_then(|()| file.stream_position());
        self.settled_bytes = position.map_err(|e| FileError::unwritable(&self.path, &e))?;
        Ok(self.settled_bytes)
    }

    fn keep_what_is_there(&mut self) {
        // Frames stand alone. What the encoder still holds cannot be written; it must not try again, as it does when dropped.
        if let Some(encoder) = self.encoder.take() {
            std::mem::forget(encoder);
        }
        // If even this fails, the last frame is a part, which decoders leave out.
        let _ = self.file.lock().get_ref().set_len(self.settled_bytes);
    }

    fn finish(mut self: Box<Self>) -> Result<(), FileError> {
        if let Some(encoder) = self.encoder.take() {
            encoder.finalize().map_err(|e| unwritable(&self.path, &e))?;
        }
        let mut file = self.file.lock();
        let synced = file.flush().and_then(|()| file.get_ref().sync_all());
        synced.map_err(|e| FileError::unwritable(&self.path, &e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lacquer_offline::decode::AudioReader;
    use lacquer_offline::encode::SampleFormat;

    #[test]
    fn beyond_the_limit_a_wav_is_an_rf64_and_reads_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long.wav");
        let layout =
            WavLayout { sample_format: SampleFormat::Float32, sample_rate_hz: 48_000, num_channels: 2 };
        let mut wav = GrowingWav::with_limit(&path, layout, 100_000).unwrap();
        let block: Vec<f32> = (0..1000).map(|n| n as f32 / 1000.0).collect();
        let mut kinds = Vec::new();
        for _ in 0..20 {
            wav.write(&[&block, &block]).unwrap();
            wav.settle().unwrap();
            kinds.push(std::fs::read(&path).unwrap()[..4].to_vec());
            let mut planes = [vec![0.0; 30_000], vec![0.0; 30_000]];
            let num_read = AudioReader::open(&path).unwrap().read(&mut planes).unwrap();
            assert_eq!(num_read, kinds.len() * 1000);
            assert_eq!(planes[1][num_read - 1000..num_read], block);
        }
        assert_eq!(kinds.iter().filter(|kind| *kind == b"RIFF").count(), 12);
        assert_eq!(kinds.iter().filter(|kind| *kind == b"RF64").count(), 8);
        let wav: Box<dyn GrowingFile> = Box::new(wav);
        wav.finish().unwrap();
    }
}
