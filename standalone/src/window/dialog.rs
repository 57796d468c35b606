//! The system's dialogs for files and folders, on a thread of their own: the window goes on being drawn while one is open.
//!
//! On Linux the desktop's portal shows them, or zenity where there is none; both are looked for when they are needed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The ends of the names of what can be played.
const EXTENSIONS: [&str; 6] = ["wav", "wave", "flac", "mp3", "ogg", "oga"];

/// Nobody reads a dialog and closes it within this time: where nothing was chosen so soon there was none.
const SOONEST: Duration = Duration::from_millis(250);

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// A file to play, first looked for in this folder.
    File(Option<PathBuf>),
    /// The folder for recordings, which is this one now.
    Folder(PathBuf),
}

/// Shows a dialog and waits for its end; none when nothing was chosen.
pub type Ask = Arc<dyn Fn(&Question) -> Option<PathBuf> + Send + Sync>;

/// What came of a dialog.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    File(PathBuf),
    Folder(PathBuf),
    Nothing,
    /// The system has no dialogs.
    Silence,
}

/// A dialog that is open.
struct Dialog {
    question: Question,
    begin: Instant,
    thread: JoinHandle<Option<PathBuf>>,
}

/// The dialogs of a window, one at a time.
pub(super) struct Dialogs {
    ask: Ask,
    open: Option<Dialog>,
}

impl Default for Dialogs {
    fn default() -> Self {
        Self::new(Arc::new(ask_the_system))
    }
}

impl Dialogs {
    pub(super) fn new(ask: Ask) -> Self {
        Self { ask, open: None }
    }

    /// Whether one is open.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Opens one, unless one is open.
    ///
    /// # Panics
    /// When the system gives no thread.
    pub(super) fn ask(&mut self, question: Question) {
        if self.is_open() {
            return;
        }
        let (ask, asked) = (Arc::clone(&self.ask), question.clone());
        let thread = std::thread::Builder::new().name("lacquer-dialog".to_owned());
        let thread = thread.spawn(move || ask(&asked)).expect("the system gives a thread");
        self.open = Some(Dialog { question, begin: Instant::now(), thread });
    }

    /// What came of the one that was open, when it is closed.
    pub(super) fn answer(&mut self) -> Option<Answer> {
        let dialog = self.open.take_if(|dialog| dialog.thread.is_finished())?;
        // A dialog that panicked chose nothing.
        let chosen = dialog.thread.join().ok().flatten();
        Some(match (chosen, dialog.question) {
            (Some(path), Question::File(_)) => Answer::File(path),
            (Some(path), Question::Folder(_)) => Answer::Folder(path),
            (None, _) if dialog.begin.elapsed() < SOONEST => Answer::Silence,
            (None, _) => Answer::Nothing,
        })
    }
}

/// Asks by the system's own dialogs.
fn ask_the_system(question: &Question) -> Option<PathBuf> {
    let dialog = rfd::FileDialog::new();
    let starting = |dialog: rfd::FileDialog, folder: &Path| match folder.is_dir() {
        true => dialog.set_directory(folder),
        false => dialog,
    };
    match question {
        Question::File(folder) => {
            let dialog = dialog.set_title("A file to play").add_filter("Audio", &EXTENSIONS);
            starting(dialog, folder.as_deref().unwrap_or(Path::new(""))).pick_file()
        }
        Question::Folder(folder) => {
            starting(dialog.set_title("A folder for recordings"), folder).pick_folder()
        }
    }
}
