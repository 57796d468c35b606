//! `lacquer live --headless`: a microphone through the chain, without a window, until it is told to end.

use crate::control::osc::Osc;
use crate::devices::{DeviceError, Hosts as _, SystemHosts};
use crate::engine::EngineSettings;
use crate::engine::control::Control;
use crate::engine::status::{Status, Weight};
use crate::play::num_channels;
use crate::record::{Format, What};
use crate::signals::Signals;
use crate::studio::{Board, PlayedFile, RecordWish, Recording, Studio, Transport};
use clap::ValueEnum;
use lacquer_dsp::processor::LatencyMode;
use lacquer_dsp::settings::ChainSettings;
use lacquer_dsp::telemetry::{MeterFrame, TelemetryReader};
use lacquer_offline::command::{Failure, complain, finish, say};
use lacquer_offline::encode::SampleFormat;
use lacquer_presets::Library;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How often signals and the end of the time are looked at.
const LOOK: Duration = Duration::from_millis(50);

/// What of the chain is recorded.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum RecordArg {
    /// Before the chain
    Input,
    /// After the chain
    Output,
    /// Two files, NAME-input and NAME-output
    Both,
}

/// How a sample is stored.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum BitsArg {
    #[value(name = "16")]
    Int16,
    #[value(name = "24")]
    Int24,
    #[value(name = "32f")]
    Float32,
}

/// Short latency or the better sound.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum ModeArg {
    /// At most 3 ms for the chain without noise removal
    Live,
    /// Linear-phase bands and long look-ahead
    Quality,
}

/// Masters what a microphone hears, while it hears it.
#[derive(Debug, clap::Args)]
pub struct LiveArgs {
    /// Open no window: print a line of figures each second. Without it the window opens on these devices
    #[arg(long)]
    headless: bool,
    /// The audio system, of those that were built in: alsa, pulseaudio, coreaudio, wasapi, jack (`--features jack`) [default: what the
    /// machine prefers]
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// Name or id of the input, see `lacquer devices` [default: the system's]
    #[arg(long, value_name = "NAME")]
    input: Option<String>,
    /// Name or id of the output [default: the system's]
    #[arg(long, value_name = "NAME")]
    output: Option<String>,
    /// Which one or two channels of the input are heard, counted from 1, such as 1 or 3,4
    #[arg(long, value_name = "N[,N]", value_delimiter = ',')]
    input_channels: Option<Vec<u16>>,
    /// Sample rate of output and chain in Hz [default: what the output is set to]
    #[arg(long, value_name = "HZ", value_parser = clap::value_parser!(u32).range(8000..=384_000))]
    rate: Option<u32>,
    /// Frames in a callback, 32 to 4096 [default: what the system chooses]
    #[arg(long, value_name = "FRAMES", value_parser = clap::value_parser!(u32).range(32..=4096))]
    buffer: Option<u32>,
    /// A preset's name (see `lacquer presets`) or the path of a preset file; SIGHUP reads it again [default: voice]
    #[arg(long, short, requires = "headless")]
    preset: Option<String>,
    /// Short latency or the better sound [default: live]
    #[arg(long, value_enum, requires = "headless")]
    mode: Option<ModeArg>,
    /// Send silence to the output: for recording alone
    #[arg(long, requires = "headless")]
    muted: bool,
    /// The output is no loudspeaker: keep sending whatever the input hears. Otherwise a howl closes the monitors until SIGHUP or
    /// /lacquer/monitor 1 over OSC opens them again
    #[arg(long, requires = "headless")]
    no_guard: bool,
    /// Play this file through the chain instead of an input
    #[arg(long, value_name = "FILE", requires = "headless", conflicts_with_all = ["input", "input_channels"])]
    play: Option<PathBuf>,
    /// Record into this WAV or FLAC file
    #[arg(long, value_name = "FILE", requires = "headless")]
    record: Option<PathBuf>,
    /// What is recorded
    #[arg(long, value_enum, default_value = "output", requires = "record")]
    record_what: RecordArg,
    /// Bits of a recorded sample [default: 24]
    #[arg(long, value_enum, requires = "record")]
    bits: Option<BitsArg>,
    /// Take parameters over OSC on this UDP port, from this machine alone: /lacquer/limiter/ceiling_dbtp -1.0
    #[arg(long, value_name = "PORT", requires = "headless")]
    osc: Option<u16>,
    /// Take them from other machines too
    #[arg(long, requires = "osc")]
    osc_open: bool,
    /// End after so many seconds of sound [default: at Ctrl-C]
    #[arg(long, value_name = "N", requires = "headless")]
    seconds: Option<f64>,
    /// Print a JSON object a second instead of a line of text
    #[arg(long, requires = "headless")]
    json: bool,
}

/// Runs the command.
#[must_use]
pub fn live(args: &LiveArgs) -> ExitCode {
    if args.headless { finish(run(args)) } else { super::window(Some(&engine_settings(args))) }
}

fn run(args: &LiveArgs) -> Result<(), Failure> {
    let settings = preset_settings(args)?;
    if args.seconds.is_some_and(|seconds| seconds.is_nan() || seconds <= 0.0) {
        return Err(Failure::usage("--seconds: expected more than 0"));
    }
    if let Some(path) = &args.play {
        num_channels(path).map_err(Failure::not_done)?;
    }
    if let Some(Err(error @ DeviceError::NoHost { .. })) =
        args.host.as_deref().map(|name| SystemHosts.open(Some(name)))
    {
        // What was not built in does not come with time, as a server does.
        let hint =
            if cfg!(feature = "jack") { "" } else { " (JACK's is there when built with `--features jack`)" };
        return Err(Failure::usage(format_args!("--host: {error}{hint}")));
    }
    let record = args.record.as_deref().map(|path| record_wish(args, path)).transpose()?;
    let control = Control {
        settings,
        latency_mode: match args.mode {
            Some(ModeArg::Quality) => LatencyMode::Quality,
            Some(ModeArg::Live) | None => LatencyMode::Live,
        },
        is_monitoring: !args.muted,
        is_guarding: !args.no_guard,
        ..Control::default()
    };
    let engine = engine_settings(args);
    let signals = Signals::listen();
    let mut studio = Studio::new(engine, control);
    let listener = args.osc.map(|port| Osc::listen(port, args.osc_open, studio.store()));
    // It listens until the audio has ended.
    let _listener =
        listener.transpose().map_err(|e| Failure::not_done(format!("--osc: the port cannot be had: {e}")))?;
    if let Some(wish) = record {
        studio.record(wish);
    }
    if let Some(path) = &args.play {
        studio.open_file(path);
        studio.transport(Transport::Play);
    }
    studio.start();
    let outcome = Desk { args, signals, telemetry: None, num_lines: 0, end_frame: None }.watch(&studio);
    studio.finish();
    let mut board = studio.board();
    let said = tell_notices(&mut board, args.json).and_then(|()| tell_recordings(&board, args.json));
    outcome.and(said).and_then(|()| judge(args, &board))
}

/// Whether everything was done that was asked for.
fn judge(args: &LiveArgs, board: &Board) -> Result<(), Failure> {
    if board.num_failed_recordings > 0 || board.file.as_ref().is_some_and(|file| file.has_failed) {
        return Err(Failure::Told);
    }
    if args.record.is_some() && board.finished.is_empty() {
        return Err(Failure::not_done("--record: nothing was recorded: no audio ran"));
    }
    Ok(())
}

fn engine_settings(args: &LiveArgs) -> EngineSettings {
    EngineSettings {
        host: args.host.clone(),
        input: args.input.clone(),
        output: args.output.clone(),
        sample_rate_hz: args.rate,
        buffer_frames: args.buffer,
        input_channels: args.input_channels.clone(),
    }
}

fn preset_settings(args: &LiveArgs) -> Result<ChainSettings, Failure> {
    let name = args.preset.as_deref().unwrap_or("voice");
    Ok(Library::user().load(name).map_err(Failure::usage)?.settings)
}

fn record_wish(args: &LiveArgs, path: &Path) -> Result<RecordWish, Failure> {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    let format = match (extension.as_deref(), args.bits) {
        (Some("wav"), bits) => Format::Wav(match bits {
            Some(BitsArg::Int16) => SampleFormat::Int16,
            Some(BitsArg::Float32) => SampleFormat::Float32,
            Some(BitsArg::Int24) | None => SampleFormat::Int24,
        }),
        (Some("flac"), Some(BitsArg::Float32)) => {
            return Err(Failure::usage("--bits 32f: FLAC holds integers; expected 16 or 24, or a WAV file"));
        }
        (Some("flac"), Some(BitsArg::Int16)) => Format::Flac { bits: 16 },
        (Some("flac"), _) => Format::Flac { bits: 24 },
        _ => {
            let words = format!("--record {}: expected a name that ends in .wav or .flac", path.display());
            return Err(Failure::usage(words));
        }
    };
    let what = match args.record_what {
        RecordArg::Input => What::Input,
        RecordArg::Output => What::Output,
        RecordArg::Both => What::Both,
    };
    Ok(RecordWish { path: path.to_owned(), what, format })
}

/// Watches over a studio and tells of it.
struct Desk<'a> {
    args: &'a LiveArgs,
    signals: Signals,
    telemetry: Option<TelemetryReader>,
    num_lines: u64,
    /// What has gone out when the last of the file has, in frames.
    end_frame: Option<u64>,
}

impl Desk<'_> {
    fn watch(&mut self, studio: &Studio) -> Result<(), Failure> {
        let begin = Instant::now();
        while !self.signals.end.load(Ordering::Acquire) {
            std::thread::sleep(LOOK);
            if self.signals.reload.swap(false, Ordering::AcqRel) {
                self.reload(studio);
            }
            tell_notices(&mut studio.board(), self.args.json)?;
            let is_over = self.is_over(&studio.board());
            if begin.elapsed().as_secs() > self.num_lines || is_over {
                self.num_lines = begin.elapsed().as_secs();
                self.tell(studio)?;
            }
            if is_over {
                break;
            }
        }
        Ok(())
    }

    /// Whether enough was heard, or the file has come to its end.
    fn is_over(&mut self, board: &Board) -> bool {
        let status = &board.status;
        let Some(seconds) = self.args.seconds else {
            return board.file.as_ref().is_some_and(|file| file.has_failed || self.is_played(file, status));
        };
        let heard_s = status.totals.num_frames as f64 / f64::from(status.sample_rate_hz.max(1));
        status.is_running && heard_s >= seconds
    }

    /// Whether the last of a file has come out of the chain: it went in a latency before, in a callback that may not be counted yet.
    fn is_played(&mut self, file: &PlayedFile, status: &Status) -> bool {
        if !file.is_at_end {
            return false;
        }
        let latency_ms = status.latency.chain_ms + status.latency.output_ms;
        let latency_frames = (latency_ms * f64::from(status.sample_rate_hz) / 1e3).ceil() as u64;
        let num_frames = status.totals.num_frames;
        let end_frame = *self.end_frame.get_or_insert(num_frames + latency_frames);
        // Without a device nothing more will come.
        num_frames >= end_frame || !status.is_running
    }

    /// Reads the preset again. Whoever asks for that is there, and hears whether it howls: monitors that a howl closed are opened.
    fn reload(&self, studio: &Studio) {
        studio.store().change(|control| control.num_guard_resets += 1);
        match preset_settings(self.args) {
            Ok(settings) => studio.store().change(|control| control.settings = settings),
            Err(error) => complain(format!("{error}; the settings stay as they are")),
        }
    }

    fn tell(&mut self, studio: &Studio) -> Result<(), Failure> {
        let (status, recording) = {
            let mut board = studio.board();
            if let Some(telemetry) = board.telemetry.take() {
                self.telemetry = Some(telemetry);
            }
            (board.status.clone(), board.recording.clone())
        };
        let (meters, peaks) = self.telemetry.as_mut().map_or_else(Default::default, |telemetry| {
            telemetry.history().for_each(drop);
            telemetry.events().for_each(drop);
            telemetry.samples(|_| ());
            (*telemetry.newest(), telemetry.take_peaks())
        });
        let peak_dbfs = |side: usize| 20.0 * peaks[side].into_iter().fold(0.0, f32::max).max(1e-9).log10();
        let recording_state = recording.as_ref().map(state_word);
        let recorded = recording.and_then(|recording| recording.status);
        if self.args.json {
            return say(json!({
                "status": status,
                "latency_ms": status.latency.total_ms(),
                "input_peak_dbfs": peak_dbfs(0),
                "output_peak_dbfs": peak_dbfs(1),
                "momentary_lufs": meters.output.momentary_lufs.map(|lufs| lufs.0),
                "integrated_lufs": meters.output.integrated_lufs.map(|lufs| lufs.0),
                "true_peak_dbtp": meters.output.true_peak_dbtp.map(|dbtp| dbtp.0),
                "num_damaged_samples": meters.num_damaged_samples,
                "recording_state": recording_state,
                "recorded_frames": recorded.as_ref().map(|status| status.num_frames),
                "lost_frames": recorded.as_ref().map(|status| status.num_lost_frames),
            }));
        }
        let recorded = recorded.map(|recorded| {
            let failed = if recording_state == Some("failed") { ", FAILED" } else { "" };
            format!(" | rec {:.0} s{failed}", recorded.seconds())
        });
        say(format!(
            "{}{}",
            line(&status, &meters, [peak_dbfs(0), peak_dbfs(1)]),
            recorded.unwrap_or_default()
        ))
    }
}

/// What a recording is doing, in a word.
fn state_word(recording: &Recording) -> &'static str {
    match &recording.status {
        _ if recording.has_failed => "failed",
        None => "waiting",
        Some(_) => "running",
    }
}

/// One line of figures.
fn line(status: &Status, meters: &MeterFrame, peaks_dbfs: [f32; 2]) -> String {
    if !status.is_running {
        return if status.is_waiting { "waiting for the device".to_owned() } else { "stopped".to_owned() };
    }
    let figure = |value: Option<f64>| {
        value.filter(|value| value.is_finite()).map_or("-".to_owned(), |v| format!("{v:.1}"))
    };
    let seconds = status.totals.num_frames / u64::from(status.sample_rate_hz.max(1));
    let totals = &status.totals;
    format!(
        "{:02}:{:02}:{:02}  in {:.1} dBFS  out {:.1} dBFS, {} LUFS, whole {} LUFS | latency {:.1} ms, load {:.0} % (most {:.0} %) | \
         xruns {}, missing {}, dropped {} | drift {:+.1} ppm{}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        peaks_dbfs[0],
        peaks_dbfs[1],
        figure(meters.output.momentary_lufs.map(|lufs| lufs.0)),
        figure(meters.output.integrated_lufs.map(|lufs| lufs.0)),
        status.latency.total_ms(),
        status.load_percent,
        status.longest_load_percent,
        totals.num_xruns,
        totals.num_missing_frames,
        totals.num_dropped_frames,
        status.drift_ppm,
        match (status.is_loop, status.is_guarded) {
            (true, _) => " | MONITORS CLOSED: the input is the output",
            (false, true) => " | MONITORS CLOSED BY A HOWL: SIGHUP opens them",
            (false, false) => "",
        },
    )
}

fn tell_notices(board: &mut Board, is_json: bool) -> Result<(), Failure> {
    for notice in board.notices.drain(..) {
        if is_json {
            say(json!({ "notice": notice }))?;
        } else if notice.weight == Weight::Info {
            say(notice)?;
        } else {
            complain(notice);
        }
    }
    Ok(())
}

fn tell_recordings(board: &Board, is_json: bool) -> Result<(), Failure> {
    for path in &board.finished {
        if is_json {
            say(json!({ "recorded": path }))?;
        } else {
            say(format!("{} is recorded", path.display()))?;
        }
    }
    Ok(())
}
