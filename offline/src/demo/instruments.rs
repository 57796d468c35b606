//! The pitched instruments: electric piano, pad, arpeggio, bass and lead.

use super::score::{ARPEGGIO, ARPEGGIO_BARS, CHORDS, COMPING, Chord, LAST_BAR, Note, beat_to_frame};
use super::sound::{
    CONTROL_SAMPLES, Decay, Envelope, INAUDIBLE_GAIN, Noise, Oscillator, RATE_HZ, Shape, Svf, Track, pan,
    pitch_to_hz, saturate, silence, sine,
};
use lacquer_dsp::block::Frame;
use lacquer_dsp::math::exp2;
use lacquer_dsp::units::ms_to_one_pole_coeff;

/// How long a key stays down, in samples.
fn held_samples(note: &Note) -> usize {
    beat_to_frame(note.beat + note.beats) - beat_to_frame(note.beat)
}

/// The chord that sounds at a beat.
fn chord_at(beat: f64) -> &'static Chord {
    CHORDS.iter().rfind(|chord| chord.beat <= beat + 1e-9).unwrap_or(&CHORDS[0])
}

/// The electric piano: two sines, one pushing the other's phase, and a tine that rings at the stroke.
pub(super) fn electric_piano() -> Track {
    let mut track = silence();
    let mut player = Noise::seeded(11);
    for note in comping() {
        // The hands are never quite together, and no two strokes are alike.
        let start = beat_to_frame(note.beat) + (180.0 * (1.0 + player.next())) as usize;
        let note = Note { velocity: note.velocity * (1.0 + 0.08 * player.next()), ..note };
        piano_note(&mut track, &note, start);
    }
    track
}

/// Every note that the electric piano plays.
fn comping() -> Vec<Note> {
    let mut notes = Vec::new();
    for bar in 0..LAST_BAR {
        for (beat, beats, velocity) in COMPING {
            // The break is left to the held chord, so that the return of the rhythm is felt.
            let in_break = (6..8).contains(&bar);
            if in_break && beat != 0.0 && beat != 2.5 {
                continue;
            }
            let beat = 4.0 * bar as f64 + beat;
            let chord = chord_at(beat);
            notes.extend(chord.voices.map(|pitch| Note { beat, beats, pitch, velocity }));
        }
    }
    let last = chord_at(4.0 * LAST_BAR as f64);
    notes.extend(last.voices.map(|pitch| Note { beat: last.beat, beats: last.beats, pitch, velocity: 0.8 }));
    notes
}

fn piano_note(track: &mut [Frame], note: &Note, start: usize) {
    let hz = pitch_to_hz(note.pitch);
    let shape = Shape { attack_ms: 1.5, decay_ms: 900.0 - 6.0 * note.pitch, sustain: 0.0, release_ms: 70.0 };
    let mut envelope = Envelope::new(shape);
    let mut bark = Decay::new(420.0);
    let mut tine = Decay::new(110.0);
    let [mut carrier, mut modulator, mut bell] = [Oscillator::default(); 3];
    // Low keys to the left and high keys to the right, as the player hears them.
    let sides = pan((note.pitch - 60.0) / 22.0);
    let gain = 0.2 * note.velocity;
    let held = held_samples(note);
    envelope.press();
    for (age, frame) in track.iter_mut().skip(start).enumerate() {
        if age == held {
            envelope.release();
        }
        let level = envelope.next();
        if level < INAUDIBLE_GAIN && age > held {
            break;
        }
        let ring = 0.13 * note.velocity * tine.next() * bell.advance(7.0 * hz).sine(0.0);
        let push = note.velocity * (0.09 + 0.20 * bark.next()) * modulator.advance(hz * 1.0007).sine(0.0);
        let sound = gain * level * (carrier.advance(hz).sine(push) + ring);
        frame[0] += sides[0] * sound;
        frame[1] += sides[1] * sound;
    }
}

/// The pad: four detuned saws for each voice across the panorama, through a slow low-pass.
pub(super) fn pad() -> Track {
    let mut track = silence();
    let mut phases = Noise::seeded(23);
    for chord in &CHORDS {
        for pitch in chord.voices {
            let note = Note { beat: chord.beat, beats: chord.beats, pitch, velocity: 1.0 };
            pad_note(&mut track, &note, &mut phases);
        }
    }
    track
}

/// The pad's cutoff, which tells the form: closed in the intro, opening through the break into the last part.
fn pad_cutoff_hz(beat: f64) -> f64 {
    let octaves = match beat {
        b if b < 8.0 => 0.1 * b,
        b if b < 24.0 => 0.5,
        b if b < 32.0 => 0.2 + 0.25 * (b - 24.0),
        b if b < 48.0 => 1.1,
        _ => 0.6,
    };
    1200.0 * exp2(octaves)
}

fn pad_note(track: &mut [Frame], note: &Note, phases: &mut Noise) {
    const DETUNE_CENTS: [f64; 4] = [-8.0, 5.0, -3.0, 9.0];
    const PANS: [f64; 4] = [-0.8, -0.25, 0.25, 0.8];
    let hz = DETUNE_CENTS.map(|cents| pitch_to_hz(note.pitch + cents / 100.0));
    let mut saws = [0.0; 4].map(|_: f64| Oscillator::starting_at(0.5 + 0.5 * phases.next()));
    let sides = PANS.map(pan);
    let mut filters = [Svf::new(700.0, 0.8); 2];
    let mut envelope =
        Envelope::new(Shape { attack_ms: 160.0, decay_ms: 900.0, sustain: 0.75, release_ms: 230.0 });
    let (start, held) = (beat_to_frame(note.beat), held_samples(note));
    envelope.press();
    for (age, frame) in track.iter_mut().skip(start).enumerate() {
        if age == held {
            envelope.release();
        }
        let level = envelope.next();
        if level < INAUDIBLE_GAIN && age > held {
            break;
        }
        if age % CONTROL_SAMPLES == 0 {
            let cutoff_hz = pad_cutoff_hz(note.beat + age as f64 / beat_to_frame(1.0) as f64);
            filters.iter_mut().for_each(|filter| filter.tune(cutoff_hz));
        }
        let mut mix = [0.0; 2];
        for ((saw, hz), side) in saws.iter_mut().zip(hz).zip(sides) {
            let sound = saw.advance(hz).saw();
            mix[0] += side[0] * sound;
            mix[1] += side[1] * sound;
        }
        for ((out, filter), x) in frame.iter_mut().zip(&mut filters).zip(mix) {
            *out += 0.05 * level * filter.tick(x).low;
        }
    }
}

/// The arpeggio: short plucked pulses an octave above the chords, swaying from side to side.
pub(super) fn arpeggio() -> Track {
    let mut track = silence();
    let mut player = Noise::seeded(37);
    let final_run = (0..4).map(|voice_idx| (4.0 * LAST_BAR as f64 + 0.25 * voice_idx as f64, voice_idx, 0.8));
    let steps = ARPEGGIO_BARS.flat_map(|bar| {
        // It fades in over the break, and then keeps behind the melody.
        let swell = if bar == 6 { 0.55 } else { 0.8 };
        let voices = ARPEGGIO.iter().enumerate().filter(|(_, voice)| **voice >= 0);
        voices.map(move |(step, voice)| (4.0 * bar as f64 + 0.25 * step as f64, *voice as usize, swell))
    });
    for (beat, voice_idx, swell) in steps.chain(final_run) {
        let pitch = chord_at(beat).voices[voice_idx] + 12.0;
        let velocity = swell * (0.85 + 0.15 * player.next());
        pluck(&mut track, &Note { beat, beats: 0.25, pitch, velocity });
    }
    track
}

fn pluck(track: &mut [Frame], note: &Note) {
    let hz = pitch_to_hz(note.pitch);
    let mut oscillator = Oscillator::default();
    let mut filter = Svf::new(1000.0, 1.4);
    let mut brightness = Decay::new(70.0);
    let mut level = Envelope::new(Shape { attack_ms: 1.0, decay_ms: 130.0, sustain: 0.0, release_ms: 130.0 });
    let sides = pan(0.55 * sine(note.beat / 3.0));
    level.press();
    for (age, frame) in track.iter_mut().skip(beat_to_frame(note.beat)).enumerate() {
        let gain = level.next();
        if gain < INAUDIBLE_GAIN && age > CONTROL_SAMPLES {
            break;
        }
        let bright = brightness.next();
        if age % CONTROL_SAMPLES == 0 {
            filter.tune(700.0 + 8500.0 * note.velocity * bright);
        }
        let sound = 0.16 * note.velocity * gain * filter.tick(oscillator.advance(hz).pulse(0.32)).low;
        frame[0] += sides[0] * sound;
        frame[1] += sides[1] * sound;
    }
}

/// How a one-voice instrument answers its keys.
struct LineStyle {
    glide_ms: f64,
    loudness: Shape,
    brightness: Shape,
}

/// What a one-voice instrument is told for one sample.
struct LineState {
    hz: f64,
    /// The loudness envelope times the smoothed velocity.
    gain: f64,
    brightness: f64,
    /// Seconds since the key went down.
    held_s: f64,
}

/// Plays notes one at a time through `voice`, which makes a mono sample from the state. The pitch glides between slurred
/// notes; after a rest the new note starts in tune.
fn play_line(notes: &[Note], style: &LineStyle, mut voice: impl FnMut(usize, &LineState) -> f64) -> Vec<f64> {
    let mut envelopes = [style.loudness, style.brightness].map(Envelope::new);
    let glide = ms_to_one_pole_coeff(style.glide_ms, RATE_HZ);
    let smoothing = ms_to_one_pole_coeff(4.0, RATE_HZ);
    let (mut pitch, mut velocity, mut target_velocity) = (notes[0].pitch, 0.0, 0.0);
    let (mut target_pitch, mut started, mut released) = (pitch, 0, 0);
    let mut upcoming = notes.iter().peekable();
    let mut line = Vec::with_capacity(super::NUM_FRAMES);
    for idx in 0..super::NUM_FRAMES {
        if idx == released {
            envelopes.iter_mut().for_each(Envelope::release);
        }
        if let Some(note) = upcoming.next_if(|note| beat_to_frame(note.beat) <= idx) {
            let slurred = idx <= released + 64;
            target_pitch = note.pitch;
            pitch = if slurred { pitch } else { target_pitch };
            target_velocity = note.velocity;
            (started, released) = (idx, idx + held_samples(note));
            envelopes.iter_mut().for_each(Envelope::press);
        }
        pitch += (1.0 - glide) * (target_pitch - pitch);
        velocity += (1.0 - smoothing) * (target_velocity - velocity);
        let [gain, brightness] = envelopes.each_mut().map(Envelope::next);
        let held_s = (idx - started) as f64 / RATE_HZ;
        line.push(voice(
            idx,
            &LineState { hz: pitch_to_hz(pitch), gain: velocity * gain, brightness, held_s },
        ));
    }
    line
}

/// The bass: a saw through a low-pass that opens with each note, and a plain sine under it for weight.
pub(super) fn bass(notes: &[Note]) -> Track {
    let style = LineStyle {
        glide_ms: 22.0,
        loudness: Shape { attack_ms: 4.0, decay_ms: 500.0, sustain: 0.7, release_ms: 45.0 },
        brightness: Shape { attack_ms: 3.0, decay_ms: 130.0, sustain: 0.18, release_ms: 60.0 },
    };
    let [mut saw, mut sub] = [Oscillator::default(); 2];
    let mut filter = Svf::new(300.0, 1.1);
    let line = play_line(notes, &style, |idx, state| {
        if idx % CONTROL_SAMPLES == 0 {
            filter.tune(160.0 + 1500.0 * state.gain * state.brightness);
        }
        let growl = filter.tick(saw.advance(state.hz).saw()).low;
        // A little saturation puts harmonics where small loudspeakers can still tell the note.
        0.6 * saturate(1.3 * state.gain * (0.5 * growl + 0.75 * sub.advance(state.hz).sine(0.0)))
    });
    line.into_iter().map(|x| [x, x]).collect()
}

/// The lead: two detuned saws and a hollow pulse with a vibrato that comes in late, as a singer's does.
pub(super) fn lead(notes: &[Note]) -> Track {
    let style = LineStyle {
        glide_ms: 18.0,
        loudness: Shape { attack_ms: 9.0, decay_ms: 600.0, sustain: 0.75, release_ms: 80.0 },
        brightness: Shape { attack_ms: 14.0, decay_ms: 320.0, sustain: 0.35, release_ms: 120.0 },
    };
    let mut oscillators = [0.0, 0.37, 0.71].map(Oscillator::starting_at);
    let mut vibrato = Oscillator::default();
    let mut filter = Svf::new(1500.0, 0.9);
    let line = play_line(notes, &style, |idx, state| {
        if idx % CONTROL_SAMPLES == 0 {
            filter.tune(700.0 + 1.2 * state.hz + 3000.0 * state.gain * state.brightness);
        }
        let depth = 0.006 * ((state.held_s - 0.22) / 0.5).clamp(0.0, 1.0);
        let hz = state.hz * (1.0 + depth * vibrato.advance(5.3).sine(0.0));
        let [low, high, hollow] = &mut oscillators;
        let saws = low.advance(hz * 0.9975).saw() + high.advance(hz * 1.0025).saw();
        0.3 * state.gain * filter.tick(0.5 * saws + 0.4 * hollow.advance(hz).pulse(0.4)).low
    });
    let sides = pan(0.06);
    line.into_iter().map(|x| [sides[0] * x, sides[1] * x]).collect()
}
