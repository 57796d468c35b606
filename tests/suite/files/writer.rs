//! Masters on disk: read back by hound, complete or not there at all.

use std::path::Path;

use lacquer_offline::encode::{AudioWriter, OutputFormat, SampleFormat, WriteCounts};
use lacquer_offline::error::FileError;

use super::{noise, read_all};

const FORMATS: [SampleFormat; 4] =
    [SampleFormat::Int16, SampleFormat::Int24, SampleFormat::Int32, SampleFormat::Float32];

fn writer(dest: &Path, format: SampleFormat, num_channels: usize) -> AudioWriter {
    AudioWriter::create(dest, OutputFormat::Wav(format), 48_000, num_channels).expect("a writable folder")
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// What hound reads, as 32-bit integers or the bits of floats.
fn hound_samples(path: &Path) -> (hound::WavSpec, Vec<i32>) {
    let mut reader = hound::WavReader::open(path).expect("hound reads it");
    let spec = reader.spec();
    let samples = match spec.sample_format {
        hound::SampleFormat::Int => reader.samples().map(|x| x.expect("a sample")).collect(),
        hound::SampleFormat::Float => {
            reader.samples::<f32>().map(|x| x.expect("a sample").to_bits() as i32).collect()
        }
    };
    (spec, samples)
}

#[test]
fn hound_reads_what_was_written_and_so_do_we() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dest = folder.path().join("a.wav");
    // 24 bits fit into an f32, so every format but the first takes these as they are; an odd count needs the padding.
    let samples: Vec<f32> = noise(3).map(|x| (x >> 8) as f32 / 8_388_608.0).take(20_001).collect();
    for format in FORMATS {
        for num_channels in [1, 2, 6] {
            let channels: Vec<&[f32]> =
                (0..num_channels).map(|idx| &samples[idx..20_000 - 5 + idx]).collect();
            let mut writer = writer(&dest, format, num_channels);
            for range in [0..1, 1..9000, 9000..9000, 9000..19_995] {
                let block: Vec<&[f32]> = channels.iter().map(|channel| &channel[range.clone()]).collect();
                writer.write(&block).expect("written");
            }
            let master = writer.finish().expect("finished");
            assert_eq!((master.num_frames(), master.counts()), (19_995, WriteCounts::default()));
            assert_eq!(master.publish(true).expect("published"), dest);
            check_against_hound(&dest, format, &channels);
            let bytes = std::fs::read(&dest).expect("read");
            let riff_bytes = u32::from_le_bytes(bytes[4..8].try_into().expect("four bytes"));
            assert_eq!((riff_bytes as usize + 8, bytes.len() % 2), (bytes.len(), 0), "chunks are padded");
            let (_, read) = read_all(&dest, 4096).expect("a sound file");
            if format != SampleFormat::Int16 {
                assert_eq!(read, channels, "{format:?}, {num_channels} channels");
            }
        }
    }
}

fn check_against_hound(dest: &Path, format: SampleFormat, channels: &[&[f32]]) {
    let (spec, read) = hound_samples(dest);
    let (bits, is_float) = match format {
        SampleFormat::Int16 => (16, false),
        SampleFormat::Int24 => (24, false),
        SampleFormat::Int32 => (32, false),
        SampleFormat::Float32 => (32, true),
    };
    assert_eq!((spec.bits_per_sample, usize::from(spec.channels)), (bits, channels.len()));
    assert_eq!((spec.sample_rate, spec.sample_format == hound::SampleFormat::Float), (48_000, is_float));
    let full_scale = f64::from(1_u32 << (bits - 1));
    let expected: Vec<i32> =
        (0..channels[0].len())
            .flat_map(|frame_idx| channels.iter().map(move |channel| channel[frame_idx]))
            .map(|x| {
                if is_float {
                    x.to_bits() as i32
                } else {
                    (f64::from(x) * full_scale).round_ties_even() as i32
                }
            })
            .collect();
    // The top of 16 bits: what rounds up to full scale is clipped to one less.
    let expected: Vec<i32> =
        expected.into_iter().map(|x| if bits == 16 { x.min(32_767) } else { x }).collect();
    assert_eq!(read, expected, "{format:?}, {} channels", channels.len());
}

#[test]
fn clipped_and_senseless_samples_are_counted_and_never_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dest = folder.path().join("a.wav");
    let samples = [0.5, 1.5, -1.0, -1.5, f32::NAN, f32::INFINITY, 0.25];
    for format in FORMATS {
        let mut writer = writer(&dest, format, 1);
        writer.write(&[&samples]).expect("written");
        let master = writer.finish().expect("finished");
        let is_float = format == SampleFormat::Float32;
        let expected = WriteCounts { num_clipped: if is_float { 0 } else { 2 }, num_not_finite: 2 };
        assert_eq!(master.counts(), expected, "{format:?}");
        let (_, read) = read_all(master.path(), 10).expect("a sound file");
        let top = match format {
            SampleFormat::Int16 => 32_767.0 / 32_768.0,
            SampleFormat::Int24 => 8_388_607.0 / 8_388_608.0,
            SampleFormat::Int32 => 1.0,
            SampleFormat::Float32 => 1.5,
        };
        let bottom = if is_float { -1.5 } else { -1.0 };
        assert_eq!(read[0], [0.5, top, -1.0, bottom, 0.0, 0.0, 0.25], "{format:?}");
    }
}

#[test]
fn nothing_is_seen_of_a_master_until_it_is_published() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dest = folder.path().join("song.wav");
    let mut writer = writer(&dest, SampleFormat::Int24, 2);
    writer.write(&[&[0.1; 50_000], &[0.2; 50_000]]).expect("written");
    let names = names_in(folder.path());
    assert_eq!(names.len(), 1);
    assert!(names[0].starts_with(".song.wav.") && names[0].ends_with(".tmp"), "{names:?}");
    drop(writer);
    assert!(names_in(folder.path()).is_empty(), "given up while writing");

    let master = self::writer(&dest, SampleFormat::Int24, 2).finish().expect("finished");
    assert_eq!(names_in(folder.path()).len(), 1);
    drop(master);
    assert!(names_in(folder.path()).is_empty(), "given up after writing");

    self::writer(&dest, SampleFormat::Int24, 2)
        .finish()
        .expect("finished")
        .publish(false)
        .expect("published");
    assert_eq!(names_in(folder.path()), ["song.wav"]);
}

#[test]
fn what_stands_there_is_kept_unless_it_may_be_overwritten() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dest = folder.path().join("song.wav");
    std::fs::write(&dest, "old").expect("written");
    let finish = || {
        let mut writer = writer(&dest, SampleFormat::Int16, 1);
        writer.write(&[&[0.5; 10]]).expect("written");
        writer.finish().expect("finished")
    };
    assert_eq!(finish().publish(false), Err(FileError::OutputExists { path: dest.clone() }));
    assert_eq!(std::fs::read(&dest).expect("read"), b"old");
    assert_eq!(names_in(folder.path()), ["song.wav"], "no partial file");
    finish().publish(true).expect("published");
    assert_eq!(read_all(&dest, 100).expect("a sound file").1, [[0.5; 10]]);
}

#[cfg(unix)]
#[test]
fn a_master_has_the_permissions_of_any_new_file_and_a_link_stays_a_link() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mode = |name: &str| std::fs::metadata(folder.path().join(name)).expect("a file").permissions().mode();
    std::fs::write(folder.path().join("other"), "").expect("written");
    let dest = folder.path().join("a.wav");
    writer(&dest, SampleFormat::Int16, 1).finish().expect("finished").publish(false).expect("published");
    assert_eq!(mode("a.wav"), mode("other"));

    let link = folder.path().join("link.wav");
    std::os::unix::fs::symlink("a.wav", &link).expect("a link");
    let mut writer = writer(&link, SampleFormat::Int16, 1);
    writer.write(&[&[0.5; 10]]).expect("written");
    writer.finish().expect("finished").publish(true).expect("published");
    assert!(link.is_symlink());
    assert_eq!(read_all(&dest, 100).expect("a sound file").1, [[0.5; 10]]);
}

#[test]
fn places_that_cannot_be_written_are_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let refusal = |dest: &Path| {
        let error = AudioWriter::create(dest, OutputFormat::Wav(SampleFormat::Int16), 48_000, 2);
        let error = error.err().expect("it cannot be written");
        super::assert_is_clear(&error, dest);
        error.to_string()
    };
    let missing = folder.path().join("missing").join("a.wav");
    assert!(refusal(&missing).contains("cannot be written: there is no folder "), "{}", refusal(&missing));
    assert!(refusal(folder.path()).contains("expected a file, found a folder"));
    // Not even the superuser makes files here.
    #[cfg(target_os = "linux")]
    assert!(refusal(Path::new("/proc/a.wav")).contains("cannot be written: "));
    assert!(names_in(folder.path()).is_empty());
}
