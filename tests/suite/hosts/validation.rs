//! What validators try: settings at random while the audio runs, blocks and rates of every kind, states that come back, instances
//! side by side, and what a host is told of tail and controllers.

use super::clap_host::{ClapHost, Handlers, host_value, process_block};
use super::parity::{RATE_HZ, num_differing, piece, rendered};
use crate::random::Random;
use clack_extensions::params::PluginParams;
use clack_extensions::tail::{PluginTail, TailLength};
use clack_host::events::Pckn;
use clack_host::events::event_types::ParamValueEvent;
use clack_host::prelude::*;
use clack_host::utils::ClapId;
use lacquer_dsp::params;
use lacquer_dsp::settings::ChainSettings;

/// Activates at 48 kHz, lets `work` process on a thread of its own, and deactivates.
fn on_audio_thread(
    host: &mut ClapHost,
    longest: u32,
    work: impl FnOnce(&mut StartedPluginAudioProcessor<Handlers>) + Send,
) {
    let configuration =
        PluginAudioConfiguration { sample_rate: RATE_HZ, min_frames_count: 1, max_frames_count: longest };
    let stopped = host.instance.activate(|_, _| (), configuration).expect("it can be activated");
    let stopped = std::thread::scope(|scope| {
        let audio_thread = scope.spawn(move || {
            let Ok(mut started) = stopped.start_processing() else { panic!("it cannot be started") };
            work(&mut started);
            started.stop_processing()
        });
        audio_thread.join().expect("the audio thread ends")
    });
    host.instance.deactivate(stopped);
}

/// Everything that a host may turn, and the range it may turn it in.
fn told_ranges(host: &ClapHost) -> Vec<(ClapId, [f64; 3])> {
    host.told.iter().map(|told| (told.id, told.range)).collect()
}

/// Any parameter at any frame to any value, sound that is no number among it, blocks of any length: numbers come out.
#[test]
fn whatever_is_turned_while_audio_runs_gives_numbers() {
    let mut audio = piece();
    for (at, value) in
        [(30_000, f32::NAN), (40_001, f32::INFINITY), (50_002, f32::NEG_INFINITY), (60_003, 1e30)]
    {
        audio[at % 2][at] = value;
    }
    for seed in 1..=4 {
        let mut host = ClapHost::new();
        let ranges = told_ranges(&host);
        let mut random = Random::new(seed);
        let mut events: Vec<(usize, ClapId, f64)> = (0..3_000)
            .map(|_| {
                let (id, [min, _, max]) = ranges[random.below(ranges.len())];
                let value = [min, max, min + (max - min) * random.unit()][random.below(3)];
                (random.below(audio[0].len()), id, value)
            })
            .collect();
        events.sort_by_key(|(frame, ..)| *frame);
        let ends = random.splits(audio[0].len(), 1_024);
        let (audio, mut output) = (&audio, vec![Vec::new(); 2]);
        on_audio_thread(&mut host, 1_024, |started| {
            let mut start = 0;
            for end in ends {
                process_block(started, audio, start..end, &events, &mut output);
                start = end;
            }
        });
        assert!(output.iter().flatten().all(|sample| sample.is_finite()), "seed {seed}");
        // What the host reads back is what was sent last.
        let last: std::collections::HashMap<_, _> =
            events.iter().map(|&(_, id, value)| (id, value)).collect();
        for told in host.told.clone() {
            let Some(value) = last.get(&told.id) else { continue };
            let held = host.get(told.id);
            // Whole numbers are rounded, positions are kept.
            let is_whole = told.range[2] != 1.0 || held.fract() == 0.0;
            let most = if is_whole { 0.5 } else { 1e-6 };
            assert!((held - value).abs() <= most, "seed {seed}, {}: sent {value}, held {held}", told.name);
        }
    }
}

/// A host without audio to process may still set parameters: through flush, on the audio thread, while the plugin is active.
#[test]
fn flush_while_active_is_heard_in_the_next_block() {
    let audio = piece();
    let settings = lacquer_presets::Library::user().load("streaming").unwrap().settings;
    let mut host = ClapHost::new();
    let ids: Vec<(ClapId, f64)> =
        params::all().map(|param| (host.id_of(param), host_value(param, param.get(&settings)))).collect();
    let params: PluginParams = host.instance.plugin_handle().get_extension().expect("it has parameters");
    let (audio_ref, mut late) = (&audio, vec![Vec::new(); 2]);
    on_audio_thread(&mut host, 512, |started| {
        let mut events = EventBuffer::new();
        for (id, value) in ids {
            events.push(&ParamValueEvent::new(0, id, Pckn::match_all(), value));
        }
        params.flush_active(
            &mut started.plugin_handle(),
            &InputEvents::from_buffer(&events),
            &mut OutputEvents::from_buffer(&mut EventBuffer::new()),
        );
        for start in (0..audio_ref[0].len() - 512).step_by(512) {
            process_block(started, audio_ref, start..start + 512, &[], &mut late);
        }
    });
    assert_eq!(host.settings(), settings);
    let expected = rendered(&audio, RATE_HZ, &settings);
    assert_eq!(num_differing(&late, &expected, host.latency_samples() as usize), 0);
}

#[test]
fn any_state_comes_back_to_the_last_bit() {
    let mut random = Random::new(77);
    for round in 0..20 {
        let mut host = ClapHost::new();
        host.flush(&random.settings());
        let saved = host.save();
        let mut other = ClapHost::new();
        other.flush(&random.settings());
        assert!(other.load(&saved), "round {round}");
        assert_eq!(other.save(), saved, "round {round}");
        for told in host.told.clone() {
            assert_eq!(other.get(told.id), host.get(told.id), "round {round}, {}", told.name);
        }
    }
}

/// The rates of telephones, tapes pulled down for film, and of converters: in blocks of any length the same bits as the bounce.
#[test]
fn odd_rates_in_blocks_of_any_length_give_what_the_bounce_gives() {
    let mut audio = piece();
    audio.iter_mut().for_each(|channel| channel.truncate(50_000));
    let settings = lacquer_presets::Library::user().load("podcast").unwrap().settings;
    let mut random = Random::new(5);
    for rate_hz in [8_000.0, 11_025.0, 22_050.0, 32_000.0, 47_952.0, 176_400.0, 352_800.0] {
        let mut ends = random.splits(audio[0].len(), 2_000);
        ends.insert(0, 0);
        let lens: Vec<usize> = ends.windows(2).map(|ends| ends[1] - ends[0]).collect();
        let mut host = ClapHost::new();
        host.flush(&settings);
        let late = host.process(rate_hz, &audio, &lens, &[]);
        let expected = rendered(&audio, rate_hz, &settings);
        assert_eq!(num_differing(&late, &expected, host.latency_samples() as usize), 0, "{rate_hz} Hz");
    }
}

/// Instances share nothing: two that work at the same time give what each gives alone.
#[test]
fn instances_at_the_same_time_do_not_hear_one_another() {
    let audio = piece();
    let presets =
        ["club", "gentle-glue"].map(|name| lacquer_presets::Library::user().load(name).unwrap().settings);
    let check = |settings: &ChainSettings| {
        let expected = rendered(&audio, RATE_HZ, settings);
        for _ in 0..3 {
            let mut host = ClapHost::new();
            host.flush(settings);
            let late = host.process(RATE_HZ, &audio, &[128], &[]);
            assert_eq!(num_differing(&late, &expected, host.latency_samples() as usize), 0);
        }
    };
    std::thread::scope(|scope| {
        for settings in &presets {
            scope.spawn(|| check(settings));
        }
    });
}

/// One instance through formats, resets and restarts gives each time what a new one gives.
#[test]
fn an_instance_can_be_restarted_in_any_format() {
    let mut audio = piece();
    audio.iter_mut().for_each(|channel| channel.truncate(30_000));
    let settings = lacquer_presets::Library::user().load("streaming").unwrap().settings;
    let mut host = ClapHost::new();
    host.flush(&settings);
    for (rate_hz, block_len) in
        [(48_000.0, 64), (96_000.0, 1_000), (44_100.0, 1), (48_000.0, 8_192), (48_000.0, 64)]
    {
        let late = host.process(rate_hz, &audio, &[block_len], &[]);
        let expected = rendered(&audio, rate_hz, &settings);
        assert_eq!(
            num_differing(&late, &expected, host.latency_samples() as usize),
            0,
            "{rate_hz} Hz, {block_len}"
        );
    }
    for num_channels in [1, 2, 1] {
        host.choose_layout(num_channels as u32);
        let audio = &audio[..num_channels];
        let late = host.process(RATE_HZ, audio, &[512], &[]);
        let expected = rendered(audio, RATE_HZ, &settings);
        assert_eq!(
            num_differing(&late, &expected, host.latency_samples() as usize),
            0,
            "{num_channels} channels"
        );
    }
}

/// The host is told how long sound goes on after the last of the input, and after that there is none.
#[test]
fn nothing_is_heard_after_the_tail() {
    const BLOCK_LEN: usize = 512;
    for preset in lacquer_presets::factory() {
        let mut host = ClapHost::new();
        host.flush(&preset.settings);
        let extension: PluginTail = host.instance.plugin_handle().get_extension().expect("it tells its tail");
        let mut audio = piece();
        let end = audio[0].len() / BLOCK_LEN * BLOCK_LEN;
        audio.iter_mut().for_each(|channel| channel[end..].fill(0.0));
        audio.iter_mut().for_each(|channel| channel.resize(end + 6 * RATE_HZ as usize, 0.0));
        let (audio, mut output, mut tail) = (&audio, vec![Vec::new(); 2], 0);
        on_audio_thread(&mut host, BLOCK_LEN as u32, |started| {
            for start in (0..audio[0].len() - BLOCK_LEN).step_by(BLOCK_LEN) {
                process_block(started, audio, start..start + BLOCK_LEN, &[], &mut output);
            }
            let TailLength::Finite(length) = extension.get(&started.plugin_handle()) else {
                panic!("it never ends")
            };
            tail = length as usize;
        });
        assert!(tail > host.latency_samples() as usize, "what is delayed is part of the tail");
        assert!(tail < 4 * RATE_HZ as usize, "{}: {tail} samples", preset.slug);
        let loudest =
            output.iter().flat_map(|channel| &channel[end + tail..]).fold(0.0_f32, |a, b| a.max(b.abs()));
        // The last bit of 24.
        assert!(loudest < 1.2e-7, "{}: {loudest} after the tail of {tail} samples", preset.slug);
    }
}

/// Controllers of eight knobs are given pages, each knob with a parameter that is there.
#[test]
fn controllers_get_pages_of_parameters_that_exist() {
    use clack_extensions::remote_controls::{PluginRemoteControls, RemoteControlsPageBuffer};
    let mut host = ClapHost::new();
    let extension: PluginRemoteControls =
        host.instance.plugin_handle().get_extension().expect("it has pages for controllers");
    let handle = host.instance.plugin_handle();
    let num_pages = extension.count(&handle);
    let mut ids = std::collections::HashSet::new();
    let mut names = Vec::new();
    for idx in 0..num_pages {
        let mut buffer = RemoteControlsPageBuffer::new();
        let page = extension.get(&handle, idx, &mut buffer).expect("the page is there");
        assert!(ids.insert(page.page_id), "two pages share an id");
        let name = String::from_utf8(page.page_name.to_vec()).unwrap();
        let knobs: Vec<ClapId> = page.param_ids.into_iter().flatten().collect();
        assert!(knobs.len() >= 5, "{name} has {} knobs", knobs.len());
        for knob in &knobs {
            assert!(host.told.iter().any(|told| told.id == *knob), "{name} has a knob for nothing");
        }
        names.push(name);
    }
    assert_eq!(names, ["Master", "Multiband thresholds", "Exciter", "Stereo", "Limiter"]);
    assert!(extension.get(&handle, num_pages, &mut RemoteControlsPageBuffer::new()).is_none());
}
