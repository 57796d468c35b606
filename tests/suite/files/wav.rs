//! Every kind of WAV, bit for bit.

use lacquer_offline::decode::{AudioReader, ChannelRole};

use super::{error_of, ffmpeg_decode, noise, read_all, riff, wav_bytes};

/// Integers with both ends of the scale in front.
fn integers(bits: u32, num: usize) -> Vec<i32> {
    let ends = [i32::MIN, i32::MAX, 0, -1, 1 << (32 - bits)];
    ends.into_iter().chain(noise(u64::from(bits))).map(|x| x >> (32 - bits)).take(num).collect()
}

#[test]
fn integers_of_every_width_are_read_exactly() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for bits in [8_u16, 16, 24, 32] {
        let integers = integers(u32::from(bits), 3000);
        // Eight bits are unsigned, with 128 for zero.
        let offset = if bits == 8 { 128 } else { 0 };
        let num_bytes = usize::from(bits / 8);
        let data: Vec<u8> =
            integers.iter().flat_map(|x| (x + offset).to_le_bytes().into_iter().take(num_bytes)).collect();
        let path = folder.path().join("a.wav");
        std::fs::write(&path, wav_bytes(1, 2, 48_000, bits, &data)).expect("written");
        let (info, channels) = read_all(&path, 333).expect("a sound file");
        assert_eq!(info.format, format!("WAV, {bits}-bit"));
        assert_eq!((info.sample_rate_hz, info.num_channels, info.num_frames), (48_000, 2, Some(1500)));
        for (channel_idx, channel) in channels.iter().enumerate() {
            let expected = integers.iter().skip(channel_idx).step_by(2);
            let expected: Vec<f32> =
                expected.map(|&x| (f64::from(x) / f64::from(1_u32 << (bits - 1))) as f32).collect();
            assert_eq!(channel, &expected, "{bits} bits, channel {channel_idx}");
        }
    }
}

#[test]
fn floats_are_read_exactly_and_nan_is_not_an_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.wav");
    let values = [0.0, -0.0, 1.5, -123.456, f64::NAN, f64::INFINITY, 1e-40];
    let narrow: Vec<u8> = values.iter().flat_map(|&x| (x as f32).to_le_bytes()).collect();
    let wide: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    for (bits, data) in [(32, narrow), (64, wide)] {
        std::fs::write(&path, wav_bytes(3, 1, 96_000, bits, &data)).expect("written");
        let (info, channels) = read_all(&path, 2).expect("a sound file");
        assert_eq!(info.format, format!("WAV, {bits}-bit float"));
        let (read, expected): (Vec<u32>, Vec<u32>) = (
            channels[0].iter().map(|x| x.to_bits()).collect(),
            values.iter().map(|&x| (x as f32).to_bits()).collect(),
        );
        assert_eq!(read, expected, "{bits} bits");
    }
}

/// The body of an extensible `fmt ` chunk.
fn extensible(num_channels: u16, bits: u16, valid_bits: u16, mask: u32, tag: u16) -> Vec<u8> {
    let frame_bytes = num_channels * bits / 8;
    let mut body = Vec::new();
    for word in [0xFFFE, num_channels, 48_000, 0, 0, 0, frame_bytes, bits, 22, valid_bits] {
        body.extend(word.to_le_bytes());
    }
    body.extend(mask.to_le_bytes());
    body.extend(tag.to_le_bytes());
    body.extend([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]);
    body
}

#[test]
fn extensible_files_tell_their_valid_bits_and_loudspeakers() {
    use ChannelRole::{Lfe, Main, Surround};
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.wav");
    let data: Vec<u8> = integers(24, 600).iter().flat_map(|x| x.to_le_bytes()[..3].to_vec()).collect();
    let roles = [
        (0x60F, vec![Main, Main, Main, Lfe, Surround, Surround]),
        (0x03F, vec![Main, Main, Main, Lfe, Surround, Surround]),
        (0x000, vec![Main, Main, Main, Lfe, Surround, Surround]),
        (0x137, vec![Main, Main, Main, Surround, Surround, Main]),
    ];
    for (mask, expected) in roles {
        std::fs::write(&path, riff(&extensible(6, 24, 20, mask, 1), &data)).expect("written");
        let (info, channels) = read_all(&path, 64).expect("a sound file");
        assert_eq!((info.format.as_str(), info.num_frames), ("WAV, 20-bit", Some(100)));
        assert_eq!(info.channel_roles, expected, "mask {mask:#x}");
        // Fewer valid bits stand at the top, so the scale is that of the container.
        assert_eq!(channels[0][0], -1.0);
    }
    let floats: Vec<u8> = [0.25_f32, -0.5].iter().flat_map(|x| x.to_le_bytes()).collect();
    std::fs::write(&path, riff(&extensible(2, 32, 32, 3, 3), &floats)).expect("written");
    assert_eq!(read_all(&path, 64).expect("a sound file").1, [[0.25], [-0.5]]);
}

#[test]
fn a_file_written_to_a_pipe_is_whole_though_it_cannot_know_its_length() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.wav");
    let data: Vec<u8> = (0..2000_u32).map(|x| x as u8).collect();
    for claimed in [0, u32::MAX, 0x7FFF_F000] {
        for riff_claimed in [claimed, claimed.saturating_add(36), 36] {
            let mut bytes = wav_bytes(1, 2, 44_100, 16, &data);
            let at = bytes.len() - data.len() - 4;
            bytes[at..at + 4].copy_from_slice(&claimed.to_le_bytes());
            bytes[4..8].copy_from_slice(&riff_claimed.to_le_bytes());
            std::fs::write(&path, bytes).expect("written");
            let (info, channels) = read_all(&path, 64).expect("a sound file");
            assert_eq!(
                (info.num_frames, channels[1].len()),
                (Some(500), 500),
                "{claimed:#x}, {riff_claimed:#x}"
            );
        }
    }
}

#[test]
fn what_ffmpeg_pipes_is_read_as_ffmpeg_reads_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.wav");
    let tone = "sine=frequency=997:sample_rate=48000:duration=0.3,aformat=channel_layouts=stereo";
    for codec in ["pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le"] {
        let args = ["-v", "error", "-f", "lavfi", "-i", tone, "-c:a", codec, "-f", "wav", "-"];
        std::fs::write(&path, super::run("ffmpeg", "ffmpeg", &args)).expect("written");
        let (info, channels) = read_all(&path, 4096).expect("a sound file");
        assert_eq!((info.sample_rate_hz, info.num_frames), (48_000, Some(14_400)), "{codec}");
        assert_eq!(channels, ffmpeg_decode(&path), "{codec}");
    }
}

#[test]
fn sixty_four_bit_headers_are_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.wav");
    let args = ["-v", "error", "-f", "lavfi", "-i", "sine=d=0.2", "-rf64", "always", "-y", super::arg(&path)];
    super::run("ffmpeg", "ffmpeg", &args);
    assert_eq!(&std::fs::read(&path).expect("read")[..4], b"RF64");
    let (info, channels) = read_all(&path, 4096).expect("a sound file");
    assert_eq!((info.num_frames, channels[0].len()), (Some(8820), 8820));
    let whole = std::fs::read(&path).expect("read");
    std::fs::write(&path, &whole[..whole.len() - 1000]).expect("written");
    let text = error_of(&path).to_string();
    assert!(text.contains("expected 8820 frames (0.200 s), found 8320 frames (0.189 s)"), "{text}");
}

#[test]
fn a_reader_holds_as_much_for_a_minute_as_for_a_second() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.wav");
    for seconds in [1, 60] {
        std::fs::write(&path, wav_bytes(1, 2, 48_000, 16, &vec![1; seconds * 192_000])).expect("written");
        let mut reader = AudioReader::open(&path).expect("a sound file");
        let mut block = [vec![0.0; 100_000], vec![0.0; 100_000]];
        while reader.read(&mut block).expect("readable") > 0 {}
        assert!((1..=32_768).contains(&reader.num_buffered_samples()), "{seconds} s");
    }
}
