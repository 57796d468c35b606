//! The rows of the equaliser.

use super::{Field, Param, Unit, number, switch};
use crate::settings::{NUM_BELLS, Placement, Slope};

/// The rows that every band has: on/off, frequency, and placement.
macro_rules! common {
    ($id:literal, $name:literal, $default_hz:literal, $on:literal, $($path:tt)+) => {
        [
            switch(concat!("equaliser.", $id, ".on"), concat!($name, " on"), $on, at!(Switch $($path)+.on)),
            number(
                concat!("equaliser.", $id, ".frequency_hz"),
                concat!($name, " frequency"),
                Unit::Hz,
                (10.0, 24_000.0, $default_hz),
                at!(Number $($path)+.frequency_hz),
            )
            .logarithmic()
            .step(1.0),
            number(
                concat!("equaliser.", $id, ".placement"),
                concat!($name, " placement"),
                Unit::Choice(Placement::WORDS),
                (0.0, 2.0, 0.0),
                at!(Choice $($path)+.placement),
            )
            .step(1.0),
        ]
    };
}

macro_rules! slope {
    ($id:literal, $name:literal, $($path:tt)+) => {
        number(
            concat!("equaliser.", $id, ".slope_db_per_oct"),
            concat!($name, " slope"),
            Unit::Choice(Slope::WORDS),
            (0.0, 7.0, 1.0),
            at!(Choice $($path)+.slope),
        )
        .step(1.0)
    };
}

/// Gain and Q. A shelf of more than 2 would be two resonances with a step between, which nobody asks a shelf for.
macro_rules! gain_and_q {
    ($id:literal, $name:literal, $highest_q:literal, $($path:tt)+) => {
        [
            number(
                concat!("equaliser.", $id, ".gain_db"),
                concat!($name, " gain"),
                Unit::Db,
                (-24.0, 24.0, 0.0),
                at!(Number $($path)+.gain_db),
            ),
            number(
                concat!("equaliser.", $id, ".q"),
                concat!($name, " Q"),
                Unit::Plain,
                (0.1, $highest_q, 0.71),
                at!(Number $($path)+.q),
            )
            .logarithmic()
            .step(0.01),
        ]
    };
}

macro_rules! dynamics {
    ($id:literal, $name:literal, $($path:tt)+) => {
        [
            number(
                concat!("equaliser.", $id, ".threshold_db"),
                concat!($name, " threshold"),
                Unit::Db,
                (-80.0, 0.0, -20.0),
                at!(Number $($path)+.threshold_db),
            ),
            number(
                concat!("equaliser.", $id, ".range_db"),
                concat!($name, " range"),
                Unit::Db,
                (-24.0, 24.0, 0.0),
                at!(Number $($path)+.range_db),
            ),
        ]
    };
}

/// The rows of one bell. Ids must be literals.
macro_rules! bell {
    ($id:literal, $name:literal, $idx:literal, $default_hz:literal) => {
        (
            common!($id, $name, $default_hz, true, equaliser.bells[$idx]),
            gain_and_q!($id, $name, 24.0, equaliser.bells[$idx]),
            dynamics!($id, $name, equaliser.bells[$idx]),
        )
    };
}

static MODULE: [Param; 7] = [
    switch("equaliser.bypass", "Equaliser bypass", true, at!(Switch equaliser.bypass)),
    number(
        "equaliser.attack_ms",
        "Bell attack",
        Unit::Ms,
        (0.1, 250.0, 10.0),
        at!(Number equaliser.attack_ms),
    )
    .logarithmic(),
    number(
        "equaliser.release_ms",
        "Bell release",
        Unit::Ms,
        (5.0, 2500.0, 150.0),
        at!(Number equaliser.release_ms),
    )
    .logarithmic()
    .step(1.0),
    switch("equaliser.tilt_on", "Tilt on", true, at!(Switch equaliser.tilt.on)),
    number(
        "equaliser.tilt_db",
        "Tilt gain",
        Unit::Db,
        (-24.0, 24.0, 0.0),
        at!(Number equaliser.tilt.gain_db),
    ),
    number(
        "equaliser.tilt_pivot_hz",
        "Tilt pivot",
        Unit::Hz,
        (10.0, 24_000.0, 1000.0),
        at!(Number equaliser.tilt.pivot_hz),
    )
    .logarithmic()
    .step(1.0),
    number(
        "equaliser.tilt_placement",
        "Tilt placement",
        Unit::Choice(Placement::WORDS),
        (0.0, 2.0, 0.0),
        at!(Choice equaliser.tilt.placement),
    )
    .step(1.0),
];

static HIGH_PASS: [Param; 3] = common!("high_pass", "High-pass", 30.0, false, equaliser.high_pass);
static HIGH_PASS_SLOPE: Param = slope!("high_pass", "High-pass", equaliser.high_pass);
static LOW_SHELF: [Param; 3] = common!("low_shelf", "Low shelf", 120.0, true, equaliser.low_shelf);
static LOW_SHELF_GAIN: [Param; 2] = gain_and_q!("low_shelf", "Low shelf", 2.0, equaliser.low_shelf);
static BELLS: [([Param; 3], [Param; 2], [Param; 2]); NUM_BELLS] = [
    bell!("bell1", "Bell 1", 0, 200.0),
    bell!("bell2", "Bell 2", 1, 800.0),
    bell!("bell3", "Bell 3", 2, 2500.0),
    bell!("bell4", "Bell 4", 3, 6000.0),
];
static HIGH_SHELF: [Param; 3] = common!("high_shelf", "High shelf", 8000.0, true, equaliser.high_shelf);
static HIGH_SHELF_GAIN: [Param; 2] = gain_and_q!("high_shelf", "High shelf", 2.0, equaliser.high_shelf);
static LOW_PASS: [Param; 3] = common!("low_pass", "Low-pass", 20_000.0, false, equaliser.low_pass);
static LOW_PASS_SLOPE: Param = slope!("low_pass", "Low-pass", equaliser.low_pass);

/// Every row, the module's own first and then band by band, as a preset file needs them.
pub(super) fn rows() -> impl Iterator<Item = &'static Param> {
    MODULE
        .iter()
        .chain(&HIGH_PASS)
        .chain([&HIGH_PASS_SLOPE])
        .chain(&LOW_SHELF)
        .chain(&LOW_SHELF_GAIN)
        .chain(BELLS.iter().flat_map(|(common, gain, dynamics)| common.iter().chain(gain).chain(dynamics)))
        .chain(&HIGH_SHELF)
        .chain(&HIGH_SHELF_GAIN)
        .chain(&LOW_PASS)
        .chain([&LOW_PASS_SLOPE])
}
