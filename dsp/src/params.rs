//! The parameter table: every control of Lacquer, declared once.
//!
//! Plugin, presets, command line, C keys and documentation read this table. Ids are frozen at the first release.

use crate::param::{Field, Param, ParamError, Skew, Unit};
use crate::settings::{
    ChainSettings, DeEsserSettings, DenoiseSettings, DitherKind, DitherSettings, EqualiserSettings,
    ExciterSettings, GateSettings, InputSettings, LevellerSettings, LimiterCharacter, LimiterSettings,
    LoudnessSettings, MAX_BANDS, MultibandSettings, StereoSettings,
};

/// The place of a field in the settings: `at!(Number input.trim_db)`.
macro_rules! at {
    ($kind:ident $($path:tt)+) => {
        |settings| Field::$kind(&mut settings.$($path)+)
    };
}

mod equaliser;

type FieldOf = fn(&mut ChainSettings) -> Field<'_>;

/// A row before its place in the settings is named.
const fn number(
    id: &'static str,
    name: &'static str,
    unit: Unit,
    (min, max, default): (f64, f64, f64),
    field: FieldOf,
) -> Param {
    Param { id, name, unit, min, max, default, skew: Skew::Linear, step: 0.1, field }
}

const fn switch(id: &'static str, name: &'static str, default: bool, field: FieldOf) -> Param {
    number(id, name, Unit::Switch, (0.0, 1.0, if default { 1.0 } else { 0.0 }), field).step(1.0)
}

/// A choice whose default is the first word.
const fn choice(
    id: &'static str,
    name: &'static str,
    words: &'static [&'static str],
    field: FieldOf,
) -> Param {
    number(id, name, Unit::Choice(words), (0.0, (words.len() - 1) as f64, 0.0), field).step(1.0)
}

impl Param {
    const fn step(mut self, step: f64) -> Self {
        self.step = step;
        self
    }

    const fn logarithmic(mut self) -> Self {
        self.skew = Skew::Logarithmic;
        self
    }
}

/// The rows of one band. Six bands differ only in their number, and ids must be literals.
macro_rules! band {
    ($n:literal, $idx:literal) => {
        [
            switch(
                concat!("multiband.band", $n, ".bypass"),
                concat!("Band ", $n, " bypass"),
                false,
                at!(Switch multiband.bands[$idx].bypass),
            ),
            switch(
                concat!("multiband.band", $n, ".solo"),
                concat!("Band ", $n, " solo"),
                false,
                at!(Switch multiband.bands[$idx].solo),
            ),
            number(
                concat!("multiband.band", $n, ".threshold_db"),
                concat!("Band ", $n, " threshold"),
                Unit::Db,
                (-60.0, 0.0, -20.0),
                at!(Number multiband.bands[$idx].threshold_db),
            ),
            number(
                concat!("multiband.band", $n, ".ratio"),
                concat!("Band ", $n, " ratio"),
                Unit::Ratio,
                (1.0, 20.0, 2.0),
                at!(Number multiband.bands[$idx].ratio),
            )
            .logarithmic(),
            number(
                concat!("multiband.band", $n, ".knee_db"),
                concat!("Band ", $n, " knee"),
                Unit::Db,
                (0.0, 24.0, 6.0),
                at!(Number multiband.bands[$idx].knee_db),
            ),
            number(
                concat!("multiband.band", $n, ".attack_ms"),
                concat!("Band ", $n, " attack"),
                Unit::Ms,
                (0.1, 250.0, 20.0),
                at!(Number multiband.bands[$idx].attack_ms),
            )
            .logarithmic(),
            number(
                concat!("multiband.band", $n, ".release_ms"),
                concat!("Band ", $n, " release"),
                Unit::Ms,
                (5.0, 2500.0, 150.0),
                at!(Number multiband.bands[$idx].release_ms),
            )
            .logarithmic()
            .step(1.0),
            number(
                concat!("multiband.band", $n, ".makeup_db"),
                concat!("Band ", $n, " make-up gain"),
                Unit::Db,
                (-12.0, 24.0, 0.0),
                at!(Number multiband.bands[$idx].makeup_db),
            ),
            number(
                concat!("multiband.band", $n, ".mix_percent"),
                concat!("Band ", $n, " mix"),
                Unit::Percent,
                (0.0, 100.0, 100.0),
                at!(Number multiband.bands[$idx].mix_percent),
            )
            .step(1.0),
            number(
                concat!("multiband.band", $n, ".upward_threshold_db"),
                concat!("Band ", $n, " upward threshold"),
                Unit::Db,
                (-80.0, 0.0, -50.0),
                at!(Number multiband.bands[$idx].upward_threshold_db),
            ),
            number(
                concat!("multiband.band", $n, ".upward_ratio"),
                concat!("Band ", $n, " upward ratio"),
                Unit::Ratio,
                (1.0, 4.0, 1.0),
                at!(Number multiband.bands[$idx].upward_ratio),
            )
            .logarithmic(),
            number(
                concat!("multiband.band", $n, ".upward_max_db"),
                concat!("Band ", $n, " upward maximum"),
                Unit::Db,
                (0.0, 18.0, 6.0),
                at!(Number multiband.bands[$idx].upward_max_db),
            ),
        ]
    };
}

mod voice;

const fn crossover(id: &'static str, name: &'static str, default_hz: f64, field: FieldOf) -> Param {
    number(id, name, Unit::Hz, (20.0, 20_000.0, default_hz), field).logarithmic().step(1.0)
}

static INPUT: [Param; 5] = [
    switch("input.bypass", "Input bypass", false, at!(Switch input.bypass)),
    number("input.trim_db", "Input trim", Unit::Db, (-24.0, 24.0, 0.0), at!(Number input.trim_db)),
    switch("input.invert_left", "Invert left", false, at!(Switch input.invert_left)),
    switch("input.invert_right", "Invert right", false, at!(Switch input.invert_right)),
    switch("input.dc_removal", "DC removal", false, at!(Switch input.dc_removal)),
];

static MULTIBAND: [Param; 9] = [
    switch("multiband.bypass", "Multiband bypass", true, at!(Switch multiband.bypass)),
    number(
        "multiband.num_bands",
        "Number of bands",
        Unit::Count,
        (2.0, 6.0, 4.0),
        at!(Count multiband.num_bands),
    )
    .step(1.0),
    crossover("multiband.crossover1_hz", "Crossover 1", 120.0, at!(Number multiband.crossovers_hz[0])),
    crossover("multiband.crossover2_hz", "Crossover 2", 700.0, at!(Number multiband.crossovers_hz[1])),
    crossover("multiband.crossover3_hz", "Crossover 3", 4000.0, at!(Number multiband.crossovers_hz[2])),
    crossover("multiband.crossover4_hz", "Crossover 4", 8000.0, at!(Number multiband.crossovers_hz[3])),
    crossover("multiband.crossover5_hz", "Crossover 5", 12_000.0, at!(Number multiband.crossovers_hz[4])),
    number(
        "multiband.link_percent",
        "Stereo link",
        Unit::Percent,
        (0.0, 100.0, 100.0),
        at!(Number multiband.link_percent),
    )
    .step(1.0),
    number(
        "multiband.mix_percent",
        "Multiband mix",
        Unit::Percent,
        (0.0, 100.0, 100.0),
        at!(Number multiband.mix_percent),
    )
    .step(1.0),
];

static BANDS: [[Param; 12]; MAX_BANDS] =
    [band!("1", 0), band!("2", 1), band!("3", 2), band!("4", 3), band!("5", 4), band!("6", 5)];

static EXCITER: [Param; 7] = [
    switch("exciter.bypass", "Exciter bypass", true, at!(Switch exciter.bypass)),
    number("exciter.drive_db", "Drive", Unit::Db, (0.0, 36.0, 12.0), at!(Number exciter.drive_db)),
    number(
        "exciter.focus_hz",
        "Focus low",
        Unit::Hz,
        (200.0, 12_000.0, 3000.0),
        at!(Number exciter.focus_hz),
    )
    .logarithmic()
    .step(1.0),
    number(
        "exciter.focus_high_hz",
        "Focus high",
        Unit::Hz,
        (500.0, 20_000.0, 12_000.0),
        at!(Number exciter.focus_high_hz),
    )
    .logarithmic()
    .step(1.0),
    number(
        "exciter.even_percent",
        "Even/odd balance",
        Unit::Percent,
        (0.0, 100.0, 50.0),
        at!(Number exciter.even_percent),
    )
    .step(1.0),
    number("exciter.tone_hz", "Tone", Unit::Hz, (1000.0, 20_000.0, 12_000.0), at!(Number exciter.tone_hz))
        .logarithmic()
        .step(1.0),
    number(
        "exciter.mix_percent",
        "Exciter mix",
        Unit::Percent,
        (0.0, 100.0, 15.0),
        at!(Number exciter.mix_percent),
    )
    .step(1.0),
];

static STEREO: [Param; 8] = [
    switch("stereo.bypass", "Stereo bypass", false, at!(Switch stereo.bypass)),
    number(
        "stereo.width_low_percent",
        "Width low",
        Unit::Percent,
        (0.0, 200.0, 100.0),
        at!(Number stereo.width_low_percent),
    )
    .step(1.0),
    number(
        "stereo.width_high_percent",
        "Width high",
        Unit::Percent,
        (0.0, 200.0, 100.0),
        at!(Number stereo.width_high_percent),
    )
    .step(1.0),
    number(
        "stereo.crossover_hz",
        "Width crossover",
        Unit::Hz,
        (100.0, 8000.0, 500.0),
        at!(Number stereo.crossover_hz),
    )
    .logarithmic()
    .step(1.0),
    switch("stereo.mono_bass", "Mono bass", false, at!(Switch stereo.mono_bass)),
    number(
        "stereo.mono_below_hz",
        "Mono below",
        Unit::Hz,
        (20.0, 500.0, 100.0),
        at!(Number stereo.mono_below_hz),
    )
    .logarithmic()
    .step(1.0),
    switch("stereo.guard", "Correlation guard", false, at!(Switch stereo.guard)),
    number(
        "stereo.min_correlation_percent",
        "Lowest correlation",
        Unit::Percent,
        (-100.0, 100.0, 0.0),
        at!(Number stereo.min_correlation_percent),
    )
    .step(1.0),
];

static LOUDNESS: [Param; 2] = [
    switch("loudness.bypass", "Loudness bypass", false, at!(Switch loudness.bypass)),
    number("loudness.gain_db", "Loudness gain", Unit::Db, (-60.0, 60.0, 0.0), at!(Number loudness.gain_db))
        .step(0.01),
];

static LIMITER: [Param; 6] = [
    switch("limiter.bypass", "Limiter bypass", false, at!(Switch limiter.bypass)),
    number(
        "limiter.ceiling_dbtp",
        "Ceiling",
        Unit::Dbtp,
        (-40.0, 0.0, -1.0),
        at!(Number limiter.ceiling_dbtp),
    )
    .step(0.01),
    number(
        "limiter.release_ms",
        "Limiter release",
        Unit::Ms,
        (5.0, 2000.0, 120.0),
        at!(Number limiter.release_ms),
    )
    .logarithmic()
    .step(1.0),
    choice("limiter.character", "Limiter character", &LimiterCharacter::WORDS, at!(Choice limiter.character)),
    number(
        "limiter.transient_link_percent",
        "Limiter transient link",
        Unit::Percent,
        (0.0, 100.0, 100.0),
        at!(Number limiter.transient_link_percent),
    )
    .step(1.0),
    number(
        "limiter.release_link_percent",
        "Limiter release link",
        Unit::Percent,
        (0.0, 100.0, 100.0),
        at!(Number limiter.release_link_percent),
    )
    .step(1.0),
];

static DITHER: [Param; 3] = [
    switch("dither.bypass", "Dither bypass", true, at!(Switch dither.bypass)),
    number("dither.bits", "Dither bits", Unit::Count, (16.0, 24.0, 24.0), at!(Count dither.bits)).step(1.0),
    number(
        "dither.kind",
        "Dither kind",
        Unit::Choice(&DitherKind::NAMES),
        (0.0, 2.0, 1.0),
        at!(Choice dither.kind),
    )
    .step(1.0),
];

/// Every parameter, in the order of the chain.
pub fn all() -> impl Iterator<Item = &'static Param> {
    INPUT
        .iter()
        .chain(&voice::DENOISE)
        .chain(&voice::GATE)
        .chain(&voice::DE_ESSER)
        .chain(equaliser::rows())
        .chain(&voice::LEVELLER)
        .chain(&MULTIBAND)
        .chain(BANDS.as_flattened())
        .chain(&EXCITER)
        .chain(&STEREO)
        .chain(&LOUDNESS)
        .chain(&LIMITER)
        .chain(&DITHER)
}

/// The row with this id.
///
/// # Errors
/// When there is none.
pub fn find(id: &str) -> Result<&'static Param, ParamError> {
    all().find(|param| param.id == id).ok_or_else(|| ParamError::Unknown(id.to_owned()))
}

impl ChainSettings {
    /// The same with every number [settled](Param::settled), as a host that is told them holds them.
    #[must_use]
    pub fn settled(mut self) -> Self {
        for param in all() {
            let value = param.get(&self);
            param.write(&mut self, value);
        }
        self
    }
}

impl Default for ChainSettings {
    /// Every parameter at the table's default: transparent but for the limiter.
    fn default() -> Self {
        let mut settings = Self {
            input: InputSettings::default(),
            denoise: DenoiseSettings::default(),
            gate: GateSettings::default(),
            de_esser: DeEsserSettings::default(),
            equaliser: EqualiserSettings::default(),
            leveller: LevellerSettings::default(),
            multiband: MultibandSettings::default(),
            exciter: ExciterSettings::default(),
            stereo: StereoSettings::default(),
            loudness: LoudnessSettings::default(),
            limiter: LimiterSettings::default(),
            dither: DitherSettings::default(),
        };
        for param in all() {
            param.write(&mut settings, param.default);
        }
        settings
    }
}
