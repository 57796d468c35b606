//! Open Sound Control 1.0 over UDP: every parameter has an address, and takes a number in its own unit or the words that the command
//! line takes.
//!
//! ```text
//! /lacquer/limiter/ceiling_dbtp  -1.0        as the parameter's id, with slashes
//! /lacquer/limiter/character     "loud"      words where it has words
//! /lacquer/monitor               1           the monitors: 0 or 1, which opens them after a howl too
//! /lacquer/bypass                0           the input instead of the output
//! ```

use crate::engine::control::Store;
use lacquer_dsp::param::Param;
use lacquer_dsp::params;
use rosc::{OscMessage, OscPacket, OscType, decoder};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

const PREFIX: &str = "/lacquer/";

/// How often the end is looked for.
const LOOK: Duration = Duration::from_millis(100);

/// The longest datagram that is looked at. Bundles in bundles and lists in lists are taken apart by calls within calls, as many as a
/// datagram has room for: for the most that these bytes can ask for there is room on the stack.
const MAX_BYTES: usize = 8192;
const STACK_BYTES: usize = 16 << 20;

/// A listener; dropping it ends it.
pub struct Osc {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    num_refused: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Osc {
    /// Listens on a port of this machine, for messages of this machine alone unless `is_open` to others; port 0 takes a free one.
    ///
    /// # Errors
    /// When the port is taken or not allowed.
    ///
    /// # Panics
    /// When the system gives no thread.
    pub fn listen(port: u16, is_open: bool, store: &Arc<Store>) -> io::Result<Self> {
        let host = if is_open { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
        let socket = UdpSocket::bind((host, port))?;
        socket.set_read_timeout(Some(LOOK))?;
        let address = socket.local_addr()?;
        let (is_over, num_refused) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (over, refused, store) = (Arc::clone(&is_over), Arc::clone(&num_refused), Arc::clone(store));
        let thread = std::thread::Builder::new().name("lacquer-osc".to_owned()).stack_size(STACK_BYTES);
        let thread = thread.spawn(move || {
            // What is longer is cut off there, and seen to be.
            let mut bytes = vec![0; MAX_BYTES + 1];
            while !over.load(Ordering::Acquire) {
                // A timeout looks for the end; any other fault of a datagram concerns that datagram alone.
                let Ok(len) = socket.recv(&mut bytes) else { continue };
                let packet = (len <= MAX_BYTES).then(|| decoder::decode_udp(&bytes[..len]).ok()).flatten();
                let num_refused = packet.map_or(1, |(_, packet)| obey(&packet, &store));
                refused.fetch_add(num_refused, Ordering::Relaxed);
            }
        });
        let thread = Some(thread.expect("the system gives a thread"));
        Ok(Self { address, is_over, num_refused, thread })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Messages that meant nothing, or were out of range.
    #[must_use]
    pub fn num_refused(&self) -> u64 {
        self.num_refused.load(Ordering::Relaxed)
    }
}

impl Drop for Osc {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // One that panicked has nothing left to end.
            let _ = thread.join();
        }
    }
}

/// Does what a packet asks, and returns how much of it could not be done.
fn obey(packet: &OscPacket, store: &Store) -> u64 {
    match packet {
        OscPacket::Message(message) => u64::from(!obey_message(message, store)),
        OscPacket::Bundle(bundle) => bundle.content.iter().map(|packet| obey(packet, store)).sum(),
    }
}

fn obey_message(message: &OscMessage, store: &Store) -> bool {
    let (Some(name), [value]) = (message.addr.strip_prefix(PREFIX), message.args.as_slice()) else {
        return false;
    };
    if let Some(is_on) = number(value).map(|number| number >= 0.5) {
        match name {
            "monitor" => {
                store.change(
                    |control| if is_on { control.open_monitors() } else { control.is_monitoring = false },
                );
                return true;
            }
            "bypass" => {
                store.change(|control| control.listening.bypass = is_on);
                return true;
            }
            _ => {}
        }
    }
    let Ok(param) = params::find(&name.replace('/', ".")) else { return false };
    let Some(value) = value_of(param, value) else { return false };
    let mut is_set = false;
    store.change(|control| is_set = param.set(&mut control.settings, value).is_ok());
    is_set
}

fn number(value: &OscType) -> Option<f64> {
    match value {
        OscType::Float(value) => Some(f64::from(*value)),
        OscType::Double(value) => Some(*value),
        OscType::Int(value) => Some(f64::from(*value)),
        OscType::Long(value) => Some(*value as f64),
        OscType::Bool(value) => Some(f64::from(u8::from(*value))),
        _ => None,
    }
}

fn value_of(param: &Param, value: &OscType) -> Option<f64> {
    match value {
        OscType::String(words) => param.from_text(words).ok(),
        value => number(value),
    }
}
