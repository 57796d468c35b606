//! FLAC, MP3 and Ogg Vorbis, through Symphonia.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_FLAC, CODEC_ID_MP3, CODEC_ID_VORBIS};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, ReadOnlySource};
use symphonia::default::formats::{FlacReader, MpaReader, OggReader};

use super::{AudioInfo, check_stream, layout};
use crate::error::FileError;

/// What wraps the packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Flac,
    Mp3,
    Ogg,
}

/// A file whose packets are decoded one at a time.
pub(super) struct CompressedSource {
    path: PathBuf,
    container: Container,
    demuxer: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track_id: u32,
    sample_rate_hz: u32,
    num_channels: usize,
    promised_frames: Option<u64>,
    /// By how much a count may be short without anything being lost.
    tolerance_frames: u64,
    num_frames_decoded: u64,
    /// Where the next FLAC packet must begin, which shows whether one was dropped.
    next_pts: Option<i64>,
    /// The last packet's samples; those before `pending_start` are already taken.
    pending: Vec<Vec<f32>>,
    pending_start: usize,
    ended: bool,
}

impl CompressedSource {
    pub(super) fn open(
        path: &Path,
        file: File,
        container: Container,
    ) -> Result<(AudioInfo, Self), FileError> {
        guarded(path, 0.0, || Self::open_unguarded(path, file, container))
    }

    fn open_unguarded(path: &Path, file: File, container: Container) -> Result<(AudioInfo, Self), FileError> {
        let demuxer = open_demuxer(file, container).map_err(|e| header_error(path, container, &e))?;
        let found_none = || FileError::Unsupported {
            path: path.to_owned(),
            expected: "WAV, FLAC, MP3 or Ogg Vorbis".into(),
            found: format!("{} without such a stream", container.name()),
        };
        let track = demuxer.first_track_known_codec(TrackType::Audio).ok_or_else(found_none)?.clone();
        let params = track.codec_params.as_ref().and_then(|params| params.audio()).ok_or_else(found_none)?;
        if ![CODEC_ID_FLAC, CODEC_ID_MP3, CODEC_ID_VORBIS].contains(&params.codec) {
            return Err(found_none());
        }
        let info = info_of(container, params, track.num_frames);
        check_stream(path, info.sample_rate_hz, info.num_channels)?;
        // Symphonia 0.6.1 undoes the coupling steps of Vorbis in ascending order, and the specification (4.3.5) wants them
        // descending. With more than the one step of stereo the channels come out mixed.
        if params.codec == CODEC_ID_VORBIS && info.num_channels > 2 {
            let expected = "Ogg Vorbis of 1 or 2 channels".into();
            let found = format!("{} channels", info.num_channels);
            return Err(FileError::Unsupported { path: path.to_owned(), expected, found });
        }
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(params, &AudioDecoderOptions::default())
            .map_err(|e| header_error(path, container, &e))?;
        // Without an encoder's tag nobody knows whether a Xing count includes its own frame.
        let is_vague = container == Container::Mp3 && track.delay.unwrap_or(0) == 0;
        let source = Self {
            path: path.to_owned(),
            container,
            demuxer,
            decoder,
            track_id: track.id,
            sample_rate_hz: info.sample_rate_hz,
            num_channels: info.num_channels,
            promised_frames: info.num_frames,
            tolerance_frames: if is_vague { 1152 } else { 0 },
            num_frames_decoded: 0,
            next_pts: None,
            pending: Vec::new(),
            pending_start: 0,
            ended: false,
        };
        Ok((info, source))
    }

    pub(super) fn num_buffered_samples(&self) -> usize {
        self.pending.iter().map(Vec::capacity).sum()
    }

    pub(super) fn read_some(
        &mut self,
        planes: &mut [&mut [f32]],
        range: Range<usize>,
    ) -> Result<usize, FileError> {
        while self.num_pending() == 0 {
            if self.ended {
                return Ok(0);
            }
            let (path, at_seconds) = (self.path.clone(), self.at_seconds());
            let outcome = guarded(&path, at_seconds, || self.decode_packet());
            // After an error there is nothing that could be relied on.
            self.ended |= outcome.is_err();
            outcome?;
        }
        let num_frames = range.len().min(self.num_pending());
        let taken = self.pending_start..self.pending_start + num_frames;
        for (plane, pending) in planes.iter_mut().zip(&self.pending) {
            plane[range.start..range.start + num_frames].copy_from_slice(&pending[taken.clone()]);
        }
        self.pending_start += num_frames;
        Ok(num_frames)
    }

    fn num_pending(&self) -> usize {
        self.pending.first().map_or(0, Vec::len) - self.pending_start
    }

    fn at_seconds(&self) -> f64 {
        self.num_frames_decoded as f64 / f64::from(self.sample_rate_hz)
    }

    fn damaged(&self, detail: String) -> FileError {
        FileError::Damaged { path: self.path.clone(), at_seconds: self.at_seconds(), detail }
    }

    fn incomplete(&self, promised_frames: Option<u64>) -> FileError {
        FileError::Incomplete {
            path: self.path.clone(),
            found_frames: self.num_frames_decoded,
            promised_frames,
            sample_rate_hz: self.sample_rate_hz,
        }
    }

    /// Decodes the next packet into `pending`, or notes that the end was reached.
    fn decode_packet(&mut self) -> Result<(), FileError> {
        self.pending_start = 0;
        self.pending.iter_mut().for_each(Vec::clear);
        let packet = match self.demuxer.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => return self.finish(),
            Err(e) => return Err(self.demux_error(&e)),
        };
        if packet.track_id != self.track_id {
            return Ok(());
        }
        if self.container == Container::Flac {
            self.check_gap(packet.pts.get(), packet.block_dur().get())?;
        }
        let decoded = match self.decoder.decode(&packet) {
            Ok(buffer) => {
                let num_planes = buffer.num_planes();
                let rate_hz = buffer.spec().rate();
                // The first packets of Vorbis and MP3 only prepare the next.
                if buffer.frames() > 0 {
                    buffer.copy_to_vecs_planar(&mut self.pending);
                    Ok((num_planes, rate_hz))
                } else {
                    return Ok(());
                }
            }
            Err(e) => Err(e.to_string()),
        };
        match decoded {
            Ok((num_planes, rate_hz))
                if num_planes == self.num_channels && rate_hz == self.sample_rate_hz =>
            {
                self.num_frames_decoded += self.num_pending() as u64;
                Ok(())
            }
            Ok((num_planes, rate_hz)) => {
                self.pending.clear();
                let (channels, rate) = (self.num_channels, self.sample_rate_hz);
                Err(self.damaged(format!(
                    "expected {channels} channels at {rate} Hz throughout, found {num_planes} at {rate_hz} Hz"
                )))
            }
            Err(detail) => Err(self.packet_error(&detail)),
        }
    }

    /// A FLAC packet that fails its checksum is dropped without a word, but the next one tells where it belongs.
    fn check_gap(&mut self, pts: i64, num_frames: u64) -> Result<(), FileError> {
        if let Some(expected) = self.next_pts.filter(|&expected| expected != pts) {
            return Err(
                self.damaged(format!("expected a packet that begins at frame {expected}, found {pts}"))
            );
        }
        self.next_pts = Some(pts.saturating_add_unsigned(num_frames));
        Ok(())
    }

    /// A packet that cannot be decoded, as the last of a file, is one that was cut off.
    fn packet_error(&mut self, detail: &str) -> FileError {
        let is_last = !matches!(self.demuxer.next_packet(), Ok(Some(_)));
        match self.promised_frames {
            Some(promised) if is_last && self.num_frames_decoded < promised => {
                self.incomplete(Some(promised))
            }
            _ => self.damaged(format!("expected a sound packet, found a {detail}")),
        }
    }

    fn demux_error(&self, error: &Error) -> FileError {
        match error {
            Error::IoError(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
                let promised = self.promised_frames.filter(|&promised| promised > self.num_frames_decoded);
                self.incomplete(promised)
            }
            Error::IoError(e) => FileError::unreadable(&self.path, e),
            Error::ResetRequired => FileError::Unsupported {
                path: self.path.clone(),
                expected: "one stream".into(),
                found: format!("another one chained to it at {:.3} s", self.at_seconds()),
            },
            other => self.damaged(format!("expected a sound packet, found a {other}")),
        }
    }

    fn finish(&mut self) -> Result<(), FileError> {
        self.ended = true;
        let promised = self.promised_frames.unwrap_or(0);
        if self.num_frames_decoded + self.tolerance_frames < promised {
            return Err(self.incomplete(Some(promised)));
        }
        if self.num_frames_decoded == 0 {
            return Err(empty(&self.path, self.container));
        }
        Ok(())
    }
}

impl Container {
    fn name(self) -> &'static str {
        match self {
            Self::Flac => "FLAC",
            Self::Mp3 => "MP3",
            Self::Ogg => "Ogg",
        }
    }
}

fn open_demuxer(file: File, container: Container) -> Result<Box<dyn FormatReader>, Error> {
    // Only Ogg is opened as seekable, to find its length on its last page. For an MP3 without a Xing header Symphonia would
    // guess a length from the first frames and then cut the audio off there.
    let source: Box<dyn MediaSource> = match container {
        Container::Ogg => Box::new(file),
        Container::Flac | Container::Mp3 => Box::new(ReadOnlySource::new(file)),
    };
    let stream = MediaSourceStream::new(source, Default::default());
    let options = FormatOptions::default();
    Ok(match container {
        Container::Flac => Box::new(FlacReader::try_new(stream, options)?),
        Container::Mp3 => Box::new(MpaReader::try_new(stream, options)?),
        Container::Ogg => Box::new(OggReader::try_new(stream, options)?),
    })
}

fn info_of(container: Container, params: &AudioCodecParameters, num_frames: Option<u64>) -> AudioInfo {
    let channels = params.channels.clone().unwrap_or_default();
    let mask = match &channels {
        Channels::Positioned(positions) => positions.bits(),
        _ => 0,
    };
    let format = match (container, params.codec) {
        (Container::Ogg, CODEC_ID_VORBIS) => "Ogg Vorbis".into(),
        (_, CODEC_ID_FLAC) => format!(
            "{}FLAC, {}-bit",
            if container == Container::Ogg { "Ogg " } else { "" },
            params.bits_per_sample.unwrap_or(0)
        ),
        _ => container.name().into(),
    };
    AudioInfo {
        format,
        sample_rate_hz: params.sample_rate.unwrap_or(0),
        num_channels: channels.count(),
        channel_roles: layout::roles(mask, channels.count()),
        num_frames,
    }
}

fn empty(path: &Path, container: Container) -> FileError {
    FileError::Empty { path: path.to_owned(), found: format!("no whole packet of {}", container.name()) }
}

/// What is wrong when not even the header can be read.
fn header_error(path: &Path, container: Container, error: &Error) -> FileError {
    match error {
        Error::IoError(e) if e.kind() == io::ErrorKind::UnexpectedEof => empty(path, container),
        Error::IoError(e) => FileError::unreadable(path, e),
        other => FileError::Damaged {
            path: path.to_owned(),
            at_seconds: 0.0,
            detail: format!("expected a header of {}, found a {other}", container.name()),
        },
    }
}

/// Turns a panic of the decoder into damage of the file. None is known, but one broken file must never end a batch of hundreds.
fn guarded<T>(
    path: &Path,
    at_seconds: f64,
    work: impl FnOnce() -> Result<T, FileError>,
) -> Result<T, FileError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let detail = "expected a sound packet, found one that the decoder cannot stand".into();
        Err(FileError::Damaged { path: path.to_owned(), at_seconds, detail })
    })
}
