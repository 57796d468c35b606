//! What a CLAP host may ask of the plugin.

use super::clap_host::{Change, ClapHost, host_value};
use super::parity::{RATE_HZ, num_differing, piece, rendered};
use lacquer_dsp::block::Block;
use lacquer_dsp::chain::Chain;
use lacquer_dsp::params;
use lacquer_dsp::processor::{LatencyMode, ProcessSpec, Processor};
use lacquer_dsp::settings::ChainSettings;
use serde_json::Value;
use std::sync::atomic::Ordering;

#[test]
fn a_host_is_told_every_row_of_the_table() {
    let mut host = ClapHost::new();
    assert_eq!(host.told.len(), params::all().count() + 1, "the rows and the bypass");
    assert_eq!(host.told[0].name, "Bypass");
    let mut ids = std::collections::HashSet::new();
    for (told, param) in host.told.clone()[1..].iter().zip(params::all()) {
        assert_eq!(told.name, param.name);
        assert!(ids.insert(told.id), "{} shares its id", param.id);
        assert!(!told.module.is_empty(), "{} is in no module", param.id);
        // The wrapper works out whole numbers in f32.
        assert!(
            (told.range[1] - host_value(param, param.default)).abs() < 1e-5,
            "{}: {:?}",
            param.id,
            told.range
        );
        for value in [param.min, param.default, param.max] {
            let text = host.text(told.id, host_value(param, value));
            assert_eq!(text, param.to_text(param.settled(value)), "{}", param.id);
            let number = host.number(told.id, &text).expect("what is written can be read");
            assert!((number - host_value(param, value)).abs() < 1e-5, "{} of {text}: {number}", param.id);
        }
        assert_eq!(host.number(told.id, "nonsense"), None, "{}", param.id);
    }
    let modules: Vec<&str> = host.told.iter().map(|told| told.module.as_str()).collect();
    assert!(modules.contains(&"Multiband/Band 1") && modules.contains(&"De-esser"), "{modules:?}");
}

/// A change within a block is heard from its frame on, as if the block had ended there.
#[test]
fn automation_is_exact_to_the_sample() {
    let audio = piece();
    let param = params::find("input.trim_db").unwrap();
    let changes =
        [(9_001, -6.0), (20_100, 3.5), (20_101, 0.0)].map(|(frame, value)| Change { frame, param, value });
    let mut host = ClapHost::new();
    let heard = host.process(RATE_HZ, &audio, &[1024], &changes);
    let mut chain = Box::<Chain>::default();
    chain.prepare(&spec(RATE_HZ, 2, LatencyMode::Quality)).unwrap();
    let (mut settings, mut expected, mut start) = (ChainSettings::default(), audio.clone(), 0);
    let [left, right] = &mut expected[..] else { unreachable!("the piece is stereo") };
    for (end, value) in changes.iter().map(|change| (change.frame, change.value)).chain([(left.len(), 0.0)]) {
        chain.set(&settings);
        chain.process(&mut Block::stereo(&mut left[start..end], &mut right[start..end]));
        param.set(&mut settings, value).unwrap();
        start = end;
    }
    assert_eq!(num_differing(&heard, &expected, 0), 0);
}

fn spec(sample_rate_hz: f64, num_channels: usize, latency_mode: LatencyMode) -> ProcessSpec {
    ProcessSpec { sample_rate_hz, max_block_len: 1 << 20, num_channels, latency_mode }
}

#[test]
fn every_rate_block_and_layout_gives_what_the_bounce_gives() {
    let settings = lacquer_presets::Library::user().load("streaming").unwrap().settings;
    for rate_hz in [44_100.0, 88_200.0, 96_000.0, 192_000.0] {
        for num_channels in [1, 2] {
            let audio: Vec<Vec<f32>> = piece()
                .into_iter()
                .take(num_channels)
                .map(|mut channel| {
                    channel.truncate(60_000);
                    channel
                })
                .collect();
            let expected = rendered(&audio, rate_hz, &settings);
            for block_lens in [&[1][..], &[17], &[8192]] {
                let mut host = ClapHost::new();
                host.choose_layout(num_channels as u32);
                host.flush(&settings);
                let late = host.process(rate_hz, &audio, block_lens, &[]);
                let latency = host.latency_samples() as usize;
                let num_differing = num_differing(&late, &expected, latency);
                assert_eq!(
                    num_differing, 0,
                    "{rate_hz} Hz, {num_channels} channels, blocks of {block_lens:?}"
                );
            }
        }
    }
}

/// At a rate that no chain takes a host keeps its sound.
#[test]
fn what_cannot_be_mastered_passes_unchanged() {
    let audio: Vec<Vec<f32>> = piece().into_iter().map(|channel| channel[..20_000].to_vec()).collect();
    for rate_hz in [1_000.0, 1_234.5, 768_000.0] {
        let mut host = ClapHost::new();
        host.flush(&lacquer_presets::Library::user().load("club").unwrap().settings);
        let heard = host.process(rate_hz, &audio, &[256], &[]);
        assert_eq!(num_differing(&heard, &audio, 0), 0, "{rate_hz} Hz");
        assert_eq!(host.latency_samples(), 0);
        let again = host.process(RATE_HZ, &audio, &[256], &[]);
        assert!(
            host.latency_samples() > 0 && num_differing(&again, &audio, 0) > 0,
            "it masters again at 48 kHz"
        );
    }
}

/// The host's bypass: the input, delayed, bit for bit, whatever is set.
#[test]
fn bypass_is_the_input_delayed() {
    let audio = piece();
    let mut host = ClapHost::new();
    host.flush(&lacquer_presets::Library::user().load("club").unwrap().settings);
    let state = edited(&host.save(), |state| state["params"]["bypass"] = serde_json::json!({"bool": true}));
    assert!(host.load(&state));
    let late = host.process(RATE_HZ, &audio, &[512], &[]);
    assert_eq!(num_differing(&late, &audio, host.latency_samples() as usize), 0);
}

/// The saved state with something changed: the wrapper's JSON behind its length.
fn edited(bytes: &[u8], edit: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut state = serde_json::from_slice(&bytes[8..]).expect("a state is JSON");
    edit(&mut state);
    let json = serde_json::to_vec(&state).unwrap();
    [&(json.len() as u64).to_le_bytes()[..], &json].concat()
}

#[test]
fn a_state_brings_everything_back() {
    let settings = lacquer_presets::Library::user().load("podcast").unwrap().settings;
    let mut host = ClapHost::new();
    host.flush(&settings);
    let saved = host.save();
    let mut other = ClapHost::new();
    assert_ne!(other.settings(), settings);
    assert!(other.load(&saved));
    assert_eq!(other.settings(), settings);
    assert_eq!(other.save(), saved, "what is loaded is saved as it was");
}

/// The plain values of a state are what counts, whatever else is damaged.
#[test]
fn damaged_and_future_states_leave_sound_settings() {
    let settings = lacquer_presets::Library::user().load("podcast").unwrap().settings;
    let mut host = ClapHost::new();
    host.flush(&settings);
    let saved = host.save();
    let values = |state: &Value| -> Value {
        serde_json::from_str(state["fields"]["settings"].as_str().expect("they are text")).unwrap()
    };
    let with_values = |edit: &dyn Fn(&mut Value)| {
        edited(&saved, |state| {
            let mut values = values(state);
            edit(&mut values);
            state["fields"]["settings"] = values.to_string().into();
        })
    };
    for broken in [&b""[..], b"nonsense", b"{}", &saved[..saved.len() / 2]] {
        let mut host = ClapHost::new();
        assert!(!host.load(broken), "{:?} was taken", String::from_utf8_lossy(broken));
        assert_eq!(host.settings(), ChainSettings::default());
    }
    let id = "limiter.ceiling_dbtp";
    let ceiling = |bytes: &[u8]| {
        let mut host = ClapHost::new();
        assert!(host.load(bytes));
        host.settings().limiter.ceiling_dbtp
    };
    let range = params::find(id).unwrap();
    assert_eq!(ceiling(&with_values(&|values| values["values"][id] = (-7.5).into())), -7.5);
    assert_eq!(ceiling(&with_values(&|values| values["values"][id] = 99.0.into())), range.max);
    assert_eq!(ceiling(&with_values(&|values| values["values"][id] = (-1e300).into())), range.min);
    // A later version, and settings that are unknown here: what is known is taken.
    let future = with_values(&|values| {
        values["version"] = 99.into();
        values["values"]["reverb.size_m"] = 12.0.into();
        values["values"][id] = (-3.0).into();
    });
    assert_eq!(ceiling(&future), -3.0);
    // Nothing of a row anywhere: its default, not what was set before.
    let missing = edited(
        &with_values(&|values| {
            values["values"].as_object_mut().unwrap().remove(id);
        }),
        |state| {
            state["params"].as_object_mut().unwrap().remove(id);
        },
    );
    let mut host = ClapHost::new();
    host.flush(&lacquer_presets::Library::user().load("atsc-a85").unwrap().settings);
    assert!(host.load(&missing));
    assert_eq!(host.settings().limiter.ceiling_dbtp, range.default);
    // A bypass that is missing is off, whatever the instance had before.
    let bypassed = edited(&saved, |state| state["params"]["bypass"] = serde_json::json!({"bool": true}));
    let no_bypass = edited(&saved, |state| {
        state["params"].as_object_mut().unwrap().remove("bypass");
    });
    let mut host = ClapHost::new();
    let bypass = host.told[0].id;
    assert!(host.load(&bypassed) && host.get(bypass) == 1.0);
    assert!(host.load(&no_bypass) && host.get(bypass) == 0.0);
    // Fields that are no longer text of the right shape.
    let no_values = edited(&saved, |state| state["fields"]["settings"] = "[1, 2".into());
    assert!(ClapHost::new().load(&no_values));
}

#[test]
fn another_latency_is_asked_for_once_and_reported_truly() {
    let audio = piece();
    let settings = lacquer_presets::Library::user().load("gentle-glue").unwrap().settings;
    let mut host = ClapHost::new();
    host.flush(&settings);
    host.process(RATE_HZ, &audio, &[512], &[]);
    let chain_latency = |mode, mut chain: Box<Chain>| {
        chain.prepare(&spec(RATE_HZ, 2, mode)).unwrap();
        chain.latency_samples() as u32
    };
    assert_eq!(host.latency_samples(), chain_latency(LatencyMode::Quality, Box::default()));
    let num_restarts = |host: &ClapHost| {
        host.instance.access_shared_handler(|asked| asked.num_restarts.load(Ordering::SeqCst))
    };
    let live = edited(&host.save(), |state| {
        let mut kept: Value = serde_json::from_str(state["fields"]["kept"].as_str().unwrap()).unwrap();
        kept["is_quality"] = false.into();
        state["fields"]["kept"] = kept.to_string().into();
    });
    assert!(host.load(&live));
    let late = host.process(RATE_HZ, &audio, &[512], &[]);
    let live_latency = chain_latency(LatencyMode::Live, Box::new(Chain::without_denoise()));
    assert_eq!(
        host.latency_samples(),
        live_latency,
        "the noise remover is not in use, so nobody waits for it"
    );
    assert!(f64::from(live_latency) / RATE_HZ <= 3e-3, "Live takes {live_latency} samples");
    let mut chain = Box::new(Chain::without_denoise());
    chain.prepare(&spec(RATE_HZ, 2, LatencyMode::Live)).unwrap();
    chain.set(&settings);
    let mut expected = audio.clone();
    let [left, right] = &mut expected[..] else { unreachable!("the piece is stereo") };
    chain.process(&mut Block::stereo(left, right));
    assert_eq!(num_differing(&late, &expected, 0), 0, "Live differs from the chain");
    // The noise remover is switched on while the audio runs: the host is asked to restart, once.
    let param = params::find("denoise.bypass").unwrap();
    let before = num_restarts(&host);
    host.process(RATE_HZ, &audio, &[512], &[Change { frame: 4_000, param, value: 0.0 }]);
    assert_eq!(num_restarts(&host), before + 1);
    host.process(RATE_HZ, &audio, &[512], &[]);
    assert_eq!(host.latency_samples(), chain_latency(LatencyMode::Live, Box::default()));
}

/// The main thread reads, writes text and saves while the audio thread works; nothing comes out that is no number, and nothing hangs.
#[test]
fn the_main_thread_is_free_while_audio_runs() {
    use clack_host::prelude::*;
    let mut host = ClapHost::new();
    host.flush(&lacquer_presets::Library::user().load("streaming").unwrap().settings);
    let configuration =
        PluginAudioConfiguration { sample_rate: RATE_HZ, min_frames_count: 1, max_frames_count: 256 };
    let stopped = host.instance.activate(|_, _| (), configuration).unwrap();
    let audio = piece();
    let (sender, receiver) = std::sync::mpsc::channel();
    let worker = std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let Ok(mut started) = stopped.start_processing() else { panic!("it cannot be started") };
            let mut output = vec![Vec::new(); 2];
            for start in (0..audio[0].len() - 256).step_by(256) {
                super::clap_host::process_block(&mut started, &audio, start..start + 256, &[], &mut output);
            }
            sender.send(()).unwrap();
            assert!(output.iter().flatten().all(|sample| sample.is_finite()));
            started.stop_processing()
        });
        let mut num_rounds = 0;
        while receiver.try_recv().is_err() {
            let saved = host.save();
            assert!(host.load(&saved));
            for told in host.told.clone() {
                let value = host.get(told.id);
                assert!(!host.text(told.id, value).is_empty());
            }
            num_rounds += 1;
        }
        assert!(num_rounds > 0, "the audio ended before the main thread began");
        worker.join().expect("the audio thread ends")
    });
    host.instance.deactivate(worker);
}
