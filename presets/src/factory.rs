//! The presets that come with Lacquer.

use crate::Preset;
use crate::format::parse;

/// Slug and text; the files lie in `presets/factory`.
const FILES: [(&str, &str); 11] = [
    ("streaming", include_str!("../factory/streaming.toml")),
    ("apple-music", include_str!("../factory/apple-music.toml")),
    ("podcast", include_str!("../factory/podcast.toml")),
    ("voice", include_str!("../factory/voice.toml")),
    ("synthesised-speech", include_str!("../factory/synthesised-speech.toml")),
    ("ebu-r128", include_str!("../factory/ebu-r128.toml")),
    ("atsc-a85", include_str!("../factory/atsc-a85.toml")),
    ("audiobook-acx", include_str!("../factory/audiobook-acx.toml")),
    ("club", include_str!("../factory/club.toml")),
    ("gentle-glue", include_str!("../factory/gentle-glue.toml")),
    ("limiter-only", include_str!("../factory/limiter-only.toml")),
];

/// Every factory preset, in the order in which they are listed.
///
/// # Panics
/// If a built-in file does not parse, which the tests rule out.
#[must_use]
pub fn factory() -> Vec<Preset> {
    let read = |&(slug, text): &(&str, &str)| {
        parse(text, slug, slug).unwrap_or_else(|error| panic!("factory preset {error}"))
    };
    FILES.iter().map(read).collect()
}
