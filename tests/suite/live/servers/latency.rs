//! Round trips, measured: an impulse into our input, and when it comes out again, beside the sum of the parts that we tell.

use super::jack::Jack;
use super::{folder, jack_client};

#[test]
#[expect(clippy::print_stdout, reason = "the table is what the test run shows")]
fn the_round_trip_is_the_sum_of_its_parts() {
    println!("| frames | measured | input | waiting | resampler | chain | output | sum | load | longest |");
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for num_frames in [64, 128, 256] {
        let folder = folder();
        let [signal, heard] = ["signal.raw", "heard.raw"].map(|name| folder.path().join(name));
        // An impulse every half second, below every threshold.
        let mut impulses = vec![0.0; 4 * 48_000];
        impulses.iter_mut().step_by(24_000).for_each(|sample| *sample = 0.25);
        jack_client::write_raw(&signal, &[impulses.clone(), impulses]);
        let server = Jack::start("lql", num_frames);
        let mut live = server.live(&["--preset", "limiter-only"]);
        live.status();
        let client = jack_client::start(&server.name, &signal, &heard);
        std::thread::sleep(std::time::Duration::from_secs(3));
        live.said.clear();
        let status = live.status();
        let heard = jack_client::finish(client, &heard);
        live.finish();
        // The loudest sample after the last impulse that has the time to come back.
        let after = 3 * 24_000;
        let window = after..after + 24_000;
        let loudness = |n: &usize| (heard[2 * n].abs() * 1e9) as u64;
        let place = window.max_by_key(loudness).unwrap();
        assert!(heard[2 * place].abs() > 0.1, "the impulse did not come back");
        let measured_ms = (place - after) as f64 / 48.0;
        let latency = &status["status"]["latency"];
        let ms = |name: &str| latency[name].as_f64().unwrap();
        let sum_ms = status["latency_ms"].as_f64().unwrap();
        let load = |name: &str| status["status"][name].as_f64().unwrap();
        println!(
            "| {num_frames} | {measured_ms:.2} ms | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {sum_ms:.2} ms | {:.1} % | {:.1} % |",
            ms("input_ms"),
            ms("waiting_ms"),
            ms("resampler_ms"),
            ms("chain_ms"),
            ms("output_ms"),
            load("load_percent"),
            load("longest_load_percent"),
        );
        // Our client sends and hears in the cycle in which lacquer does: no sample waits for the rest of its callback, as it would in
        // a converter, and neither order of the clients is wrong.
        let expected_ms = sum_ms - ms("input_ms");
        let slack_ms = f64::from(num_frames) / 48.0;
        assert!((measured_ms - expected_ms).abs() <= slack_ms + 0.1, "{measured_ms} ms for {expected_ms} ms");
    }
}
