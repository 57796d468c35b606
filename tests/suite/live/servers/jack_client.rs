//! A JACK client of the tests' own, in a child process, because a server is chosen by the environment.
//!
//! It plays a raw stereo file into lacquer's input, and keeps what lacquer sends meanwhile: both by the frame of the server's clock.

use super::Process;
use jack::{
    AudioIn, AudioOut, Client, ClientOptions, Control, NotificationHandler, Port, ProcessHandler,
    ProcessScope,
};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const PLAY: &str = "LACQUER_JACK_PLAY";
const KEEP: &str = "LACQUER_JACK_KEEP";

/// Starts the client against a server; it plays `signal` and ends. What it heard goes into `heard`, both as raw stereo.
pub(super) fn start(server: &str, signal: &Path, heard: &Path) -> Process {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "live::servers::jack_client::client", "--nocapture"]);
    command.env("JACK_DEFAULT_SERVER", server).env(PLAY, signal).env(KEEP, heard);
    Process::start(command.stdout(Stdio::null()).stderr(Stdio::null()))
}

/// Waits until the client has ended, and returns what it heard, interleaved.
pub(super) fn finish(mut client: Process, heard: &Path) -> Vec<f32> {
    let status = client.wait();
    assert!(status.success(), "the client ended with {status}");
    floats(&std::fs::read(heard).unwrap())
}

pub(super) fn write_raw(path: &Path, planes: &[Vec<f32>]) {
    let frames = (0..planes[0].len()).flat_map(|n| [planes[0][n], planes[1][n]]);
    let bytes: Vec<u8> = frames.flat_map(f32::to_le_bytes).collect();
    std::fs::write(path, bytes).unwrap();
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}

struct Tape {
    outs: [Port<AudioOut>; 2],
    ins: [Port<AudioIn>; 2],
    signal: Vec<f32>,
    heard: Vec<f32>,
    place: Arc<AtomicU64>,
    is_going: Arc<std::sync::atomic::AtomicBool>,
    done: std::sync::mpsc::Sender<Vec<f32>>,
}

impl ProcessHandler for Tape {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        let at = self.place.load(Ordering::Relaxed) as usize;
        let len = scope.n_frames() as usize;
        let is_going = self.is_going.load(Ordering::Acquire);
        for (c, out) in self.outs.iter_mut().enumerate() {
            for (n, sample) in out.as_mut_slice(scope).iter_mut().enumerate() {
                *sample =
                    if is_going { self.signal.get(2 * (at + n) + c).copied().unwrap_or(0.0) } else { 0.0 };
            }
        }
        if !is_going {
            return Control::Continue;
        }
        let [left, right] = &self.ins;
        let (left, right) = (left.as_slice(scope), right.as_slice(scope));
        for n in 0..len {
            if self.heard.len() < self.heard.capacity() {
                self.heard.extend([left[n], right[n]]);
            }
        }
        self.place.store((at + len) as u64, Ordering::Relaxed);
        if self.heard.len() >= self.heard.capacity() {
            // The end of the test: an allocation does no harm any more.
            let _ = self.done.send(std::mem::take(&mut self.heard));
            return Control::Quit;
        }
        Control::Continue
    }
}

struct Quiet;

impl NotificationHandler for Quiet {}

/// The child; by itself it has nothing to do.
#[test]
fn client() {
    let (Some(play), Some(keep)) = (std::env::var_os(PLAY), std::env::var_os(KEEP)) else { return };
    let signal = floats(&std::fs::read(play).unwrap());
    let (client, _) = Client::new("tape", ClientOptions::NO_START_SERVER).unwrap();
    let outs = ["out_l", "out_r"].map(|name| client.register_port(name, AudioOut::default()).unwrap());
    let ins = ["in_l", "in_r"].map(|name| client.register_port(name, AudioIn::default()).unwrap());
    let (done, heard) = std::sync::mpsc::channel();
    let is_going = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let tape = Tape {
        outs,
        ins,
        heard: Vec::with_capacity(signal.len()),
        signal,
        place: Arc::default(),
        is_going: Arc::clone(&is_going),
        done,
    };
    let active = client.activate_async(Quiet, tape).unwrap();
    let client = active.as_client();
    // lacquer's own ports: those that are neither ours nor the system's.
    let ports = |flags| {
        let all = client.ports(None, None, flags);
        let is_foreign = |name: &String| !name.starts_with("tape:") && !name.starts_with("system:");
        all.into_iter().filter(is_foreign).collect::<Vec<_>>()
    };
    let begin = Instant::now();
    let (their_ins, their_outs) = loop {
        let found = (ports(jack::PortFlags::IS_INPUT), ports(jack::PortFlags::IS_OUTPUT));
        if found.0.len() >= 2 && found.1.len() >= 2 {
            break found;
        }
        assert!(begin.elapsed() < Duration::from_secs(15), "{found:?}");
        std::thread::sleep(Duration::from_millis(20));
    };
    for (ours, theirs) in ["tape:out_l", "tape:out_r"].iter().zip(&their_ins) {
        client.connect_ports_by_name(ours, theirs).unwrap();
    }
    for (theirs, ours) in their_outs.iter().zip(["tape:in_l", "tape:in_r"]) {
        client.connect_ports_by_name(theirs, ours).unwrap();
    }
    std::thread::sleep(Duration::from_millis(500));
    is_going.store(true, Ordering::Release);
    let heard = heard.recv_timeout(Duration::from_secs(120)).unwrap();
    std::fs::write(keep, heard.iter().flat_map(|sample| sample.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
}
