//! Structures of figures that several families give.

use lacquer_dsp::meter::LoudnessReading;

/// Everything that a loudness meter knows at one moment: BS.1770-5, EBU Tech 3341 and Tech 3342. NAN where there is no figure yet.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct lacquer_loudness {
    /// Loudness of the last 400 ms.
    pub momentary_lufs: f64,
    /// Loudness of the last 3 s.
    pub short_term_lufs: f64,
    /// The largest momentary loudness.
    pub max_momentary_lufs: f64,
    /// The largest short-term loudness.
    pub max_short_term_lufs: f64,
    /// Gated loudness of everything.
    pub integrated_lufs: f64,
    /// Loudness range.
    pub range_lu: f64,
    /// True peak by the standard's own filter.
    pub true_peak_dbtp: f64,
    /// The highest point of the band-limited curve, read closer than the standard's filter does.
    pub intersample_peak_dbtp: f64,
    /// The largest sample.
    pub sample_peak_dbfs: f64,
    /// True peak less integrated loudness.
    pub plr_lu: f64,
    /// Unweighted root mean square.
    pub rms_dbfs: f64,
    /// Frames since the reset.
    pub num_frames: u64,
    /// Samples that were no audio and were taken for silence.
    pub num_damaged_samples: u64,
}

impl From<&LoudnessReading> for lacquer_loudness {
    fn from(reading: &LoudnessReading) -> Self {
        let lufs = |figure: Option<lacquer_dsp::meter::Lufs>| figure.map_or(f64::NAN, |figure| figure.0);
        let lu = |figure: Option<lacquer_dsp::meter::Lu>| figure.map_or(f64::NAN, |figure| figure.0);
        let dbtp = |figure: Option<lacquer_dsp::meter::Dbtp>| figure.map_or(f64::NAN, |figure| figure.0);
        let dbfs = |figure: Option<lacquer_dsp::meter::Dbfs>| figure.map_or(f64::NAN, |figure| figure.0);
        Self {
            momentary_lufs: lufs(reading.momentary_lufs),
            short_term_lufs: lufs(reading.short_term_lufs),
            max_momentary_lufs: lufs(reading.max_momentary_lufs),
            max_short_term_lufs: lufs(reading.max_short_term_lufs),
            integrated_lufs: lufs(reading.integrated_lufs),
            range_lu: lu(reading.range_lu),
            true_peak_dbtp: dbtp(reading.true_peak_dbtp),
            intersample_peak_dbtp: dbtp(reading.intersample_peak_dbtp),
            sample_peak_dbfs: dbfs(reading.sample_peak_dbfs),
            plr_lu: lu(reading.plr_lu),
            rms_dbfs: dbfs(reading.rms_dbfs),
            num_frames: reading.num_frames,
            num_damaged_samples: reading.num_damaged_samples,
        }
    }
}
