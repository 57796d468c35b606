//! The file as one long row of frames, with its repetitions.
//!
//! Files are read forward only, and a place in them is reached by decoding all that lies before it, which takes longer late in a long
//! file than what waits in the ring lasts. So the newest frames stay in memory: what repeats within them, and a short way back, ask
//! nothing of the file. For what repeats over a longer time a second reader is brought to its beginning meanwhile.

use lacquer_dsp::filter::varispeed::Pair;
use lacquer_offline::decode::AudioReader;
use lacquer_offline::error::FileError;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// Frames that are decoded at a time.
const BLOCK_FRAMES: usize = 2048;

/// Frames that stay in memory: 87 s at 48 kHz, 32 MiB.
const MAX_KEPT_FRAMES: usize = 1 << 22;

pub(super) struct Tape {
    path: PathBuf,
    decoder: Decoder,
    /// On its way to the beginning of what repeats, if that is not kept.
    spare: Option<Decoder>,
    max_kept_frames: usize,
    /// The frame of the file that comes next.
    frame: u64,
    repeat: super::Repeat,
    num_after_end: usize,
}

/// A file that is being read, and the newest of what was.
struct Decoder {
    file: AudioReader,
    planes: Vec<Vec<f32>>,
    kept: VecDeque<Pair>,
    /// The frame of the file that the first of them is.
    first: u64,
    is_at_end: bool,
}

impl Tape {
    pub(super) fn new(path: &Path, file: AudioReader) -> Self {
        Self {
            path: path.to_owned(),
            decoder: Decoder::new(file),
            spare: None,
            max_kept_frames: MAX_KEPT_FRAMES,
            frame: 0,
            repeat: None,
            num_after_end: 0,
        }
    }

    pub(super) fn sample_rate_hz(&self) -> f64 {
        f64::from(self.decoder.file.info().sample_rate_hz)
    }

    /// What repeats, in frames of the file.
    pub(super) fn repeat(&self) -> super::Repeat {
        self.repeat
    }

    /// Repeats this from now on.
    pub(super) fn set_repeat(&mut self, repeat: super::Repeat) {
        if self.repeat != repeat {
            (self.repeat, self.spare) = (repeat, None);
        }
    }

    /// Frames of silence that were given after the end.
    pub(super) fn num_after_end(&self) -> usize {
        self.num_after_end
    }

    /// The next frame is this one, or the file's end if that comes before.
    pub(super) fn go_to(&mut self, frame: u64) -> Result<(), FileError> {
        self.num_after_end = 0;
        if frame < self.decoder.first {
            self.decoder = match self.spare.take().filter(|spare| spare.holds(frame)) {
                Some(spare) => spare,
                None => Decoder::new(AudioReader::open(&self.path)?),
            };
        }
        while self.decoder.end() <= frame && !self.decoder.is_at_end {
            self.decoder.decode(self.max_kept_frames)?;
        }
        self.frame = frame.min(self.decoder.end());
        Ok(())
    }

    /// Does a little of what the next repetition will need, and tells whether there was anything to do.
    pub(super) fn prepare(&mut self) -> Result<bool, FileError> {
        let Some((from, to)) = self.repeat else { return Ok(false) };
        // With a block to spare: the decoder reads on behind the last frame.
        let is_kept = to - from + 2 * BLOCK_FRAMES as u64 <= self.max_kept_frames as u64;
        let is_there = |spare: &Decoder| spare.end() > from || spare.is_at_end;
        if is_kept || self.spare.as_ref().is_some_and(is_there) {
            return Ok(false);
        }
        if self.spare.is_none() {
            self.spare = Some(Decoder::new(AudioReader::open(&self.path)?));
        }
        if let Some(spare) = &mut self.spare {
            spare.decode(BLOCK_FRAMES)?;
        }
        Ok(true)
    }

    pub(super) fn next(&mut self) -> Result<Pair, FileError> {
        if let Some((from, to)) = self.repeat
            && self.frame == to
        {
            self.go_to(from)?;
        }
        if self.frame == self.decoder.end() && !self.decoder.is_at_end {
            self.decoder.decode(self.max_kept_frames)?;
        }
        let frame = self.decoder.kept.get((self.frame - self.decoder.first) as usize).copied();
        match frame {
            Some(_) => self.frame += 1,
            None => self.num_after_end += 1,
        }
        Ok(frame.unwrap_or_default())
    }
}

impl Decoder {
    fn new(file: AudioReader) -> Self {
        let planes = vec![vec![0.0; BLOCK_FRAMES]; file.info().num_channels];
        Self { file, planes, kept: VecDeque::new(), first: 0, is_at_end: false }
    }

    /// The first frame that is not decoded yet.
    fn end(&self) -> u64 {
        self.first + self.kept.len() as u64
    }

    fn holds(&self, frame: u64) -> bool {
        (self.first..self.end()).contains(&frame)
    }

    /// Decodes a block, and keeps as much of what was before it as there is room for.
    fn decode(&mut self, max_kept_frames: usize) -> Result<(), FileError> {
        let len = self.file.read(&mut self.planes)?;
        self.is_at_end = len == 0;
        let num_dropped = (self.kept.len() + len).saturating_sub(max_kept_frames).min(self.kept.len());
        self.kept.drain(..num_dropped);
        self.first += num_dropped as u64;
        let (left, right) = (&self.planes[0], &self.planes[self.planes.len() - 1]);
        self.kept.extend((0..len).map(|n| [left[n], right[n]]));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lacquer_offline::encode::{AudioWriter, OutputFormat, SampleFormat};

    /// A file whose samples tell their frame.
    fn tape(folder: &Path, len: usize) -> Tape {
        let path = folder.join("a.wav");
        let ramp: Vec<f32> = (0..len).map(|n| n as f32).collect();
        let mut writer =
            AudioWriter::create(&path, OutputFormat::Wav(SampleFormat::Float32), 48_000, 1).unwrap();
        writer.write(&[&ramp]).unwrap();
        writer.finish().unwrap().publish(false).unwrap();
        let file = AudioReader::open(&path).unwrap();
        Tape { max_kept_frames: 3 * BLOCK_FRAMES, ..Tape::new(&path, file) }
    }

    #[test]
    fn a_repetition_longer_than_what_is_kept_finds_a_second_reader_at_its_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let mut tape = tape(folder.path(), 200_000);
        tape.set_repeat(Some((150_000, 190_000)));
        tape.go_to(150_000).unwrap();
        for n in 0..100_000 {
            assert_eq!(tape.next().unwrap()[0], (150_000 + n % 40_000) as f32, "frame {n}");
            if n % 256 == 0 {
                tape.prepare().unwrap();
            }
            // With every turn it was there before it was needed.
            if n % 40_000 == 39_999 {
                assert!(tape.spare.as_ref().is_some_and(|spare| spare.holds(150_000)), "frame {n}");
            }
            assert!(tape.decoder.kept.len() <= 3 * BLOCK_FRAMES);
        }
    }

    #[test]
    fn a_short_way_back_and_a_short_repetition_ask_nothing_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut tape = tape(folder.path(), 200_000);
        tape.go_to(190_000).unwrap();
        std::fs::remove_file(folder.path().join("a.wav")).unwrap();
        tape.go_to(188_500).unwrap();
        assert_eq!(tape.next().unwrap()[0], 188_500.0);
        tape.set_repeat(Some((189_000, 190_500)));
        for n in 0..5000 {
            let expected = if n < 1999 { 188_501 + n } else { 189_000 + (n - 1999) % 1500 };
            assert_eq!(tape.next().unwrap()[0], expected as f32, "frame {n}");
            assert!(!tape.prepare().unwrap());
        }
        // Farther back there is no file any more; behind the end there is silence.
        assert!(tape.go_to(1000).is_err());
        tape.set_repeat(None);
        tape.go_to(300_000).unwrap();
        assert_eq!((tape.next().unwrap(), tape.num_after_end()), ([0.0; 2], 1));
    }
}
