//! The settings of the modules that a voice needs: noise remover, gate, de-esser, leveller.

/// The noise remover.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DenoiseSettings {
    /// Leaves the module out.
    pub bypass: bool,
    /// Share of the denoised signal; the rest is the input.
    pub mix_percent: f64,
}

/// The gate, or with a low ratio the downward expander.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GateSettings {
    /// Leaves the module out.
    pub bypass: bool,
    /// Level from which on it is open, dBFS peak.
    pub threshold_db: f64,
    /// Output change over input change under the threshold.
    pub ratio: f64,
    /// The most that it takes away.
    pub range_db: f64,
    /// How far under the threshold an open gate begins to shut.
    pub hysteresis_db: f64,
    /// How long it takes to open from shut, in a straight line of amplitude.
    pub attack_ms: f64,
    /// How long it stays open after the last peak.
    pub hold_ms: f64,
    /// How long it takes to shut by the whole range, in a straight line of decibels.
    pub release_ms: f64,
    /// What lies below does not open it.
    pub high_pass_hz: f64,
}

/// The de-esser.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DeEsserSettings {
    /// Leaves the module out.
    pub bypass: bool,
    /// Only what lies above is reduced.
    pub frequency_hz: f64,
    /// How far under the whole the high band must be to be left alone.
    pub threshold_db: f64,
    /// The most that the high band loses.
    pub range_db: f64,
}

/// The leveller.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LevellerSettings {
    /// Leaves the module out.
    pub bypass: bool,
    /// Where it brings the programme to, in loudness over three seconds.
    pub target_lufs: f64,
    /// The most that it adds.
    pub max_gain_db: f64,
    /// The most that it takes away.
    pub max_cut_db: f64,
    /// How fast the gain may rise.
    pub rise_db_per_s: f64,
    /// How fast the gain may fall.
    pub fall_db_per_s: f64,
    /// The gain at the beginning. A bounce measures the programme and sets it; taken in by `reset`, not while running.
    pub start_gain_db: f64,
}
