//! Preset files: what comes with Lacquer, what goes out comes in again, and what is wrong is named.

use crate::random::Random;
use lacquer_presets::{Library, Preset, factory, parse, to_toml};

/// A library whose user has saved nothing, whatever the one who runs the tests has.
fn empty_library() -> Library {
    Library::at("no such folder")
}

#[test]
fn factory_presets_hold_the_delivery_targets() {
    let expected = [
        ("streaming", Some(-14.0), -1.0),
        ("apple-music", Some(-16.0), -1.0),
        ("podcast", Some(-16.0), -1.0),
        ("voice", None, -1.0),
        ("synthesised-speech", Some(-16.0), -1.0),
        ("ebu-r128", Some(-23.0), -1.0),
        ("atsc-a85", Some(-24.0), -2.0),
        ("audiobook-acx", Some(-20.0), -3.0),
        ("club", Some(-9.0), -1.0),
        ("gentle-glue", None, -1.0),
        ("limiter-only", None, -1.0),
    ];
    let (presets, library) = (factory(), empty_library());
    assert_eq!(presets.len(), expected.len());
    for (preset, (slug, output_lufs, ceiling_dbtp)) in presets.iter().zip(expected) {
        assert_eq!(preset.slug, slug);
        assert_eq!(preset.bounce.output_lufs, output_lufs, "{slug}");
        assert_eq!(preset.settings.limiter.ceiling_dbtp, ceiling_dbtp, "{slug}");
        assert!(!preset.description.is_empty() && preset.name != slug, "{slug}");
        assert_eq!(&library.load(slug).unwrap(), preset);
        assert_eq!(
            library.load(&preset.name.replace(" R 128", " R128").replace("A/85", "A85")).unwrap().slug,
            slug
        );
    }
}

#[test]
fn a_written_preset_reads_back_the_same() {
    let mut random = Random::new(3);
    for preset in factory() {
        assert_eq!(parse(&to_toml(&preset), &preset.slug, "text").unwrap(), preset);
    }
    for _ in 0..50 {
        let name = "Tricky \"name\" \\ # = [x]\n2".to_owned();
        let settings = random.settings();
        let preset = Preset { slug: "x".into(), name, settings, ..factory()[0].clone() };
        assert_eq!(parse(&to_toml(&preset), "x", "text").unwrap(), preset);
    }
}

#[test]
fn values_may_be_written_as_people_say_them() {
    let said = "version = 1\n[stereo]\nmono_bass = \"on\"\n[multiband.band1]\nratio = \"3:1\"\nrelease_ms = \"0.09 s\"\n";
    let settings = parse(said, "x", "x.toml").unwrap().settings;
    assert!(settings.stereo.mono_bass);
    assert_eq!((settings.multiband.bands[0].ratio, settings.multiband.bands[0].release_ms), (3.0, 90.0));
}

#[test]
fn what_is_wrong_is_named() {
    let message = |text: &str| parse(text, "x", "x.toml").unwrap_err().to_string();
    let body = |line: &str| message(&format!("version = 1\n{line}\n"));
    for (line, expected) in [
        (
            "[limiter]\nceiling_dbtp = 3",
            "x.toml: limiter.ceiling_dbtp = 3 is out of range: expected -40.00 dBTP to 0.00 dBTP",
        ),
        (
            "[limiter]\nceiling_dbtp = nan",
            "x.toml: limiter.ceiling_dbtp = NaN is out of range: expected -40.00 dBTP to 0.00 dBTP",
        ),
        (
            "[limiter]\nceilin_dbtp = -1",
            "x.toml: there is no key 'limiter.ceilin_dbtp' (did you mean 'limiter.ceiling_dbtp'?)",
        ),
        (
            "[limiter]\nceiling_dbtp = \"loud\"",
            "x.toml: limiter.ceiling_dbtp = 'loud' is not understood: expected -40.00 dBTP to 0.00 dBTP",
        ),
        ("[limiter]\nbypass = 1", "x.toml: limiter.bypass is 1: expected true or false"),
        ("[multiband]\nnum_bands = 2.5", "x.toml: multiband.num_bands is 2.5: expected 2 to 6"),
        ("[bounce]\noutput_lufs = 4", "x.toml: bounce.output_lufs is 4: expected -60 to 0"),
        ("name = 7", "x.toml: name is 7: expected a text in quotes"),
        ("zzz = 7", "x.toml: there is no key 'zzz'"),
    ] {
        assert_eq!(body(line), expected);
    }
    assert!(body("[limiter").starts_with("x.toml: line 2: "), "{}", body("[limiter"));
    assert_eq!(message(""), "x.toml: version is missing: expected the line `version = 1` at the top");
    assert_eq!(message("version = 2"), "x.toml: version is 2: expected the line `version = 1` at the top");
    let unknown = empty_library().load("streeming").unwrap_err().to_string();
    assert!(
        unknown.starts_with("there is no preset 'streeming' (did you mean 'streaming'?); there are: "),
        "{unknown}"
    );
    let missing = empty_library().load("nowhere/x.toml").unwrap_err().to_string();
    assert!(missing.starts_with("nowhere/x.toml: cannot be read: "), "{missing}");
}
