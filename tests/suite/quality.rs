//! The quality table: a test that measures a figure against its bar says so here, and `cargo xtask test` gathers what was
//! said into docs/quality.md.

use std::path::Path;

use serde_json::json;

/// Where `cargo xtask test` wants the rows. Without it a test only asserts.
const FOLDER_VARIABLE: &str = "LACQUER_QUALITY_FOLDER";

/// What a figure must keep to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bar {
    AtMost(f64),
    AtLeast(f64),
    Between(f64, f64),
}

impl Bar {
    fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
            Self::Between(least, most) => (least..=most).contains(&value),
        }
    }

    fn text(self) -> String {
        // Some bars are computed, and no one reads their fifth digit.
        let short = |bar: f64| {
            if bar.abs() < 1e-3 { format!("{bar:e}") } else { ((bar * 1e4).round() / 1e4).to_string() }
        };
        match self {
            Self::AtMost(most) => format!("at most {}", short(most)),
            Self::AtLeast(least) => format!("at least {}", short(least)),
            Self::Between(least, most) => format!("{} to {}", short(least), short(most)),
        }
    }
}

/// Asserts that a figure meets its bar, and hands both in for the table.
///
/// `module` is the table's section, `what` says what was measured, on what, and by what independent means; together
/// they are the row's name, so each pair is said once.
pub(crate) fn figure(module: &str, what: &str, value: f64, unit: &str, bar: Bar) {
    assert!(
        value.is_finite() && bar.is_met_by(value),
        "{module}: {what}: {value} {unit}, where {} is asked",
        bar.text()
    );
    let Some(folder) = std::env::var_os(FOLDER_VARIABLE) else { return };
    let row = json!({ "module": module, "what": what, "value": value, "unit": unit, "bar": bar.text() });
    let letters = |text: &str| {
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect::<String>()
    };
    let hash = what
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3));
    let name = format!("{}-{:.60}-{hash:016x}.json", letters(module), letters(what));
    std::fs::write(Path::new(&folder).join(name), row.to_string()).expect("the quality folder is writable");
}

#[test]
fn a_bar_is_met_at_its_edge_and_not_beyond() {
    assert!(Bar::AtMost(0.1).is_met_by(0.1) && !Bar::AtMost(0.1).is_met_by(0.100_1));
    assert!(Bar::AtLeast(8.0).is_met_by(8.0) && !Bar::AtLeast(8.0).is_met_by(7.999));
    assert!(Bar::Between(-1.0, 1.0).is_met_by(-1.0) && !Bar::Between(-1.0, 1.0).is_met_by(1.001));
    assert!(!Bar::AtMost(0.1).is_met_by(f64::NAN));
}
