//! The parameter table: ids, ranges, and text in both directions.

use lacquer_dsp::param::{ParamError, Unit};
use lacquer_dsp::params;
use lacquer_dsp::settings::ChainSettings;
use proptest::prelude::*;
use std::collections::HashSet;

#[test]
fn every_row_is_sound() {
    let mut ids = HashSet::new();
    for param in params::all() {
        assert!(ids.insert(param.id), "{} is declared twice", param.id);
        assert!(param.min < param.max && (param.min..=param.max).contains(&param.default), "{}", param.id);
        assert!((0.0..=1.0).contains(&param.step) && !param.name.is_empty(), "{}", param.id);
        for value in [param.min, param.max, param.default] {
            assert_eq!(param.settled(value), value, "{} cannot be set to {value}", param.id);
        }
        let suffix = match param.unit {
            Unit::Db => "_db",
            Unit::Dbtp => "_dbtp",
            Unit::DbPerS => "_db_per_s",
            Unit::Lufs => "_lufs",
            Unit::Hz => "_hz",
            Unit::Ms => "_ms",
            Unit::Percent => "_percent",
            Unit::Ratio => "ratio",
            Unit::Plain => ".q",
            Unit::Count => "",
            Unit::Switch | Unit::Choice(_) => "",
        };
        assert!(param.id.ends_with(suffix), "{} does not end in its unit", param.id);
    }
    assert!(ids.len() > 60);
}

/// A row that stands for another row's field would write two parameters at once.
#[test]
fn every_row_has_a_field_of_its_own() {
    for param in params::all() {
        let mut settings = ChainSettings::default();
        let other = if param.default == param.max { param.min } else { param.max };
        param.set(&mut settings, other).unwrap();
        for row in params::all() {
            let expected = if row.id == param.id { other } else { row.default };
            assert_eq!(row.get(&settings), expected, "{} after setting {}", row.id, param.id);
        }
    }
}

/// Ids are what presets, projects and automation are written with. A new one is added here; one that is here never changes.
#[test]
fn ids_are_frozen() {
    let frozen: Vec<&str> = include_str!("params.txt").lines().collect();
    let ids: Vec<&str> = params::all().map(|param| param.id).collect();
    assert_eq!(ids, frozen, "ids, or their order, differ from tests/suite/params.txt");
}

#[test]
fn text_is_what_people_read_and_type() {
    let text = |id: &str, value| params::find(id).unwrap().to_text(value);
    assert_eq!(text("limiter.ceiling_dbtp", -1.0), "-1.00 dBTP");
    assert_eq!(text("multiband.crossover3_hz", 4000.0), "4 kHz");
    assert_eq!(text("multiband.crossover3_hz", 12_345.0), "12.345 kHz");
    assert_eq!(text("multiband.crossover1_hz", 120.0), "120 Hz");
    assert_eq!(text("multiband.band1.ratio", 2.5), "2.5:1");
    assert_eq!(text("multiband.num_bands", 4.0), "4");
    assert_eq!(text("stereo.mono_bass", 1.0), "on");
    let value = |id: &str, text| params::find(id).unwrap().from_text(text);
    assert_eq!(value("multiband.crossover3_hz", "1.2k"), Ok(1200.0));
    assert_eq!(value("multiband.crossover3_hz", " 1.2 kHz"), Ok(1200.0));
    assert_eq!(value("limiter.release_ms", "0.25 s"), Ok(250.0));
    assert_eq!(value("limiter.ceiling_dbtp", "-2dB"), Ok(-2.0));
    assert_eq!(value("stereo.mono_bass", "On"), Ok(1.0));
}

#[test]
fn wrong_values_are_named_with_their_range() {
    let ceiling = params::find("limiter.ceiling_dbtp").unwrap();
    let message = ceiling.from_text("3").unwrap_err().to_string();
    assert_eq!(message, "limiter.ceiling_dbtp = 3 is out of range: expected -40.00 dBTP to 0.00 dBTP");
    for text in ["", "loud", "nan", "inf", "1 kHz", "--1"] {
        assert!(matches!(ceiling.from_text(text), Err(ParamError::Text { .. })), "{text:?} was taken");
    }
    let mut settings = ChainSettings::default();
    assert!(ceiling.set(&mut settings, f64::NAN).is_err());
    assert_eq!(settings, ChainSettings::default(), "a refused value writes nothing");
    assert_eq!(
        params::find("limiter.cieling_dbtp").err(),
        Some(ParamError::Unknown("limiter.cieling_dbtp".into()))
    );
}

proptest! {
    /// A host keeps positions as f32. What settings hold comes back from there to the bit.
    #[test]
    fn values_come_back_from_a_host_as_they_were(position in 0.0..=1.0_f64) {
        for param in params::all() {
            let value = param.settled(param.min + position * (param.max - param.min));
            let back = param.from_host_position(param.to_normalized(value) as f32);
            prop_assert_eq!(back.to_bits(), value.to_bits(), "{}: {} came back as {}", param.id, value, back);
            prop_assert_eq!(param.settled(back).to_bits(), value.to_bits());
        }
    }

    #[test]
    fn text_and_knob_round_trip(position in 0.0..=1.0_f64) {
        for param in params::all() {
            let value = param.from_normalized(position);
            prop_assert!((param.min..=param.max).contains(&value));
            let read = param.from_text(&param.to_text(value)).unwrap();
            prop_assert!((read - value).abs() < 1e-9, "{}: {} read as {}", param.id, value, read);
            let back = param.from_normalized(param.to_normalized(value));
            prop_assert!((back - value).abs() < 1e-9, "{}: {} came back as {}", param.id, value, back);
        }
    }
}
