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
