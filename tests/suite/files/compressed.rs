//! FLAC, MP3 and Ogg Vorbis of real encoders, against what ffmpeg decodes.

use lacquer_offline::decode::{AudioReader, ChannelRole};

use super::{arg, encode, error_of, ffmpeg_decode, music_wav, read_all, run};

/// The largest difference of two decodings of equal shape.
fn max_difference(a: &[Vec<f32>], b: &[Vec<f32>]) -> f32 {
    let lengths = |channels: &[Vec<f32>]| channels.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(lengths(a), lengths(b), "as many frames");
    a.iter().flatten().zip(b.iter().flatten()).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max)
}

#[test]
fn flac_is_the_wav_it_was_made_from() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for bits in [16, 24] {
        let wav = music_wav(folder.path(), 100_001, bits);
        let flac = encode(&wav, "flac");
        let (info, channels) = read_all(&flac, 777).expect("a sound file");
        assert_eq!(info.format, format!("FLAC, {bits}-bit"));
        assert_eq!((info.sample_rate_hz, info.num_frames), (44_100, Some(100_001)));
        assert_eq!(info.channel_roles, [ChannelRole::Main; 2]);
        assert_eq!(channels, read_all(&wav, 4096).expect("a sound file").1, "{bits} bits, against the WAV");
        assert_eq!(channels, ffmpeg_decode(&flac), "{bits} bits, against ffmpeg");
    }
}

#[test]
fn flac_that_was_piped_has_no_length_and_is_read_whole() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let wav = music_wav(folder.path(), 30_000, 16);
    let flac = folder.path().join("piped.flac");
    std::fs::write(&flac, run("ffmpeg", "ffmpeg", &["-v", "error", "-i", arg(&wav), "-f", "flac", "-"]))
        .expect("written");
    let (info, channels) = read_all(&flac, 5000).expect("a sound file");
    assert_eq!(info.num_frames, None);
    assert_eq!(channels, read_all(&wav, 4096).expect("a sound file").1);
}

#[test]
fn mp3_is_gapless_and_sounds_as_ffmpeg_decodes_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for num_frames in [100_001, 44_100, 1000] {
        let mp3 = encode(&music_wav(folder.path(), num_frames, 16), "mp3");
        let (info, channels) = read_all(&mp3, 4096).expect("a sound file");
        assert_eq!((info.format.as_str(), info.num_frames), ("MP3", Some(u64::from(num_frames))));
        assert_eq!(channels[0].len() as u32, num_frames, "neither delay nor padding");
        assert!(max_difference(&channels, &ffmpeg_decode(&mp3)) < 1e-3);
    }
}

#[test]
fn mp3_of_variable_rate_without_a_header_is_read_to_its_end() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let wav = music_wav(folder.path(), 441_000, 16);
    let mp3 = folder.path().join("bare.mp3");
    // Half a second of silence first, whose frames are short: who guesses the length from them guesses wrong.
    let args =
        ["-v", "error", "-i", arg(&wav), "-af", "afade=in:st=5:d=1", "-c:a", "libmp3lame", "-q:a", "4"];
    run("ffmpeg", "ffmpeg", &[&args[..], &["-write_xing", "0", "-id3v2_version", "3", arg(&mp3)]].concat());
    let (info, channels) = read_all(&mp3, 4096).expect("a sound file");
    assert_eq!(info.num_frames, None, "nobody says how long it is");
    // ffmpeg drops the decoder's delay even where no header tells it, so only the lengths are comparable.
    let num_missing = 441_000_i64 - channels[0].len() as i64;
    assert!((-3000..=0).contains(&num_missing), "{num_missing} frames are missing");
}

#[test]
fn ogg_vorbis_has_its_right_length_and_sounds_as_ffmpeg_decodes_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for num_frames in [100_001, 44_100, 1000] {
        let ogg = encode(&music_wav(folder.path(), num_frames, 16), "ogg");
        let (info, channels) = read_all(&ogg, 4096).expect("a sound file");
        assert_eq!((info.format.as_str(), info.num_frames), ("Ogg Vorbis", Some(u64::from(num_frames))));
        assert_eq!(channels[0].len() as u32, num_frames);
        let mut expected = ffmpeg_decode(&ogg);
        // ffmpeg 5 plays the last packet to its end where the whole stream is a single page.
        expected.iter_mut().for_each(|channel| channel.truncate(num_frames as usize));
        assert!(max_difference(&channels, &expected) < 1e-3);
    }
}

#[test]
fn surround_keeps_its_places() {
    use ChannelRole::{Lfe, Main, Surround};
    let folder = tempfile::tempdir().expect("a temporary folder");
    // A tone of its own level on each channel, in the order left, right, centre, LFE, left and right surround.
    let tones = [1, 2, 3, 4, 5, 6].map(|step| format!("0.1*{step}*sin(440*2*PI*t)")).join("|");
    let source = format!("aevalsrc={tones}:s=48000:d=0.5:c=5.1");
    let make = |name: &str| {
        let path = folder.path().join(name);
        run("ffmpeg", "ffmpeg", &["-v", "error", "-f", "lavfi", "-i", &source, arg(&path)]);
        path
    };
    for name in ["a.wav", "a.flac"] {
        let (info, channels) = read_all(&make(name), 4096).expect("a sound file");
        assert_eq!(info.channel_roles, [Main, Main, Main, Lfe, Surround, Surround], "{name}");
        for (channel_idx, channel) in channels.iter().enumerate() {
            let peak = channel.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
            let expected = 0.1 * (channel_idx + 1) as f32;
            assert!((peak - expected).abs() < 1e-4, "{name}, channel {channel_idx}: {peak}");
        }
    }
    // The decoder would mix the channels of this one up, so it is refused.
    let text = error_of(&make("a.ogg")).to_string();
    assert!(text.contains("expected Ogg Vorbis of 1 or 2 channels, found 6 channels"), "{text}");
}

#[test]
fn any_block_length_gives_the_same_samples() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let wav = music_wav(folder.path(), 20_000, 16);
    for path in [wav.clone(), encode(&wav, "flac"), encode(&wav, "mp3"), encode(&wav, "ogg")] {
        let whole = read_all(&path, 1_000_000).expect("a sound file");
        for block_len in [1, 1151, 4097] {
            assert_eq!(read_all(&path, block_len).expect("a sound file"), whole, "{}", path.display());
        }
    }
}

#[test]
fn a_reader_holds_one_packet_however_long_the_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let wav = music_wav(folder.path(), 60 * 44_100, 16);
    for path in [encode(&wav, "flac"), encode(&wav, "mp3"), encode(&wav, "ogg")] {
        let mut reader = AudioReader::open(&path).expect("a sound file");
        let mut block = [vec![0.0; 100_000], vec![0.0; 100_000]];
        while reader.read(&mut block).expect("readable") > 0 {}
        assert!((1..=32_768).contains(&reader.num_buffered_samples()), "{}", path.display());
    }
}
