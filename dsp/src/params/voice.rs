//! The rows of the modules for voices.

use super::{Field, Param, Unit, number, switch};

pub(super) static GATE: [Param; 9] = [
    switch("gate.bypass", "Gate bypass", true, at!(Switch gate.bypass)),
    number(
        "gate.threshold_db",
        "Gate threshold",
        Unit::Db,
        (-80.0, 0.0, -48.0),
        at!(Number gate.threshold_db),
    ),
    number("gate.ratio", "Gate ratio", Unit::Ratio, (1.0, 100.0, 4.0), at!(Number gate.ratio)).logarithmic(),
    number("gate.range_db", "Gate range", Unit::Db, (0.0, 80.0, 18.0), at!(Number gate.range_db)),
    number(
        "gate.hysteresis_db",
        "Gate hysteresis",
        Unit::Db,
        (0.0, 24.0, 6.0),
        at!(Number gate.hysteresis_db),
    ),
    number("gate.attack_ms", "Gate attack", Unit::Ms, (0.05, 50.0, 0.15), at!(Number gate.attack_ms))
        .logarithmic()
        .step(0.05),
    // Not under 10 ms: the detector waits as long, so that it does not read the troughs of a low tone.
    number("gate.hold_ms", "Gate hold", Unit::Ms, (10.0, 2000.0, 100.0), at!(Number gate.hold_ms))
        .logarithmic()
        .step(1.0),
    number("gate.release_ms", "Gate release", Unit::Ms, (5.0, 4000.0, 250.0), at!(Number gate.release_ms))
        .logarithmic()
        .step(1.0),
    number(
        "gate.high_pass_hz",
        "Gate side-chain high-pass",
        Unit::Hz,
        (20.0, 2000.0, 80.0),
        at!(Number gate.high_pass_hz),
    )
    .logarithmic()
    .step(1.0),
];

pub(super) static DE_ESSER: [Param; 4] = [
    switch("de_esser.bypass", "De-esser bypass", true, at!(Switch de_esser.bypass)),
    number(
        "de_esser.frequency_hz",
        "De-esser frequency",
        Unit::Hz,
        (2000.0, 12_000.0, 5000.0),
        at!(Number de_esser.frequency_hz),
    )
    .logarithmic()
    .step(1.0),
    number(
        "de_esser.threshold_db",
        "De-esser threshold",
        Unit::Db,
        (-40.0, 0.0, -10.0),
        at!(Number de_esser.threshold_db),
    ),
    number("de_esser.range_db", "De-esser range", Unit::Db, (0.0, 24.0, 6.0), at!(Number de_esser.range_db)),
];

pub(super) static LEVELLER: [Param; 7] = [
    switch("leveller.bypass", "Leveller bypass", true, at!(Switch leveller.bypass)),
    number(
        "leveller.target_lufs",
        "Leveller target",
        Unit::Lufs,
        (-40.0, -5.0, -20.0),
        at!(Number leveller.target_lufs),
    ),
    number(
        "leveller.max_gain_db",
        "Leveller highest gain",
        Unit::Db,
        (0.0, 24.0, 10.0),
        at!(Number leveller.max_gain_db),
    ),
    number(
        "leveller.max_cut_db",
        "Leveller highest cut",
        Unit::Db,
        (0.0, 24.0, 10.0),
        at!(Number leveller.max_cut_db),
    ),
    number(
        "leveller.rise_db_per_s",
        "Leveller rise",
        Unit::DbPerS,
        (0.1, 20.0, 2.0),
        at!(Number leveller.rise_db_per_s),
    )
    .logarithmic(),
    number(
        "leveller.fall_db_per_s",
        "Leveller fall",
        Unit::DbPerS,
        (0.1, 20.0, 4.0),
        at!(Number leveller.fall_db_per_s),
    )
    .logarithmic(),
    number(
        "leveller.start_gain_db",
        "Leveller start",
        Unit::Db,
        (-24.0, 24.0, 0.0),
        at!(Number leveller.start_gain_db),
    )
    .step(0.01),
];

pub(super) static DENOISE: [Param; 2] = [
    switch("denoise.bypass", "Denoise bypass", true, at!(Switch denoise.bypass)),
    number(
        "denoise.mix_percent",
        "Denoise mix",
        Unit::Percent,
        (0.0, 100.0, 100.0),
        at!(Number denoise.mix_percent),
    )
    .step(1.0),
];
