//! The user's presets: what is saved is found again, what is there is not lost, and what is broken is named.

use crate::cli::call;
use crate::random::Random;
use lacquer_presets::{BounceTarget, Entry, Library, Preset, PresetError, VERSION};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A library in a folder where nothing is yet, as after the first start.
fn library() -> (TempDir, Library) {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::at(folder.path().join("lacquer/presets"));
    (folder, library)
}

fn save(library: &Library, name: &str, overwrite: bool) -> Result<Preset, PresetError> {
    let bounce = BounceTarget { output_lufs: Some(-17.5), ..BounceTarget::default() };
    library.save(name, "For a test", &Random::new(5).settings(), bounce, overwrite)
}

fn slugs(library: &Library, is_wanted: impl Fn(&Entry) -> bool) -> Vec<String> {
    library.all().into_iter().filter(|entry| is_wanted(entry)).map(|entry| entry.slug).collect()
}

#[test]
fn what_is_saved_is_loaded_and_listed() {
    let (folder, library) = library();
    let saved = save(&library, "  Später  Abend\n№1 ", false).unwrap();
    assert_eq!(saved.name, "Später Abend №1");
    assert_eq!(saved.settings, Random::new(5).settings());
    for name in ["spater-abend-no1", "Später Abend №1", "SPÄTER_ABEND №1"] {
        assert_eq!(library.load(name).unwrap(), saved, "{name}");
    }
    assert_eq!(Library::at(folder.path().join("lacquer/presets")).load(&saved.slug).unwrap(), saved);
    assert_eq!(slugs(&library, |entry| !entry.is_factory), [&*saved.slug]);
    let only_file: Vec<_> = fs::read_dir(library.folder().unwrap()).unwrap().collect();
    assert_eq!(only_file.len(), 1, "nothing is left beside the preset");
}

#[test]
fn a_saved_preset_opens_in_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::at(folder.path().join(".config/lacquer/presets"));
    save(&library, "My voice", false).unwrap();
    let listed = call(folder.path(), &["presets"]);
    assert!(listed.stdout.contains("my-voice") && listed.status == Some(0), "{}", listed.stderr);
    let shown = call(folder.path(), &["presets", "my voice"]).stdout;
    let file = fs::read_to_string(library.folder().unwrap().join("my-voice.toml")).unwrap();
    assert_eq!(shown.trim(), file.trim());
}

/// Names for files on every system: no device, no separator, no dot, no longer than file names are.
#[test]
fn every_name_makes_a_safe_file() {
    let (_folder, library) = library();
    for name in [
        "../../escape",
        "CON",
        "nul",
        "a/b\\c:d*e?f\"g<h>i|j",
        "Тихая ночь",
        "静かな夜",
        "🎉 party",
        "x.toml",
        ".hidden",
    ] {
        let slug = save(&library, name, false).unwrap().slug;
        let is_safe = slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        assert!(is_safe && !["con", "nul", ""].contains(&&*slug), "{name}: {slug}");
        let path = library.folder().unwrap().join(format!("{slug}.toml"));
        assert!(path.is_file(), "{}", path.display());
    }
    assert_eq!(library.load("con").unwrap().name, "CON");
    let long = save(&library, &"long name ".repeat(60), false).unwrap();
    assert_eq!(library.load(&"long name ".repeat(60)).unwrap(), long);
    for name in ["", "  ", "!?.", "\u{0}"] {
        assert!(matches!(save(&library, name, false), Err(PresetError::NoName { .. })), "{name:?}");
    }
}

#[test]
fn nothing_is_overwritten_unasked() {
    let (_folder, library) = library();
    let first = save(&library, "Mine", false).unwrap();
    let taken = save(&library, "mine!", false).unwrap_err();
    assert_eq!(taken.to_string(), "there is a preset 'mine!' already");
    assert_eq!(library.load("mine").unwrap(), first);
    assert_eq!(save(&library, "MINE", true).unwrap().slug, "mine");
    assert_eq!(library.load("mine").unwrap().name, "MINE");
    for overwrite in [false, true] {
        let error = save(&library, "Streaming", overwrite).unwrap_err().to_string();
        assert_eq!(error, "'Streaming' comes with Lacquer and stays as it is: expected another name");
    }
    save(&library, "Other", false).unwrap();
    assert!(matches!(library.rename("other", "Mine"), Err(PresetError::Taken { .. })));
    assert!(matches!(library.rename("streaming", "Better"), Err(PresetError::Factory { .. })));
    assert!(matches!(library.delete("podcast"), Err(PresetError::Factory { .. })));
    assert_eq!(slugs(&library, |entry| !entry.is_factory), ["mine", "other"]);
}

/// What somebody wrote by hand, with comments, stays as it was written.
#[test]
fn a_renamed_preset_keeps_its_words() {
    let (_folder, library) = library();
    save(&library, "Other", false).unwrap();
    let path = |slug: &str| library.folder().unwrap().join(format!("{slug}.toml"));
    let by_hand = "# For the old desk.\nversion = 1\nname = 'Desk' # mine\n\n[limiter]\nceiling_dbtp = -2 # loud enough\n";
    fs::write(path("desk"), by_hand).unwrap();
    library.set_favourite("desk", true).unwrap();
    let renamed = library.rename("Desk", "New desk").unwrap();
    assert_eq!((&*renamed.slug, &*renamed.name), ("new-desk", "New desk"));
    assert_eq!(library.load("new-desk").unwrap(), renamed);
    let text = fs::read_to_string(path("new-desk")).unwrap();
    assert_eq!(text, by_hand.replace("'Desk'", "\"New desk\""));
    assert!(!path("desk").exists());
    assert_eq!(library.favourites().unwrap().iter().collect::<Vec<_>>(), ["new-desk"]);
    // Another name for the same file.
    assert_eq!(library.rename("new-desk", "NEW desk!").unwrap().slug, "new-desk");
    assert_eq!(library.load("new-desk").unwrap().name, "NEW desk!");
}

#[test]
fn favourites_are_kept_and_follow_their_presets() {
    let (folder, library) = library();
    assert_eq!(library.favourites().unwrap().iter().count(), 0);
    library.set_favourite("club", true).unwrap();
    save(&library, "Mine", false).unwrap();
    library.set_favourite("Mine", true).unwrap();
    library.set_favourite("mine", true).unwrap();
    assert_eq!(slugs(&library, |entry| entry.is_favourite), ["club", "mine"]);
    assert!(folder.path().join("lacquer/favourites.toml").is_file());
    library.delete("mine").unwrap();
    library.set_favourite("club", false).unwrap();
    assert_eq!(library.favourites().unwrap().iter().count(), 0);
    let unknown = library.set_favourite("clubb", true).unwrap_err().to_string();
    assert!(unknown.starts_with("there is no preset 'clubb' (did you mean 'club'?)"), "{unknown}");
    let gone = library.delete("mine").unwrap_err().to_string();
    assert_eq!(gone, "there is no preset 'mine'; there are: none");
}

/// A list of favourites that cannot be read is named, not overwritten, and costs no preset.
#[test]
fn a_broken_list_of_favourites_is_not_overwritten() {
    let (folder, library) = library();
    save(&library, "Mine", false).unwrap();
    let path = folder.path().join("lacquer/favourites.toml");
    for (text, expected) in [
        ("version = 9\nfavourites = []", "version is 9: expected the line `version = 1` at the top"),
        ("version = 1\nfavourites = 3", "favourites is 3: expected a list of presets in quotes"),
        ("version = 1\nfavourites = [\n", "line 2: "),
    ] {
        fs::write(&path, text).unwrap();
        let error = library.set_favourite("club", true).unwrap_err().to_string();
        assert!(error.starts_with(&*path.display().to_string()) && error.contains(expected), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        assert_eq!(library.all().len(), lacquer_presets::factory().len() + 1);
    }
    library.delete("mine").unwrap();
    assert_eq!(library.all().len(), lacquer_presets::factory().len());
}

#[test]
fn broken_presets_are_named_and_the_others_not_lost() {
    let (_folder, library) = library();
    save(&library, "Good", false).unwrap();
    let place = |name: &str| library.folder().unwrap().join(name);
    fs::write(place("future.toml"), format!("version = {}\nshine = 3\n", VERSION + 1)).unwrap();
    fs::write(place("binary.toml"), [0xff, 0xfe, 0x00, 0x80]).unwrap();
    fs::write(place("cut.toml"), "version = 1\n[limiter").unwrap();
    fs::write(place("huge.toml"), vec![b'#'; 3 << 20]).unwrap();
    fs::write(place("notes.txt"), "no preset").unwrap();
    let error_of = |slug: &str| {
        let entry = library.all().into_iter().find(|entry| entry.slug == slug);
        let message = entry.unwrap().preset.unwrap_err().to_string();
        assert_eq!(library.load(slug).unwrap_err().to_string(), message);
        message.split_once(".toml: ").unwrap().1.to_owned()
    };
    assert_eq!(error_of("future"), "version is 2: expected the line `version = 1` at the top");
    assert!(error_of("cut").starts_with("line 2: "));
    assert_eq!(error_of("huge"), "cannot be read: file too large");
    assert!(error_of("binary").starts_with("cannot be read: "));
    let fine = library.all().into_iter().filter(|entry| entry.preset.is_ok()).count();
    assert_eq!(fine, lacquer_presets::factory().len() + 1, "those of the factory, and the good one");
    assert!(library.rename("future", "Past").is_err());
    assert!(place("future.toml").is_file());
    library.delete("future").unwrap();
}

#[test]
fn without_a_place_there_are_the_factorys_presets() {
    let (folder, _) = library();
    let file = folder.path().join("a file");
    fs::write(&file, "").unwrap();
    let library = Library::at(file.join("presets"));
    assert_eq!(library.all().len(), lacquer_presets::factory().len());
    let error = save(&library, "Mine", false).unwrap_err();
    assert!(matches!(error, PresetError::Unwritable { .. }), "{error}");
    assert!(!Path::new("presets").exists());
}
