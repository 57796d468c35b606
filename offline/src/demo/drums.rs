//! The drum kit, made of sines, noise and the clang of six pulses that agree on nothing.

use super::score::{DRUMS, DrumBar, Pattern, beat_to_frame, hits};
use super::sound::{
    CONTROL_SAMPLES, Decay, INAUDIBLE_GAIN, Noise, Oscillator, Svf, Track, pan, saturate, silence,
};
use lacquer_dsp::block::Frame;
use lacquer_dsp::math::exp2;

/// The kit on four faders.
pub(super) struct Kit {
    pub(super) kick: Track,
    /// Snare, clap and toms.
    pub(super) skins: Track,
    pub(super) hats: Track,
    /// Ride, crash and the riser of the break.
    pub(super) cymbals: Track,
}

/// One stroke.
struct Hit {
    start: usize,
    velocity: f64,
}

/// All strokes of one drum over the piece, a little uneven in time and force.
fn strokes(seed: u64, drum: impl Fn(&DrumBar) -> Pattern) -> Vec<Hit> {
    let mut hand = Noise::seeded(seed);
    let bars = DRUMS.iter().enumerate();
    bars.flat_map(|(bar, drums)| hits(bar, drum(drums)))
        .map(|(beat, velocity)| Hit {
            start: beat_to_frame(beat) + (70.0 * (1.0 + hand.next())) as usize,
            velocity: velocity * (1.0 + 0.07 * hand.next()),
        })
        .collect()
}

/// Where the kick falls, for the ducking of what shares its range.
pub(super) fn kick_frames() -> Vec<usize> {
    strokes(101, |bar| bar.kick).iter().map(|hit| hit.start).collect()
}

/// Everything the drummer plays.
pub(super) fn play() -> Kit {
    let mut noise = Noise::seeded(7);
    let mut kit = Kit { kick: silence(), skins: silence(), hats: silence(), cymbals: silence() };
    for hit in strokes(101, |bar| bar.kick) {
        kick(&mut kit.kick, &hit, &mut noise);
    }
    for hit in strokes(102, |bar| bar.snare) {
        snare(&mut kit.skins, &hit, &mut noise);
    }
    for hit in strokes(103, |bar| bar.clap) {
        clap(&mut kit.skins, &hit, &mut noise);
    }
    for (idx, hit) in strokes(104, |bar| bar.tom).iter().enumerate() {
        tom(&mut kit.skins, hit, idx);
    }
    hats(&mut kit.hats, &mut noise);
    for hit in strokes(107, |bar| bar.ride) {
        cymbal(&mut kit.cymbals, &hit, &RIDE, &mut noise);
    }
    for hit in strokes(108, |bar| bar.crash) {
        cymbal(&mut kit.cymbals, &hit, &CRASH, &mut noise);
    }
    riser(&mut kit.cymbals, &mut noise);
    kit
}

/// Adds a sound that lasts until `sound` has nothing more to say.
fn strike(track: &mut [Frame], start: usize, sides: Frame, mut sound: impl FnMut(usize) -> Option<f64>) {
    for (age, frame) in track.iter_mut().skip(start).enumerate() {
        let Some(x) = sound(age) else { break };
        frame[0] += sides[0] * x;
        frame[1] += sides[1] * x;
    }
}

/// A rise from nought to one over the first `samples`, so that no stroke begins with a step.
fn onset(age: usize, samples: usize) -> f64 {
    (age as f64 / samples as f64).min(1.0)
}

/// A sine that falls to its pitch, and the click of the beater.
fn kick(track: &mut [Frame], hit: &Hit, noise: &mut Noise) {
    let [mut body, mut fast, mut slow, mut click] = [115.0, 9.0, 45.0, 2.2].map(Decay::new);
    let mut skin = Oscillator::default();
    let mut beater = Svf::new(2600.0, 0.8);
    strike(track, hit.start, [0.71; 2], |age| {
        let level = body.next();
        let hz = 47.0 + 150.0 * fast.next() + 45.0 * slow.next();
        let thump = saturate(1.5 * level * skin.advance(hz).sine(0.0));
        let tick = 0.6 * click.next() * beater.tick(noise.next()).band;
        (level > INAUDIBLE_GAIN).then(|| hit.velocity * onset(age, 24) * (0.9 * thump + tick))
    });
}

/// Two modes of the head, the wires under it, and a snap.
fn snare(track: &mut [Frame], hit: &Hit, noise: &mut Noise) {
    let [mut head, mut upper, mut wires, mut snap, mut bend] = [58.0, 32.0, 75.0, 7.0, 12.0].map(Decay::new);
    let [mut low, mut high] = [Oscillator::default(); 2];
    let mut floor = Svf::new(1400.0, 0.7);
    // A soft stroke is duller as well as quieter.
    let mut ceiling = Svf::new(4000.0 + 6000.0 * hit.velocity, 0.7);
    strike(track, hit.start, pan(0.04), |age| {
        let bent = 1.0 + 0.35 * bend.next();
        let body = head.next() * low.advance(188.0 * bent).sine(0.0);
        let ring = upper.next() * high.advance(331.0 * bent).sine(0.0);
        let rattle = ceiling.tick(floor.tick(noise.next()).high).low;
        let level = wires.next();
        let sound = 0.5 * body + 0.22 * ring + (0.42 * level + 0.3 * snap.next()) * rattle;
        (level > INAUDIBLE_GAIN).then(|| hit.velocity * onset(age, 16) * sound)
    });
}

/// Four hands that miss each other by ten milliseconds.
fn clap(track: &mut [Frame], hit: &Hit, noise: &mut Noise) {
    const HANDS: [(usize, f64, f64); 4] =
        [(0, 0.5, -0.3), (470, 0.6, 0.35), (930, 0.7, -0.1), (1400, 1.0, 0.15)];
    for (delay, force, position) in HANDS {
        let mut decay = Decay::new(if force < 1.0 { 5.0 } else { 65.0 });
        let mut palm = Svf::new(1250.0, 1.3);
        let mut floor = Svf::new(700.0, 0.7);
        strike(track, hit.start + delay, pan(position), |age| {
            let level = decay.next();
            let sound = floor.tick(palm.tick(noise.next()).band).high;
            (level > INAUDIBLE_GAIN).then(|| 0.5 * force * hit.velocity * onset(age, 12) * level * sound)
        });
    }
}

/// Toms, each lower and further to the right than the one before.
fn tom(track: &mut [Frame], hit: &Hit, idx: usize) {
    const TUNING_HZ: [f64; 4] = [165.0, 132.0, 108.0, 84.0];
    let place = idx % TUNING_HZ.len();
    let [mut body, mut bend] = [130.0, 40.0].map(Decay::new);
    let mut skin = Oscillator::default();
    strike(track, hit.start, pan(0.3 * place as f64 - 0.45), |age| {
        let level = body.next();
        let hz = TUNING_HZ[place] * (1.0 + 0.5 * bend.next());
        let sound = saturate(1.2 * level * skin.advance(hz).sine(0.0));
        (level > INAUDIBLE_GAIN).then(|| 0.4 * hit.velocity * onset(age, 32) * sound)
    });
}

/// The clang of metal: pulses whose frequencies have no common measure.
struct Metal([Oscillator; 6]);

impl Metal {
    fn new(noise: &mut Noise) -> Self {
        Self([0.0; 6].map(|_: f64| Oscillator::starting_at(0.5 + 0.5 * noise.next())))
    }

    fn next(&mut self, size: f64) -> f64 {
        const HZ: [f64; 6] = [205.3, 304.4, 369.6, 522.7, 540.0, 800.0];
        self.0.iter_mut().zip(HZ).map(|(pulse, hz)| pulse.advance(size * hz).pulse(0.5)).sum::<f64>() / 6.0
    }
}

/// Closed and open hats are one instrument: each stroke stops the one before.
fn hats(track: &mut [Frame], noise: &mut Noise) {
    const OPEN_MS: f64 = 120.0;
    let closed = strokes(105, |bar| bar.closed_hat).into_iter().map(|hit| (hit, 22.0));
    let open = strokes(106, |bar| bar.open_hat).into_iter().map(|hit| (hit, OPEN_MS));
    let mut all: Vec<(Hit, f64)> = closed.chain(open).collect();
    all.sort_by_key(|(hit, _)| hit.start);
    for (idx, (hit, decay_ms)) in all.iter().enumerate() {
        let choked = all.get(idx + 1).map_or(usize::MAX, |(next, _)| next.start - hit.start);
        let mut decay = Decay::new(decay_ms * (0.7 + 0.5 * hit.velocity));
        let mut metal = Metal::new(noise);
        let mut floors = [Svf::new(7200.0, 0.8); 2];
        strike(track, hit.start, pan(0.28), |age| {
            if age == choked {
                decay.hurry(6.0);
            }
            let level = decay.next();
            let clang = 0.8 * metal.next(8.1) + 0.5 * noise.next();
            let bright = floors.iter_mut().fold(clang, |x, floor| floor.tick(x).high);
            (level > INAUDIBLE_GAIN).then(|| 0.34 * hit.velocity * onset(age, 20) * level * bright)
        });
    }
}

/// What tells one cymbal from another.
struct Cymbal {
    size: f64,
    decay_ms: f64,
    floor_hz: f64,
    ping: f64,
    wash: f64,
    position: f64,
    gain: f64,
}

const RIDE: Cymbal = Cymbal {
    size: 5.2,
    decay_ms: 220.0,
    floor_hz: 4200.0,
    ping: 0.7,
    wash: 0.14,
    position: -0.42,
    gain: 0.2,
};

const CRASH: Cymbal = Cymbal {
    size: 4.1,
    decay_ms: 520.0,
    floor_hz: 3000.0,
    ping: 0.1,
    wash: 0.75,
    position: -0.18,
    gain: 0.3,
};

fn cymbal(track: &mut [Frame], hit: &Hit, cymbal: &Cymbal, noise: &mut Noise) {
    let [mut wash, mut ping] = [cymbal.decay_ms, 30.0].map(Decay::new);
    let mut metal = Metal::new(noise);
    let mut floor = Svf::new(cymbal.floor_hz, 0.7);
    let mut ceiling = Svf::new(14_000.0, 0.7);
    let gain = cymbal.gain * hit.velocity;
    strike(track, hit.start, pan(cymbal.position), |age| {
        let level = wash.next();
        let clang = floor.tick(0.5 * metal.next(cymbal.size) + cymbal.wash * noise.next()).high;
        let sound = ceiling.tick(clang).low * (level + cymbal.ping * ping.next());
        (level > INAUDIBLE_GAIN).then(|| gain * onset(age, 40) * sound)
    });
}

/// Noise that climbs through the second bar of the break and stops where the beat returns.
fn riser(track: &mut [Frame], noise: &mut Noise) {
    let (start, end) = (beat_to_frame(28.0), beat_to_frame(32.0));
    let mut filters = [Svf::new(400.0, 1.6); 2];
    for (age, frame) in track[start..end].iter_mut().enumerate() {
        let progress = age as f64 / (end - start) as f64;
        // The last hundredth lets go of it, so that it is cut and not clicked off.
        let gain = 0.11 * progress * progress * ((1.0 - progress) * 100.0).min(1.0);
        for (out, filter) in frame.iter_mut().zip(&mut filters) {
            if age % CONTROL_SAMPLES == 0 {
                filter.tune(400.0 * exp2(4.2 * progress));
            }
            *out += gain * filter.tick(noise.next()).band;
        }
    }
}
