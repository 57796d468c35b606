//! The plugin's window in pedalboard, on a display without a screen, by `tests/python/editor.py`.

use super::bundles::bundle;
use super::parity::piece;
use super::vst3::{positions, write};
use crate::programs::{arg, oracle};
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

const NUM_OPENINGS: usize = 50;

/// How much more memory may be held after the last opening than after the fifth. A window that stayed behind would be ten megabytes
/// each time.
const MAX_GROWTH_MB: f64 = 30.0;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what the test run shows")]
fn the_window_opens_again_and_again_follows_its_size_and_leaves_the_audio_alone() {
    let folder = TempDir::new().unwrap();
    let mut audio = piece();
    audio.iter_mut().for_each(|channel| channel.truncate(48_000));
    let settings = lacquer_presets::Library::user().load("streaming").unwrap().settings;
    let sizes = [[1500, 1000], [900, 600]];
    let request = folder.path().join("editor.json");
    let asked = json!({
        "audio": arg(&write(&folder, "audio.raw", &audio)), "positions": positions(&settings),
        "num_openings": NUM_OPENINGS, "sizes": sizes, "pictures": std::env::var("LACQUER_TEST_PICTURES").ok(),
    });
    fs::write(&request, asked.to_string()).unwrap();
    let said = oracle("display.py", &["editor.py", arg(&bundle("Lacquer.vst3")), arg(&request)]);
    let powers = numbers(&said["delta"]["powers"]);
    assert!(powers[1] < 0.1 * powers[0], "what the exciter adds is heard alone: {powers:?}");
    assert_eq!(said["delta"]["is_over"], true, "a delta ends with the window it was clicked in: {powers:?}");
    assert_eq!(said["num_drawn"], NUM_OPENINGS, "openings in which something was drawn");
    let seen = said["seen"].as_array().unwrap();
    assert_eq!(seen.len(), 1 + sizes.len());
    for seen in seen {
        assert!(seen["colours"].as_u64().unwrap() > 100, "{seen}");
    }
    for (size, seen) in sizes.iter().zip(&seen[1..]) {
        assert_eq!(
            (&seen["size"], &seen["inner"]),
            (&json!(size), &json!(size)),
            "the plugin follows its host"
        );
        assert!(seen["seconds"].is_number(), "what is drawn reaches the edges of the window: {seen}");
        assert_eq!(seen["beyond"], 0, "pixels beside the window: {seen}");
    }
    let (resident_mb, drawn_s, seconds) =
        (numbers(&said["resident_mb"]), numbers(&said["drawn_s"]), numbers(&said["seconds"]));
    // A single reading may fall into the middle of a picture.
    let growth_mb = median(resident_mb[NUM_OPENINGS - 5..].to_vec()) - median(resident_mb[4..9].to_vec());
    println!(
        "{NUM_OPENINGS} openings: drawn after {:.2} s, closed after {:.2} s (medians); memory {:.0} MB after 5, {:.0} MB at the end; \
         audio played {} times meanwhile",
        median(drawn_s),
        median(seconds),
        resident_mb[4],
        resident_mb[NUM_OPENINGS - 1],
        said["num_plays"],
    );
    assert!(said["num_plays"].as_u64().unwrap() > 5);
    assert_eq!(said["num_unlike"], 0, "plays beside an open window that gave other bits");
    // A thread may be on its way out at one reading; one that stays behind is there at all of them.
    let threads = numbers(&said["threads"]);
    let at_end = threads[NUM_OPENINGS - 5..].iter().copied().fold(f64::INFINITY, f64::min);
    assert!(at_end <= threads[4] + 1.0, "threads stay behind: {threads:?}");
    assert!(growth_mb < MAX_GROWTH_MB, "memory grew by {growth_mb:.0} MB: {resident_mb:?}");
}
