//! Files that are no audio, cut off or broken: one clear line each, and never a panic.

use std::path::Path;

use lacquer_offline::decode;
use lacquer_offline::error::FileError;

use super::{assert_is_clear, encode, error_of, music_wav, noise, read_all, wav_bytes};

#[test]
fn what_is_no_file_or_no_audio_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let missing = folder.path().join("missing.wav");
    assert!(
        matches!(error_of(&missing), FileError::Unreadable { reason, .. } if reason == "no such file or folder")
    );
    assert!(
        matches!(error_of(folder.path()), FileError::Unreadable { reason, .. } if reason.contains("folder"))
    );
    let expect = |name: &str, content: &[u8], is_right: fn(&FileError) -> bool| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        let error = error_of(&path);
        assert!(is_right(&error), "{error}");
    };
    expect("empty.wav", b"", |e| matches!(e, FileError::Empty { found, .. } if found == "0 bytes"));
    expect("text.wav", b"once upon a time", |e| matches!(e, FileError::NotAudio { .. }));
    expect("text.mp3", &b"once upon a time ".repeat(1000), |e| matches!(e, FileError::Empty { .. }));
    expect("tag.bin", b"ID3\x04\0\0\0\0\0\0", |e| matches!(e, FileError::NotAudio { .. }));
    expect("a.m4a", b"\0\0\0\x20ftypM4A ", |e| matches!(e, FileError::Unsupported { .. }));
    expect(
        "a.opus",
        b"OggS\0\x02\0\0\0\0\0\0\0\0abcd\0\0\0\0crc!\x01\x13OpusHead",
        |e| matches!(e, FileError::Unsupported { found, .. } if found == "Ogg Opus"),
    );
    let expect_text = |content: &[u8], part: &str| {
        let path = folder.path().join("a.wav");
        std::fs::write(&path, content).expect("written");
        let text = error_of(&path).to_string();
        assert!(text.contains(part), "{text}");
    };
    expect_text(
        &wav_bytes(1, 2, 48_000, 16, b""),
        "expected at least one frame of audio, found a WAV header",
    );
    expect_text(&wav_bytes(1, 0, 48_000, 16, b"abcd"), "expected at least 1 channel, found 0 channels");
    expect_text(&wav_bytes(1, 2, 0, 16, b"abcd"), "expected a sample rate of 8000 to 384000 Hz, found 0 Hz");
    expect_text(&wav_bytes(1, 2, 768_000, 16, b"abcd"), "found 768000 Hz");
    expect_text(&wav_bytes(6, 2, 48_000, 8, b"abcd"), "found format 0x0006 (A-law) of 8 bits");
    expect_text(
        &wav_bytes(1, 2, 48_000, 16, b"abcd")[..40],
        "expected a 'data' chunk, found the end of the file",
    );
}

#[test]
fn every_way_to_cut_a_wav_off_is_told_before_reading() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.wav");
    let whole = wav_bytes(1, 2, 48_000, 16, &[7; 48_000 * 4]);
    for num_cut in [1, 4, 96_000] {
        std::fs::write(&path, &whole[..whole.len() - num_cut]).expect("written");
        let error = lacquer_offline::decode::AudioReader::open(&path).err().expect("it is cut off");
        let found_frames = 48_000 - (num_cut as u64).div_ceil(4);
        let (promised_frames, sample_rate_hz) = (Some(48_000), 48_000);
        assert_eq!(
            error,
            FileError::Incomplete { path: path.clone(), found_frames, promised_frames, sample_rate_hz }
        );
    }
}

#[test]
fn compressed_files_that_are_cut_off_are_incomplete() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let wav = music_wav(folder.path(), 88_200, 16);
    for extension in ["flac", "mp3", "ogg"] {
        let path = encode(&wav, extension);
        let whole = std::fs::read(&path).expect("read");
        for num_kept in [whole.len() / 2, whole.len() * 9 / 10, whole.len() - 1000] {
            std::fs::write(&path, &whole[..num_kept]).expect("written");
            match error_of(&path) {
                FileError::Incomplete { found_frames, promised_frames, .. } => {
                    assert!((1..88_200).contains(&found_frames), "{extension}: {found_frames}");
                    // An Ogg stream counts its frames only at its end, which is gone.
                    let expected = if extension == "ogg" { None } else { Some(88_200) };
                    assert_eq!(promised_frames, expected, "{extension}");
                }
                other => panic!("{extension}, {num_kept} of {} bytes: {other}", whole.len()),
            }
        }
    }
}

/// A header may promise eighteen days: only what comes is kept in memory.
#[test]
fn a_promise_of_weeks_is_not_believed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let wav = music_wav(folder.path(), 88_200, 16);
    let flac = encode(&wav, "flac");
    for path in [&wav, &flac] {
        assert_eq!(
            decode::read_all(path).expect("a sound file"),
            read_all(path, 4096).expect("a sound file")
        );
    }
    let mut bytes = std::fs::read(&flac).expect("read");
    // The 36 bits of STREAMINFO that count frames.
    bytes[21] |= 0x0F;
    bytes[22..26].fill(0xFF);
    std::fs::write(&flac, bytes).expect("written");
    let (promised_frames, sample_rate_hz) = (Some((1 << 36) - 1), 44_100);
    let expected =
        FileError::Incomplete { path: flac.clone(), found_frames: 88_200, promised_frames, sample_rate_hz };
    assert_eq!(decode::read_all(&flac), Err(expected));
}

#[test]
fn damage_in_a_flac_is_placed_in_time() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = encode(&music_wav(folder.path(), 88_200, 16), "flac");
    let mut bytes = std::fs::read(&path).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 16].fill(0x55);
    std::fs::write(&path, bytes).expect("written");
    match error_of(&path) {
        FileError::Damaged { at_seconds, .. } => assert!((0.85..1.05).contains(&at_seconds), "{at_seconds}"),
        other => panic!("{other}"),
    }
}

/// Reads a file that may be broken: it must end in bounded time, without a panic, with sound or a clear line.
fn survive(path: &Path) -> bool {
    match read_all(path, 4096) {
        Ok((_, channels)) => {
            assert!(channels[0].len() < 10_000_000, "a small file cannot hold {} frames", channels[0].len());
            true
        }
        Err(error) => {
            assert_is_clear(&error, path);
            false
        }
    }
}

#[test]
fn flipped_bytes_never_panic() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let wav = music_wav(folder.path(), 6000, 16);
    let encoded = ["flac", "mp3", "ogg"].map(|extension| encode(&wav, extension));
    for path in std::iter::once(wav).chain(encoded) {
        let whole = std::fs::read(&path).expect("read");
        let mut random = noise(whole.len() as u64).map(|x| x as u32 as usize);
        let mut next = |below: usize| random.next().expect("endless") % below;
        let mut num_errors = 0;
        let num_trials = num_trials();
        for trial in 0..num_trials {
            let mut bytes = whole.clone();
            // Half the trials break the first bytes, where the headers are.
            let reach = if trial % 2 == 0 { bytes.len() } else { bytes.len().min(200) };
            for _ in 0..1 + next(8) {
                bytes[next(reach)] = next(256) as u8;
            }
            std::fs::write(&path, bytes).expect("written");
            num_errors += usize::from(!survive(&path));
        }
        assert!(
            num_errors > num_trials / 20,
            "{}: only {num_errors} of {num_trials} noticed",
            path.display()
        );
    }
}

/// `LACQUER_FUZZ_TRIALS` makes a longer hunt of it.
fn num_trials() -> usize {
    std::env::var("LACQUER_FUZZ_TRIALS").ok().and_then(|text| text.parse().ok()).unwrap_or(300)
}
