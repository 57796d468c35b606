//! The open file, mastered from the window: on a thread of its own, with progress, and to be cancelled.

use lacquer_dsp::settings::ChainSettings;
use lacquer_offline::encode::{OutputFormat, SampleFormat};
use lacquer_offline::master::{Job, Order, master};
use lacquer_offline::progress::Progress;
use lacquer_presets::{BounceTarget, Preset};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

#[derive(Default)]
struct Shared {
    /// What is being done, and the share of it that is done.
    step: Mutex<(String, Option<f64>)>,
    is_cancelled: AtomicBool,
    outcome: Mutex<Option<String>>,
}

/// One that goes on. Dropping it cancels it and waits for its end: a process that ends sooner would leave its temporary file.
pub(super) struct Bounce {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Plain data: whoever panicked while holding it left nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `song.flac` becomes `song-master.wav`, or the first of that name with a number that is free.
fn output_beside(input: &Path) -> PathBuf {
    let stem = input.file_stem().unwrap_or_default().to_string_lossy();
    let named = |number: u32| match number {
        1 => input.with_file_name(format!("{stem}-master.wav")),
        _ => input.with_file_name(format!("{stem}-master-{number}.wav")),
    };
    (1..).map(named).find(|path| !path.exists()).expect("some number is free")
}

impl Bounce {
    /// Begins to master `input` with these settings, to this loudness.
    ///
    /// # Panics
    /// When the system gives no thread.
    pub(super) fn start(input: &Path, settings: &ChainSettings, target_lufs: f64) -> Self {
        let mut settings = *settings;
        // It is solved for.
        settings.loudness.gain_db = 0.0;
        let preset = Preset {
            slug: "window".to_owned(),
            name: "As in the window".to_owned(),
            description: String::new(),
            bounce: BounceTarget { output_lufs: Some(target_lufs), ..BounceTarget::default() },
            settings,
        };
        let order = Order { preset, assist: None, dither: None, best_effort: false, dual_mono: false };
        let job = Job {
            input: input.to_owned(),
            output: output_beside(input),
            order,
            format: OutputFormat::Wav(SampleFormat::Int24),
            overwrite: false,
        };
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("lacquer-bounce".to_owned());
        let thread = thread.spawn(move || *lock(&theirs.outcome) = Some(run(&job, &theirs)));
        Self { shared, thread: Some(thread.expect("the system gives a thread")) }
    }

    /// What is being done, and the share of it that is done.
    pub(super) fn step(&self) -> (String, Option<f64>) {
        lock(&self.shared.step).clone()
    }

    /// It is no longer wanted; nothing half done will be left.
    pub(super) fn cancel(&self) {
        self.shared.is_cancelled.store(true, Ordering::Relaxed);
    }

    /// What came of it, once it has ended.
    pub(super) fn outcome(&self) -> Option<String> {
        let has_ended = self.thread.as_ref().is_none_or(JoinHandle::is_finished);
        let outcome = lock(&self.shared.outcome).clone();
        outcome.or_else(|| has_ended.then(|| "a fault of ours ended the bounce: please report it".to_owned()))
    }
}

impl Drop for Bounce {
    fn drop(&mut self) {
        self.cancel();
        if let Some(thread) = self.thread.take() {
            // One that panicked has nothing left to end.
            let _ = thread.join();
        }
    }
}

fn run(job: &Job, shared: &Shared) -> String {
    let on_step = |step: &str, share: Option<f64>| *lock(&shared.step) = (step.to_owned(), share);
    match master(job, &Progress { on_step: &on_step, cancelled: &shared.is_cancelled }) {
        Ok(report) => {
            let figures = &report.output.figures;
            let figure = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
            format!(
                "{} is mastered: {} LUFS, {} dBTP",
                job.output.display(),
                figure(figures.integrated_lufs),
                figure(figures.true_peak_dbtp)
            )
        }
        Err(error) => error.to_string(),
    }
}
