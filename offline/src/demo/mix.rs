//! The mixing desk: equaliser, ducking, fader and sends for each instrument, and nothing on the mix bus.

use super::drums;
use super::effects::{Equaliser, chorus, duck, equalise, ping_pong, plate};
use super::instruments;
use super::score::{BASS, MELODY, TEMPO_BPM};
use super::sound::{RATE_HZ, Track, add_track, silence};
use lacquer_dsp::block::Frame;
use lacquer_dsp::units::db_to_gain;

/// What all faders together leave below full scale: an unmastered mix keeps its headroom.
const MASTER_DB: f64 = 0.9;

/// How long the very end takes to fade, well after the tail can be heard.
const FADE_SECONDS: f64 = 0.6;

/// One channel of the desk.
struct Strip {
    equaliser: Equaliser,
    /// How far the kick pushes it down.
    duck_db: f64,
    fader_db: f64,
    plate_db: Option<f64>,
    echo_db: Option<f64>,
}

// The cut at 300 Hz takes the cardboard out of the kick.
const KICK: Strip = Strip {
    equaliser: Equaliser { low_cut_hz: 30.0, bell_hz: 300.0, bell_db: -3.0, high_cut_hz: 12_000.0 },
    duck_db: 0.0,
    fader_db: -7.3,
    plate_db: None,
    echo_db: None,
};

// The snare keeps out of the way of the chords' lowest voices.
const SKINS: Strip = Strip {
    equaliser: Equaliser { low_cut_hz: 80.0, bell_hz: 420.0, bell_db: -2.0, high_cut_hz: 18_000.0 },
    duck_db: 0.0,
    fader_db: -5.0,
    plate_db: Some(-14.0),
    echo_db: None,
};

// Hats need nothing of what leaks below them.
const HATS: Strip = Strip {
    equaliser: Equaliser { low_cut_hz: 3000.0, bell_hz: 9000.0, bell_db: 0.0, high_cut_hz: 19_000.0 },
    duck_db: 0.0,
    fader_db: -5.0,
    plate_db: Some(-24.0),
    echo_db: None,
};

// The dip keeps ride and crash from stinging.
const CYMBALS: Strip = Strip {
    equaliser: Equaliser { low_cut_hz: 300.0, bell_hz: 4000.0, bell_db: -2.0, high_cut_hz: 19_000.0 },
    duck_db: 0.0,
    fader_db: -6.0,
    plate_db: Some(-18.0),
    echo_db: None,
};

// The bass gives way to each kick, as both live below 100 Hz.
const BASS_STRIP: Strip = Strip {
    equaliser: Equaliser { low_cut_hz: 38.0, bell_hz: 260.0, bell_db: -2.0, high_cut_hz: 6000.0 },
    duck_db: 5.0,
    fader_db: -13.0,
    plate_db: None,
    echo_db: None,
};

// Piano and pad are both thinned around 330 Hz, where together they would be mud.
const PIANO: Strip = Strip {
    equaliser: Equaliser { low_cut_hz: 130.0, bell_hz: 320.0, bell_db: -3.0, high_cut_hz: 14_000.0 },
    duck_db: 1.5,
    fader_db: -5.0,
    plate_db: Some(-13.0),
    echo_db: None,
};

// The pad moves with the kick, which gives the chords their breath.
const PAD: Strip = Strip {
    equaliser: Equaliser { low_cut_hz: 190.0, bell_hz: 350.0, bell_db: -3.0, high_cut_hz: 12_000.0 },
    duck_db: 4.0,
    fader_db: -8.0,
    plate_db: Some(-11.0),
    echo_db: None,
};

// The arpeggio is more echo than source.
const ARPEGGIO: Strip = Strip {
    equaliser: Equaliser { low_cut_hz: 300.0, bell_hz: 2500.0, bell_db: 0.0, high_cut_hz: 14_000.0 },
    duck_db: 2.0,
    fader_db: -7.0,
    plate_db: Some(-12.0),
    echo_db: Some(-12.0),
};

// The lead is lifted where the chords leave room.
const LEAD: Strip = Strip {
    equaliser: Equaliser { low_cut_hz: 220.0, bell_hz: 1700.0, bell_db: 2.5, high_cut_hz: 13_000.0 },
    duck_db: 0.5,
    fader_db: -8.0,
    plate_db: Some(-12.0),
    echo_db: Some(-12.0),
};

/// The desk while it mixes: what is heard directly and what goes to the effects.
struct Desk {
    kick_frames: Vec<usize>,
    dry: Track,
    to_plate: Track,
    to_echo: Track,
}

impl Desk {
    /// Brings one instrument in. A track is dropped as soon as it is mixed, so that memory does not grow with the band.
    fn channel(&mut self, mut track: Track, strip: &Strip) {
        equalise(&mut track, &strip.equaliser);
        if strip.duck_db > 0.0 {
            duck(&mut track, &self.kick_frames, strip.duck_db);
        }
        add_track(&mut self.dry, &track, db_to_gain(strip.fader_db));
        for (send, send_db) in [(&mut self.to_plate, strip.plate_db), (&mut self.to_echo, strip.echo_db)] {
            if let Some(send_db) = send_db {
                add_track(send, &track, db_to_gain(strip.fader_db + send_db));
            }
        }
    }
}

/// Mixes everything down.
pub(super) fn mix() -> Track {
    let [dry, to_plate, to_echo] = [(); 3].map(|()| silence());
    let mut desk = Desk { kick_frames: drums::kick_frames(), dry, to_plate, to_echo };
    let kit = drums::play();
    desk.channel(kit.kick, &KICK);
    desk.channel(kit.skins, &SKINS);
    desk.channel(kit.hats, &HATS);
    desk.channel(kit.cymbals, &CYMBALS);
    desk.channel(instruments::bass(BASS), &BASS_STRIP);
    let mut piano = instruments::electric_piano();
    chorus(&mut piano, 0.5);
    desk.channel(piano, &PIANO);
    desk.channel(instruments::pad(), &PAD);
    desk.channel(instruments::arpeggio(), &ARPEGGIO);
    desk.channel(instruments::lead(MELODY), &LEAD);

    let dotted_eighth_s = 0.75 * 60.0 / TEMPO_BPM;
    let echoes = ping_pong(&desk.to_echo, dotted_eighth_s, 0.42);
    // The echoes stand in the same room as what they repeat.
    add_track(&mut desk.to_plate, &echoes, db_to_gain(-12.0));
    add_track(&mut desk.dry, &echoes, 1.0);
    add_track(&mut desk.dry, &plate(&desk.to_plate), 1.0);
    finish(&mut desk.dry);
    desk.dry
}

/// Sets the level and brings the last of the tail to silence.
fn finish(master: &mut [Frame]) {
    let gain = db_to_gain(MASTER_DB);
    let fade_frames = FADE_SECONDS * RATE_HZ;
    let num_frames = master.len();
    for (idx, frame) in master.iter_mut().enumerate() {
        let left_over = ((num_frames - 1 - idx) as f64 / fade_frames).min(1.0);
        *frame = frame.map(|x| gain * left_over * x);
    }
}
