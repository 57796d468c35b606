//! OSC from another project's client.

use crate::programs::run;
use lacquer::control::osc::Osc;
use lacquer::engine::control::{Control, Store, store};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn wait_until(store: &Store, what: &str, is_so: impl Fn(&Control) -> bool) {
    let begin = Instant::now();
    while !is_so(&store.get()) {
        assert!(begin.elapsed() < Duration::from_secs(5), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn osc_moves_parameters_and_refuses_what_it_does_not_know() {
    let (store, _reading) = store(Control::default());
    let store = Arc::new(store);
    let osc = Osc::listen(0, false, &store).unwrap();
    assert!(osc.address().ip().is_loopback());
    let port = osc.address().port().to_string();
    let send = |args: &[&str]| {
        run("oscsend", "liblo-tools", &[&["127.0.0.1", &port], args].concat());
    };
    send(&["/lacquer/limiter/ceiling_dbtp", "f", "-2.5"]);
    wait_until(&store, "a number", |control| control.settings.limiter.ceiling_dbtp == -2.5);
    send(&["/lacquer/limiter/character", "s", "loud"]);
    let character = lacquer_dsp::params::find("limiter.character").unwrap();
    let loud = character.from_text("loud").unwrap();
    wait_until(&store, "a word", |control| character.get(&control.settings) == loud);
    send(&["/lacquer/monitor", "i", "1"]);
    wait_until(&store, "the monitors", |control| control.is_monitoring && control.num_guard_resets == 1);
    send(&["/lacquer/bypass", "T"]);
    wait_until(&store, "the bypass", |control| control.listening.bypass);
    let before = store.get();
    for wrong in [
        &["/lacquer/limiter/nonsense", "f", "1"][..],
        &["/lacquer/limiter/ceiling_dbtp", "f", "99"],
        &["/lacquer/limiter/ceiling_dbtp", "s", "much"],
        &["/lacquer/limiter/ceiling_dbtp"],
        &["/other", "f", "1"],
    ] {
        send(wrong);
    }
    // What is no OSC at all.
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.send_to(b"nonsense", osc.address()).unwrap();
    let begin = Instant::now();
    while osc.num_refused() < 6 {
        assert!(begin.elapsed() < Duration::from_secs(5), "{} of 6 were refused", osc.num_refused());
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(store.get(), before);
}

/// A packet that holds packets, or a list that holds lists, is taken apart step by step; nobody's datagram may ask for too many.
#[test]
fn a_datagram_of_a_thousand_nestings_is_refused() {
    let (store, _reading) = store(Control::default());
    let store = Arc::new(store);
    let osc = Osc::listen(0, false, &store).unwrap();
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut num_sent = 0;
    for max_bytes in [8000_usize, 60_000] {
        for datagram in [nested_bundles(max_bytes), nested_arrays(max_bytes)] {
            socket.send_to(&datagram, osc.address()).unwrap();
            num_sent += 1;
        }
    }
    let begin = Instant::now();
    while osc.num_refused() < num_sent {
        assert!(begin.elapsed() < Duration::from_secs(5), "{} of {num_sent} were refused", osc.num_refused());
        std::thread::sleep(Duration::from_millis(5));
    }
    // It still listens.
    socket.send_to(b"/lacquer/monitor\0\0\0\0,i\0\0\0\0\0\x01", osc.address()).unwrap();
    wait_until(&store, "the monitors", |control| control.is_monitoring);
}

/// Bundles in bundles, each with its length, around a message that is none of ours.
fn nested_bundles(max_bytes: usize) -> Vec<u8> {
    let mut packet = b"/no\0,\0\0\0".to_vec();
    while packet.len() + 20 <= max_bytes {
        let len = (packet.len() as u32).to_be_bytes();
        packet = [b"#bundle\0\0\0\0\0\0\0\0\x01", &len[..], &packet].concat();
    }
    packet
}

/// A message whose one argument is a list in a list in a list.
fn nested_arrays(max_bytes: usize) -> Vec<u8> {
    let depth = (max_bytes - 24) / 2;
    let tags = [",", &"[".repeat(depth), &"]".repeat(depth)].concat();
    let mut packet = b"/lacquer/monitor\0\0\0\0".to_vec();
    packet.extend(tags.as_bytes());
    packet.resize((packet.len() / 4 + 1) * 4, 0);
    packet
}
