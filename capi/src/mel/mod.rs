//! Mel spectrograms, exact to Whisper's, librosa's and Kaldi's.

mod stream;

use crate::guard::{apart, free, give, give_handle, place, shared, slice, slice_mut};
use crate::status::lacquer_status::{
    LACQUER_BUFFER_TOO_SMALL, LACQUER_INVALID_ARGUMENT, LACQUER_UNSUITABLE_AUDIO,
};
use crate::status::{Fault, fault, guarded, lacquer_status};
use lacquer_dsp::analysis::mel::{
    Edges, MelDefinition, MelPrecision, MelScale, MelSpectrogram, MelValues, MelWindow, Triangles,
};

/// The window of a frame.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum lacquer_mel_window {
    /// Hann, periodic.
    LACQUER_MEL_HANN = 0,
    /// Kaldi's: a symmetric Hann window to the power of 0.85.
    LACQUER_MEL_POVEY = 1,
}

/// What frames at the ends of a clip see.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum lacquer_mel_edges {
    /// Centred frames; beyond the clip it is mirrored.
    LACQUER_MEL_MIRRORED = 0,
    /// Centred frames; beyond the clip there is silence.
    LACQUER_MEL_SILENT = 1,
    /// Frames begin at multiples of the hop, and only whole ones count.
    LACQUER_MEL_SNIPPED = 2,
}

/// What a value says of the power in a band.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum lacquer_mel_values {
    /// The power itself.
    LACQUER_MEL_POWER = 0,
    /// Whisper's: at most 8 powers of ten under the clip's largest, plus 4, over 4.
    LACQUER_MEL_WHISPER = 1,
    /// librosa's power_to_db: at most 80 dB under the clip's largest.
    LACQUER_MEL_DECIBELS = 2,
    /// Kaldi's: the natural logarithm.
    LACQUER_MEL_NATURAL_LOG = 3,
}

/// Where the mel scale bends.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum lacquer_mel_scale {
    /// 2595 log10(1 + f / 700).
    LACQUER_MEL_HTK = 0,
    /// Linear below 1 kHz.
    LACQUER_MEL_SLANEY = 1,
}

/// In which domain the sides of a filter are straight.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum lacquer_mel_triangles {
    /// Over hertz.
    LACQUER_MEL_IN_HZ = 0,
    /// Over mel.
    LACQUER_MEL_IN_MEL = 1,
}

/// Every choice behind a mel spectrogram. lacquer_mel_config_whisper, _librosa and _kaldi fill it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct lacquer_mel_config {
    /// In Hz. Audio of another rate is for the caller to convert.
    pub sample_rate_hz: f64,
    /// Length of the window in samples.
    pub frame_len: u32,
    /// Length of the transform in samples: a multiple of 16 without prime factors over 5.
    pub fft_len: u32,
    /// From frame to frame, in samples.
    pub hop_len: u32,
    /// A lacquer_mel_window.
    pub window: i32,
    /// A lacquer_mel_edges.
    pub edges: i32,
    /// A lacquer_mel_values.
    pub values: i32,
    /// A lacquer_mel_scale.
    pub scale: i32,
    /// A lacquer_mel_triangles.
    pub triangles: i32,
    /// How many filters.
    pub num_bands: u32,
    /// Where the first filter begins.
    pub low_hz: f64,
    /// Where the last filter ends.
    pub high_hz: f64,
    /// What samples from -1 to 1 are multiplied with first.
    pub input_gain: f64,
    /// How much of the sample before is taken from each sample; 0 for nothing.
    pub pre_emphasis: f64,
    /// Not 0: the last of the centred frames is left out.
    pub drops_last_frame: i32,
    /// Not 0: each frame's mean is taken out.
    pub removes_dc: i32,
    /// Not 0: filters have the same area over Hz, not a peak of 1.
    pub has_equal_areas: i32,
    /// Not 0: powers are worked out in double precision, which is twice as slow.
    pub is_double: i32,
}

impl From<&MelDefinition> for lacquer_mel_config {
    fn from(definition: &MelDefinition) -> Self {
        Self {
            sample_rate_hz: definition.sample_rate_hz,
            frame_len: definition.frame_len as u32,
            fft_len: definition.fft_len as u32,
            hop_len: definition.hop_len as u32,
            window: number(&WINDOWS, definition.window),
            edges: number(&EDGES, definition.edges),
            values: number(&VALUES, definition.values),
            scale: number(&SCALES, definition.scale),
            triangles: number(&TRIANGLES, definition.triangles),
            num_bands: definition.num_bands as u32,
            low_hz: definition.low_hz,
            high_hz: definition.high_hz,
            input_gain: definition.input_gain,
            pre_emphasis: definition.pre_emphasis,
            drops_last_frame: i32::from(definition.drops_last_frame),
            removes_dc: i32::from(definition.removes_dc),
            has_equal_areas: i32::from(definition.has_equal_areas),
            is_double: i32::from(definition.precision == MelPrecision::Double),
        }
    }
}

use lacquer_mel_edges::{LACQUER_MEL_MIRRORED, LACQUER_MEL_SILENT, LACQUER_MEL_SNIPPED};
use lacquer_mel_scale::{LACQUER_MEL_HTK, LACQUER_MEL_SLANEY};
use lacquer_mel_triangles::{LACQUER_MEL_IN_HZ, LACQUER_MEL_IN_MEL};
use lacquer_mel_values::{
    LACQUER_MEL_DECIBELS, LACQUER_MEL_NATURAL_LOG, LACQUER_MEL_POWER, LACQUER_MEL_WHISPER,
};
use lacquer_mel_window::{LACQUER_MEL_HANN, LACQUER_MEL_POVEY};

const WINDOWS: [(i32, MelWindow); 2] =
    [(LACQUER_MEL_HANN as i32, MelWindow::Hann), (LACQUER_MEL_POVEY as i32, MelWindow::Povey)];
const EDGES: [(i32, Edges); 3] = [
    (LACQUER_MEL_MIRRORED as i32, Edges::Mirrored),
    (LACQUER_MEL_SILENT as i32, Edges::Silent),
    (LACQUER_MEL_SNIPPED as i32, Edges::Snipped),
];
const VALUES: [(i32, MelValues); 4] = [
    (LACQUER_MEL_POWER as i32, MelValues::Power),
    (LACQUER_MEL_WHISPER as i32, MelValues::Whisper),
    (LACQUER_MEL_DECIBELS as i32, MelValues::Decibels),
    (LACQUER_MEL_NATURAL_LOG as i32, MelValues::NaturalLog),
];
const SCALES: [(i32, MelScale); 2] =
    [(LACQUER_MEL_HTK as i32, MelScale::Htk), (LACQUER_MEL_SLANEY as i32, MelScale::Slaney)];
const TRIANGLES: [(i32, Triangles); 2] =
    [(LACQUER_MEL_IN_HZ as i32, Triangles::InHz), (LACQUER_MEL_IN_MEL as i32, Triangles::InMel)];

/// The number of a choice.
fn number<T: PartialEq>(all: &[(i32, T)], one: T) -> i32 {
    all.iter().find(|(_, each)| *each == one).map_or(0, |(number, _)| *number)
}

/// The choice of a number from outside.
fn choice<T: Copy>(all: &[(i32, T)], number: i32, name: &str) -> Result<T, Fault> {
    all.iter().find(|(each, _)| *each == number).map(|(_, choice)| *choice).ok_or_else(|| {
        let words = format_args!("{name}: expected 0 to {}, found {number}", all.len() - 1);
        fault(LACQUER_INVALID_ARGUMENT, words)
    })
}

unsafe fn definition(config: *const lacquer_mel_config) -> Result<MelDefinition, Fault> {
    // SAFETY: the caller promises a structure.
    let config = unsafe { shared(config, "config")? };
    let definition = MelDefinition {
        sample_rate_hz: config.sample_rate_hz,
        frame_len: config.frame_len as usize,
        fft_len: config.fft_len as usize,
        hop_len: config.hop_len as usize,
        window: choice(&WINDOWS, config.window, "window")?,
        edges: choice(&EDGES, config.edges, "edges")?,
        drops_last_frame: config.drops_last_frame != 0,
        input_gain: config.input_gain,
        removes_dc: config.removes_dc != 0,
        pre_emphasis: config.pre_emphasis,
        scale: choice(&SCALES, config.scale, "scale")?,
        triangles: choice(&TRIANGLES, config.triangles, "triangles")?,
        has_equal_areas: config.has_equal_areas != 0,
        num_bands: config.num_bands as usize,
        low_hz: config.low_hz,
        high_hz: config.high_hz,
        values: choice(&VALUES, config.values, "values")?,
        precision: if config.is_double != 0 { MelPrecision::Double } else { MelPrecision::Single },
    };
    definition.check().map_err(|error| fault(LACQUER_INVALID_ARGUMENT, error))?;
    Ok(definition)
}

/// What Whisper hears: 25 ms every 10 ms at 16 kHz; 80 bands, or 128 from large-v3 on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_mel_config_whisper(
    num_bands: u32,
    config: *mut lacquer_mel_config,
) -> lacquer_status {
    // SAFETY: the caller promises room for a structure.
    guarded(|| unsafe { give(config, "config", (&MelDefinition::whisper(num_bands as usize)).into()) })
}

/// What librosa.feature.melspectrogram gives through power_to_db: 128 bands at 22.05 kHz.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_mel_config_librosa(config: *mut lacquer_mel_config) -> lacquer_status {
    // SAFETY: the caller promises room for a structure.
    guarded(|| unsafe { give(config, "config", (&MelDefinition::librosa()).into()) })
}

/// What Kaldi's compute-fbank-feats gives without dither: 80 bands at 16 kHz.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_mel_config_kaldi(config: *mut lacquer_mel_config) -> lacquer_status {
    // SAFETY: the caller promises room for a structure.
    guarded(|| unsafe { give(config, "config", (&MelDefinition::kaldi()).into()) })
}

/// Sees to it that a configuration can be followed; lacquer_last_error names the first field that cannot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_mel_config_validate(config: *const lacquer_mel_config) -> lacquer_status {
    // SAFETY: the caller promises a structure.
    guarded(|| unsafe { definition(config).map(|_| ()) })
}

/// The mel spectrogram of a clip: a row of frames for each band, the lowest first.
pub struct lacquer_mel {
    num_bands: usize,
    num_frames: usize,
    values: Vec<f32>,
}

/// Computes the mel spectrogram of a clip.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_mel_compute(
    config: *const lacquer_mel_config,
    samples: *const f32,
    num_samples: usize,
    mel: *mut *mut lacquer_mel,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a structure and so many samples.
        let (definition, samples) = unsafe { (definition(config)?, slice(samples, num_samples, "samples")?) };
        let make = || {
            let invalid = |error| fault(LACQUER_INVALID_ARGUMENT, error);
            let mut spectrogram = MelSpectrogram::new(&definition).map_err(invalid)?;
            let num_frames = definition.num_frames(num_samples);
            if num_frames == 0 {
                let min_len = definition.min_len();
                let words =
                    format_args!("num_samples: expected at least {min_len} for a frame, found {num_samples}");
                return Err(fault(LACQUER_UNSUITABLE_AUDIO, words));
            }
            let num_bands = definition.num_bands;
            let mut values = vec![0.0; num_bands * num_frames];
            spectrogram.process(samples, &mut values);
            Ok(lacquer_mel { num_bands, num_frames, values })
        };
        // SAFETY: the caller promises room for a pointer.
        unsafe { give_handle(mel, "mel", make) }
    })
}

/// Gives how many bands and frames there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_mel_shape(
    mel: *const lacquer_mel,
    num_bands: *mut usize,
    num_frames: *mut usize,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a spectrogram and room for the numbers.
        let (mel, num_bands, num_frames) = unsafe {
            (shared(mel, "mel")?, place(num_bands, "num_bands")?, place(num_frames, "num_frames")?)
        };
        num_bands.write(mel.num_bands);
        num_frames.write(mel.num_frames);
        Ok(())
    })
}

/// Gives how many values there are, bands times frames, to size a buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_mel_size(mel: *const lacquer_mel, num_values: *mut usize) -> lacquer_status {
    // SAFETY: the caller promises a spectrogram and room for a number.
    guarded(|| unsafe { give(num_values, "num_values", shared(mel, "mel")?.values.len()) })
}

/// Copies all values out, band after band.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_mel_copy(
    mel: *const lacquer_mel,
    values: *mut f32,
    capacity: usize,
) -> lacquer_status {
    guarded(|| {
        // SAFETY: the caller promises a spectrogram and room for so many values.
        let mel = unsafe { shared(mel, "mel")? };
        if capacity < mel.values.len() {
            let words = format_args!("capacity: expected at least {}, found {capacity}", mel.values.len());
            return Err(fault(LACQUER_BUFFER_TOO_SMALL, words));
        }
        apart((mel.values.as_ptr(), mel.values.len()), (values, capacity), "mel and values")?;
        // SAFETY: as above.
        unsafe { slice_mut(values, mel.values.len(), "values")? }.copy_from_slice(&mel.values);
        Ok(())
    })
}

/// Gives the values without a copy, band after band. They are valid until the spectrogram is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_mel_data(
    mel: *const lacquer_mel,
    values: *mut *const f32,
) -> lacquer_status {
    // SAFETY: the caller promises a spectrogram and room for a pointer.
    guarded(|| unsafe { give(values, "values", shared(mel, "mel")?.values.as_ptr()) })
}

/// Frees a spectrogram.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacquer_mel_free(mel: *mut lacquer_mel) {
    // SAFETY: the caller promises that it was computed here and not freed yet.
    unsafe { free(mel) }
}
