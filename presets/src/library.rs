//! Where presets are found and kept: the factory's, the user's folder, or a file by its path.

use crate::error::nearest;
use crate::favourites::Favourites;
use crate::{BounceTarget, Preset, PresetError, factory, parse, to_toml};
use lacquer_dsp::settings::ChainSettings;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

/// No preset is larger; what is was put into the folder by mistake, and is not read into memory.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// The longest slug: with its ending and a temporary one beside it, it stays under every system's longest file name.
const MAX_SLUG_LEN: usize = 80;

/// Names that Windows keeps for devices, whatever the ending.
const DEVICES: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
    "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// The factory's presets and the user's own, as plugin, application and command line share them.
///
/// ```
/// use lacquer_presets::{BounceTarget, Library};
/// use lacquer_dsp::settings::ChainSettings;
///
/// # let folder = tempfile::tempdir()?;
/// let library = Library::at(folder.path().join("presets"));
/// let settings = ChainSettings::default();
/// let preset = library.save("My voice", "For the desk", &settings, BounceTarget::default(), false)?;
/// assert_eq!(preset.slug, "my-voice");
/// assert_eq!(library.load("my voice")?, preset);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    folder: Option<PathBuf>,
}

/// One line of the list of presets.
#[derive(Debug)]
pub struct Entry {
    /// What the command line calls it, and the library's methods.
    pub slug: String,
    /// Whether it came with Lacquer, and can be neither renamed nor deleted.
    pub is_factory: bool,
    /// Whether the user marked it.
    pub is_favourite: bool,
    /// The preset, or what is wrong with its file.
    pub preset: Result<Preset, PresetError>,
}

impl Library {
    /// The user's: `presets` in the folder that the system has for Lacquer's settings. Where it tells no home folder there are the
    /// factory's presets alone.
    #[must_use]
    pub fn user() -> Self {
        let dirs = directories::ProjectDirs::from("", "", "lacquer");
        Self { folder: dirs.map(|dirs| dirs.config_dir().join("presets")) }
    }

    /// One whose user's presets lie in `folder`, which is made when the first is saved.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()) }
    }

    /// Where the user's presets lie, if there is a place.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Every preset that [`Self::load`] finds by name: the factory's in their order, then the user's by name. A file that cannot be
    /// read is listed with its error, and the others are not lost. One of the user's with the slug of a factory preset
    /// stands in its place.
    #[must_use]
    pub fn all(&self) -> Vec<Entry> {
        let users = self.user_files();
        let favourites = self.favourites().unwrap_or_default();
        let is_hidden = |slug: &str| users.iter().any(|(user_slug, _)| normalised(user_slug) == slug);
        let own = factory().into_iter().filter(|preset| !is_hidden(&preset.slug));
        let own = own.map(|preset| (preset.slug.clone(), true, Ok(preset)));
        let read = users.iter().map(|(slug, path)| (slug.clone(), false, read(path)));
        let entry = |(slug, is_factory, preset): (String, bool, _)| Entry {
            is_favourite: favourites.contains(&normalised(&slug)),
            slug,
            is_factory,
            preset,
        };
        own.chain(read).map(entry).collect()
    }

    /// The preset of this name, the user's before the factory's, or the one in the file of this path.
    ///
    /// # Errors
    /// When there is none, with the nearest name, or when its file is wrong.
    pub fn load(&self, name_or_path: &str) -> Result<Preset, PresetError> {
        let path = Path::new(name_or_path);
        if is_toml(path) || path.components().count() > 1 {
            return read(path);
        }
        let slug = normalised(name_or_path);
        if let Some(path) = self.user_file(&slug) {
            return read(&path);
        }
        let own = factory().into_iter().find(|preset| preset.slug == slug);
        own.ok_or_else(|| self.not_found(name_or_path, true))
    }

    /// Keeps settings under a name, from which the preset's slug and the file's name are made. Nothing is overwritten unless
    /// `overwrite` says so, and a factory preset never. The file is written beside its place and renamed into it.
    ///
    /// # Errors
    /// When the name makes no file name, is taken, or the file cannot be written.
    pub fn save(
        &self,
        name: &str,
        description: &str,
        settings: &ChainSettings,
        bounce: BounceTarget,
        overwrite: bool,
    ) -> Result<Preset, PresetError> {
        let slug = slug_from(name)?;
        let path = self.place_for(&slug, name, overwrite)?;
        let preset = Preset {
            slug: slug_of(&path),
            name: one_line(name),
            description: one_line(description),
            bounce,
            settings: *settings,
        };
        write_text(&path, &to_toml(&preset), overwrite)?;
        Ok(preset)
    }

    /// Gives one of the user's presets another name, and its file the name that goes with it; what else the file says stays as it was
    /// written, comments too.
    ///
    /// # Errors
    /// When it is no preset of the user's or its file is wrong, or as [`Self::save`].
    pub fn rename(&self, slug: &str, new_name: &str) -> Result<Preset, PresetError> {
        let from = self.own_file(slug)?;
        let new_slug = slug_from(new_name)?;
        let is_same_file = normalised(&slug_of(&from)) == new_slug;
        let to = if is_same_file { from.clone() } else { self.place_for(&new_slug, new_name, false)? };
        let text = read_text(&from)?;
        let origin = from.display().to_string();
        let preset = parse(&text, &slug_of(&to), &origin)?;
        write_text(&to, &crate::format::with_name(&text, &one_line(new_name), &origin)?, is_same_file)?;
        if !is_same_file {
            remove(&from)?;
            self.move_favourite(slug, Some(&new_slug));
        }
        Ok(Preset { name: one_line(new_name), ..preset })
    }

    /// Deletes one of the user's presets, a broken one too.
    ///
    /// # Errors
    /// When it is no preset of the user's, or its file cannot be removed.
    pub fn delete(&self, slug: &str) -> Result<(), PresetError> {
        remove(&self.own_file(slug)?)?;
        self.move_favourite(slug, None);
        Ok(())
    }

    /// The slugs that the user marked, in alphabetical order. A factory preset can be one.
    ///
    /// # Errors
    /// When the file that keeps them, `favourites.toml` beside the presets' folder, is wrong.
    pub fn favourites(&self) -> Result<Favourites, PresetError> {
        self.favourites_file().map_or_else(|_| Ok(Favourites::default()), |path| Favourites::read(&path))
    }

    /// Marks a preset, or takes the mark away.
    ///
    /// # Errors
    /// When there is no such preset, or the file cannot be read or written.
    pub fn set_favourite(&self, slug: &str, is_favourite: bool) -> Result<(), PresetError> {
        let normal = normalised(slug);
        let is_known = self.user_file(&normal).is_some() || is_factory(&normal);
        if is_favourite && !is_known {
            return Err(self.not_found(slug, true));
        }
        self.change_favourites(|favourites| {
            if is_favourite { favourites.insert(normal) } else { favourites.remove(&normal) }
        })
    }

    fn move_favourite(&self, slug: &str, to: Option<&str>) {
        let moved = self.change_favourites(|favourites| {
            let was_favourite = favourites.remove(&normalised(slug));
            if let (true, Some(to)) = (was_favourite, to) {
                favourites.insert(to.to_owned());
            }
            was_favourite
        });
        // A list that cannot be written keeps no preset from being renamed or deleted, and a mark without a preset does no harm.
        drop(moved);
    }

    /// Writes the favourites again if `change` says that it changed them.
    fn change_favourites(&self, change: impl FnOnce(&mut Favourites) -> bool) -> Result<(), PresetError> {
        let mut favourites = self.favourites()?;
        if !change(&mut favourites) {
            return Ok(());
        }
        let path = self.favourites_file()?;
        make_folder(path.parent())?;
        write_text(&path, &favourites.to_toml(), true)
    }

    fn favourites_file(&self) -> Result<PathBuf, PresetError> {
        Ok(self.some_folder()?.with_file_name("favourites.toml"))
    }

    fn some_folder(&self) -> Result<&Path, PresetError> {
        self.folder().ok_or(PresetError::NoFolder)
    }

    /// The slugs and paths of the user's presets, in order.
    fn user_files(&self) -> Vec<(String, PathBuf)> {
        let Some(entries) = self.folder().and_then(|folder| std::fs::read_dir(folder).ok()) else {
            return Vec::new();
        };
        let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
        let mut files: Vec<_> =
            paths.filter(|path| is_toml(path)).map(|path| (slug_of(&path), path)).collect();
        files.sort();
        files
    }

    fn user_file(&self, normal: &str) -> Option<PathBuf> {
        self.user_files().into_iter().find(|(slug, _)| normalised(slug) == normal).map(|(_, path)| path)
    }

    /// The file of a preset that may be changed.
    fn own_file(&self, slug: &str) -> Result<PathBuf, PresetError> {
        let normal = normalised(slug);
        self.user_file(&normal).ok_or_else(|| {
            if is_factory(&normal) {
                PresetError::Factory { name: slug.to_owned() }
            } else {
                self.not_found(slug, false)
            }
        })
    }

    /// Where a preset of this slug is written: over the one that has it already, if that is allowed, or a new file.
    fn place_for(&self, slug: &str, name: &str, overwrite: bool) -> Result<PathBuf, PresetError> {
        let folder = self.some_folder()?;
        if is_factory(slug) {
            return Err(PresetError::Factory { name: name.to_owned() });
        }
        let existing = self.user_file(slug);
        if existing.is_some() && !overwrite {
            return Err(PresetError::Taken { name: name.to_owned() });
        }
        make_folder(Some(folder))?;
        Ok(existing.unwrap_or_else(|| folder.join(format!("{slug}.toml"))))
    }

    fn not_found(&self, name: &str, with_factory: bool) -> PresetError {
        let mut known: Vec<String> = self.user_files().into_iter().map(|(slug, _)| slug).collect();
        if with_factory {
            known.extend(factory().into_iter().map(|preset| preset.slug));
        }
        PresetError::NotFound {
            name: name.to_owned(),
            nearest: nearest(&normalised(name), known.iter().map(String::as_str)),
            known: if known.is_empty() { "none".to_owned() } else { known.join(", ") },
        }
    }
}

fn is_factory(slug: &str) -> bool {
    factory().iter().any(|preset| preset.slug == slug)
}

/// What a name's file is called on every system: lower-case Latin letters, digits, dashes. Names are compared by it too, so without
/// regard to case, accents, and what stands between words.
fn normalised(name: &str) -> String {
    let mut slug = slug::slugify(name);
    slug.truncate(MAX_SLUG_LEN);
    slug.truncate(slug.trim_end_matches('-').len());
    // A device's name with something behind it is a name like any other.
    if DEVICES.contains(&&*slug) { format!("{slug}-preset") } else { slug }
}

fn slug_from(name: &str) -> Result<String, PresetError> {
    let slug = normalised(name);
    if slug.is_empty() { Err(PresetError::NoName { name: name.to_owned() }) } else { Ok(slug) }
}

/// A name or a description is one line, whatever was pasted into it.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn read(path: &Path) -> Result<Preset, PresetError> {
    parse(&read_text(path)?, &slug_of(path), &path.display().to_string())
}

pub(crate) fn read_text(path: &Path) -> Result<String, PresetError> {
    let unreadable = |source| PresetError::Unreadable { path: path.to_owned(), source };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let num_bytes = file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text).map_err(unreadable)?;
    if num_bytes as u64 > MAX_FILE_BYTES {
        return Err(unreadable(std::io::ErrorKind::FileTooLarge.into()));
    }
    Ok(text)
}

/// Writes a file beside its place and renames it into it, so that nobody sees it half written.
fn write_text(path: &Path, text: &str, overwrite: bool) -> Result<(), PresetError> {
    let unwritable = |source: std::io::Error| PresetError::Unwritable { path: path.to_owned(), source };
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut temp = tempfile::Builder::new().suffix(".tmp").tempfile_in(folder).map_err(unwritable)?;
    temp.write_all(text.as_bytes()).map_err(unwritable)?;
    temp.as_file().sync_all().map_err(unwritable)?;
    let placed = if overwrite { temp.persist(path) } else { temp.persist_noclobber(path) };
    placed.map(drop).map_err(|error| unwritable(error.error))
}

fn make_folder(folder: Option<&Path>) -> Result<(), PresetError> {
    let Some(folder) = folder else { return Ok(()) };
    let unwritable = |source| PresetError::Unwritable { path: folder.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(unwritable)
}

fn remove(path: &Path) -> Result<(), PresetError> {
    std::fs::remove_file(path).map_err(|source| PresetError::Unwritable { path: path.to_owned(), source })
}

fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "toml")
}

fn slug_of(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}
