//! What the header knows: the preset that is loaded, the steps of the other of A and B, and what the user was told.

use crate::assistant::Assistant;
use crate::desk::Desk;
use crate::history::History;
use crate::other::Other;
use crate::view::View;
use lacquer_presets::{BounceTarget, Entry, Library, Preset, PresetError};

/// The header's memory.
pub struct Deck {
    pub(super) library: Library,
    /// What the library has, as it was last looked through; none: not yet.
    entries: Option<Vec<Entry>>,
    loaded: Option<Preset>,
    /// The undo of the one of A and B that is not heard; its settings are the view's.
    other_history: History,
    /// What the host had to say and nobody put away.
    pub(super) notices: Vec<String>,
    pub(super) browser: super::browser::Browser,
    pub(super) assistant: Assistant,
    pub(super) is_assistant_open: bool,
}

impl Default for Deck {
    fn default() -> Self {
        Self::new(Library::user())
    }
}

impl Deck {
    /// One whose presets are those of `library`.
    #[must_use]
    pub fn new(library: Library) -> Self {
        Self {
            library,
            entries: None,
            loaded: None,
            other_history: History::default(),
            notices: Vec::new(),
            browser: super::browser::Browser::default(),
            assistant: Assistant::default(),
            is_assistant_open: false,
        }
    }

    /// Another session was loaded: nothing of the last can be taken back.
    pub(crate) fn restore(&mut self) {
        self.other_history = History::default();
    }

    /// Everything that the library has.
    pub(super) fn entries(&mut self) -> &[Entry] {
        self.entries.get_or_insert_with(|| self.library.all())
    }

    /// Looks into the folders again: another window may have saved a preset.
    pub(super) fn look_again(&mut self) {
        self.entries = None;
    }

    /// The preset that the settings came from, which the view remembers over sessions.
    pub(super) fn loaded(&mut self, view: &mut View) -> Option<&Preset> {
        let slug = view.preset.as_ref()?;
        if self.loaded.as_ref().is_none_or(|loaded| loaded.slug != *slug) {
            self.loaded = self.library.load(slug).ok();
            // One that is no longer there is not looked for at every frame.
            if self.loaded.is_none() {
                view.preset = None;
            }
        }
        self.loaded.as_ref()
    }

    /// Brings the chain to a preset, and the target to what it aims at.
    pub(super) fn load(&mut self, desk: &mut Desk<'_>, view: &mut View, preset: &Preset) {
        desk.apply(&preset.settings, "Preset");
        if let Some(output_lufs) = preset.bounce.output_lufs {
            view.target_lufs = output_lufs;
            view.target_peak_dbtp = preset.settings.limiter.ceiling_dbtp;
        }
        self.took(view, preset.clone());
    }

    fn took(&mut self, view: &mut View, preset: Preset) {
        view.preset = Some(preset.slug.clone());
        self.loaded = Some(preset);
    }

    /// Loads the next preset of the list, or the one before.
    pub(super) fn load_neighbour(&mut self, desk: &mut Desk<'_>, view: &mut View, is_next: bool) {
        let slug = view.preset.clone();
        let all: Vec<&Preset> =
            self.entries().iter().filter_map(|entry| entry.preset.as_ref().ok()).collect();
        if all.is_empty() {
            return;
        }
        let place = slug.and_then(|slug| all.iter().position(|preset| preset.slug == slug));
        let next = match (place, is_next) {
            (None, _) => 0,
            (Some(place), true) => (place + 1) % all.len(),
            (Some(place), false) => (place + all.len() - 1) % all.len(),
        };
        let preset = all[next].clone();
        self.load(desk, view, &preset);
    }

    /// Keeps the settings as a preset of the user's.
    pub(super) fn save(
        &mut self,
        desk: &Desk<'_>,
        view: &mut View,
        [name, description]: [&str; 2],
        overwrite: bool,
    ) -> Result<(), PresetError> {
        let bounce = self.loaded(view).map_or_else(BounceTarget::default, |preset| preset.bounce);
        let bounce = BounceTarget { output_lufs: Some(view.target_lufs), ..bounce };
        let preset = self.library.save(name, description, desk.settings(), bounce, overwrite)?;
        self.took(view, preset);
        self.look_again();
        Ok(())
    }

    /// Renames one of the user's presets.
    pub(super) fn rename(&mut self, view: &mut View, slug: &str, name: &str) -> Result<String, PresetError> {
        let preset = self.library.rename(slug, name)?;
        let new_slug = preset.slug.clone();
        if view.preset.as_deref() == Some(slug) {
            self.took(view, preset);
        }
        self.look_again();
        Ok(new_slug)
    }

    /// Deletes one of the user's presets. The settings stay as they are.
    pub(super) fn delete(&mut self, view: &mut View, slug: &str) -> Result<(), PresetError> {
        self.library.delete(slug)?;
        if view.preset.as_deref() == Some(slug) {
            (view.preset, self.loaded) = (None, None);
        }
        self.look_again();
        Ok(())
    }

    /// Hears the other of A and B. Until it was changed it is what was heard when it was first gone to.
    pub(super) fn switch(&mut self, desk: &mut Desk<'_>, view: &mut View) {
        let heard = Other::new(desk.settings(), view.preset.clone());
        let other = view.other.replace(heard.clone()).unwrap_or(heard);
        desk.exchange(&other.settings(), &mut self.other_history);
        view.preset = other.preset;
        view.is_b = !view.is_b;
    }

    /// Makes the other what is heard now; there it is a step that can be taken back.
    pub(super) fn copy_to_other(&mut self, desk: &Desk<'_>, view: &mut View) {
        let before = view.other.as_ref().map_or(*desk.settings(), Other::settings);
        self.other_history.begin(&before, "Copy");
        self.other_history.end(desk.settings());
        view.other = Some(Other::new(desk.settings(), view.preset.clone()));
    }
}
