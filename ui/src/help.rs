//! What every parameter does to the sound, and when to turn it: the text of the tool tips.

use lacquer_dsp::param::{Param, Unit};

/// By the parameter's id; what several of a kind share is under its last word, with `*` for the rest.
const TEXTS: &[(&str, &str)] = &[
    ("input.bypass", "Leaves trim, polarity and DC removal out."),
    (
        "input.trim_db",
        "Gain before everything else. The thresholds of the presets are made for about -18 LUFS here.",
    ),
    ("input.invert_left", "Turns the left channel's polarity round, for a cable or a plugin that did so."),
    ("input.invert_right", "Turns the right channel's polarity round, for a cable or a plugin that did so."),
    ("input.dc_removal", "Takes away what lies under a few hertz and only uses up headroom."),
    (
        "denoise.bypass",
        "Leaves the noise remover out. It is made for voices; on music it takes away more than noise.",
    ),
    (
        "denoise.mix_percent",
        "How much of the cleaned voice is heard. A little of the room left in sounds more natural.",
    ),
    ("gate.bypass", "Leaves the gate out."),
    (
        "gate.threshold_db",
        "What lies under this level is turned down. Set it between the noise and the softest words.",
    ),
    ("gate.ratio", "How steeply it turns down under the threshold: 2:1 is gentle, 10:1 shuts."),
    ("gate.range_db", "The most it turns down. A limited range keeps the room alive between words."),
    ("gate.attack_ms", "How fast it opens. Short keeps the beginnings of words."),
    ("gate.hold_ms", "How long it stays open after the level has fallen, so that word ends are not cut."),
    ("gate.release_ms", "How fast it closes after that."),
    (
        "gate.hysteresis_db",
        "How far the level must fall under the threshold before it closes: more stops it from fluttering.",
    ),
    ("gate.high_pass_hz", "The gate listens only above this, so that rumble does not open it."),
    ("de_esser.bypass", "Leaves the de-esser out."),
    (
        "de_esser.threshold_db",
        "From this share of the voice on, sibilance is turned down. Lower is stronger.",
    ),
    ("de_esser.frequency_hz", "Where sibilance begins: about 5 kHz for low voices, 7 kHz for high ones."),
    ("de_esser.range_db", "The most it turns down. Too much lisps."),
    ("equaliser.bypass", "Leaves the equaliser out."),
    ("equaliser.attack_ms", "How fast dynamic bells move once their threshold is passed."),
    ("equaliser.release_ms", "How fast dynamic bells come back."),
    ("equaliser.tilt_on", "Turns the tilt on: one slope over the whole spectrum."),
    (
        "equaliser.tilt_db",
        "Tilts the spectrum around its pivot: more is brighter and thinner, less is warmer and duller.",
    ),
    ("equaliser.tilt_pivot_hz", "The frequency that the tilt leaves alone."),
    ("equaliser.*.on", "Turns this band of the equaliser on."),
    ("equaliser.*.frequency_hz", "The band's frequency: a bell's middle, a shelf's or a pass's corner."),
    ("equaliser.*.gain_db", "How much the band adds or takes away. 1 to 3 dB are a lot on a master."),
    ("equaliser.*.q", "How narrow the band is: under 1 for tone, over 4 for a single resonance."),
    ("equaliser.*.slope_db_per_oct", "How steeply the pass falls beyond its corner."),
    ("equaliser.*placement", "What the band works on: both channels, left, right, mid or side."),
    ("equaliser.*.threshold_db", "From this level on a dynamic bell moves by its range."),
    ("equaliser.*.range_db", "How far a dynamic bell moves when it is loud; 0 makes it an ordinary bell."),
    ("leveller.bypass", "Leaves the leveller out."),
    ("leveller.target_lufs", "The loudness that it slowly brings the programme to."),
    ("leveller.max_gain_db", "The most it raises quiet passages."),
    ("leveller.max_cut_db", "The most it lowers loud passages."),
    (
        "leveller.rise_db_per_s",
        "How fast it raises. Slow keeps the dynamics of music; faster evens out speakers.",
    ),
    ("leveller.fall_db_per_s", "How fast it lowers."),
    (
        "leveller.start_gain_db",
        "The gain that it begins with, so that the first words are at level. A bounce sets it by itself.",
    ),
    ("multiband.bypass", "Leaves the multiband compressor out."),
    ("multiband.num_bands", "In how many bands dynamics are worked on."),
    ("multiband.crossover*", "Where two bands meet. The sum of the bands stays flat."),
    ("multiband.link_percent", "How much both channels share their gain: 100 keeps the stereo image still."),
    ("multiband.mix_percent", "How much of the compressed signal is heard; less is parallel compression."),
    ("multiband.band*.bypass", "Leaves this band's dynamics out."),
    ("multiband.band*.solo", "Hear this band alone."),
    ("multiband.band*.upward_threshold_db", "Under this level the band is raised, by the upward ratio."),
    ("multiband.band*.threshold_db", "From this level on the band is compressed."),
    ("multiband.band*.upward_ratio", "How strongly quiet passages are raised: 1:1 is off."),
    ("multiband.band*.ratio", "How strongly the band is compressed: 1.5:1 glues, 4:1 controls."),
    ("multiband.band*.knee_db", "How softly compression sets in around the threshold."),
    ("multiband.band*.attack_ms", "How fast gain falls. Slow lets transients through."),
    ("multiband.band*.release_ms", "How fast gain returns. Slow is calm, fast is loud and may pump."),
    ("multiband.band*.makeup_db", "Gain of the band after compression."),
    ("multiband.band*.mix_percent", "How much of this band's compressed signal is heard."),
    (
        "multiband.band*.upward_max_db",
        "The most that quiet passages are raised, so that silence stays silence.",
    ),
    ("exciter.bypass", "Leaves the exciter out."),
    (
        "exciter.drive_db",
        "Level into the curve that makes the harmonics: more makes more of them, and higher ones.",
    ),
    ("exciter.focus_hz", "Harmonics are made of what lies above this."),
    ("exciter.focus_high_hz", "Harmonics are made of what lies below this."),
    ("exciter.even_percent", "Odd harmonics sound edgy, even ones warm: 0 is odd alone, 100 even alone."),
    ("exciter.tone_hz", "Above this the harmonics become softer."),
    (
        "exciter.mix_percent",
        "How much of the harmonics is added. Listen to the delta, then take a third of what you like.",
    ),
    ("stereo.bypass", "Leaves width and mono bass out."),
    ("stereo.width_low_percent", "Width below the crossover: 0 is mono, 100 unchanged."),
    ("stereo.width_high_percent", "Width above the crossover: 0 is mono, 100 unchanged, 200 twice the side."),
    ("stereo.crossover_hz", "Where low becomes high."),
    ("stereo.mono_bass", "Makes the bass mono, for vinyl, clubs and small loudspeakers."),
    ("stereo.mono_below_hz", "Below this there is no side signal, if mono bass is on."),
    ("stereo.guard", "Holds widening back where it would make the channels cancel in mono."),
    ("stereo.min_correlation_percent", "The correlation that the guard keeps: 0 is safe in mono."),
    ("loudness.bypass", "Leaves the gain out."),
    (
        "loudness.gain_db",
        "Gain into the limiter: it sets how loud the master is. Match on the overview finds it.",
    ),
    ("limiter.bypass", "Leaves the limiter out: nothing holds the ceiling then."),
    (
        "limiter.ceiling_dbtp",
        "No true peak comes out above this. -1 dBTP leaves room for lossy codecs, -2 where they are hard.",
    ),
    ("limiter.release_ms", "How fast gain returns from lasting reduction. Short is louder, long is cleaner."),
    ("limiter.character", "Transparent distorts least, punchy keeps drums, loud is loudest."),
    (
        "limiter.transient_link_percent",
        "How much one channel's peaks lower the other: 100 keeps the image still, less is louder.",
    ),
    ("limiter.release_link_percent", "The same for lasting reduction."),
    ("dither.bypass", "Leaves dither out: needed only when a file of 16 or 24 bits is written from here."),
    ("dither.bits", "Bits of the file that will be written."),
    ("dither.kind", "TPDF is even noise; shaped moves it to where the ear hears least."),
];

/// What a parameter does.
#[must_use]
pub fn text(param: &Param) -> Option<&'static str> {
    TEXTS.iter().find(|(pattern, _)| matches(pattern, param.id)).map(|(_, text)| *text)
}

/// The words of a tool tip: what it does, its range, its default.
#[must_use]
pub fn tooltip(param: &Param) -> String {
    let text = text(param).unwrap_or(param.name);
    let default = param.to_text(param.default);
    match param.unit {
        Unit::Switch => format!("{text}\nDefault: {default}."),
        _ => format!("{text}\n{}. Default: {default}.", param.range_text()),
    }
}

/// At most one `*` stands for any text.
fn matches(pattern: &str, id: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == id,
        Some((head, tail)) => {
            id.len() >= head.len() + tail.len() && id.starts_with(head) && id.ends_with(tail)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_is_explained_and_every_text_is_used() {
        let mut used = vec![false; TEXTS.len()];
        for param in lacquer_dsp::params::all() {
            let idx = TEXTS.iter().position(|(pattern, _)| matches(pattern, param.id));
            used[idx.unwrap_or_else(|| panic!("{} is not explained", param.id))] = true;
        }
        let unused = TEXTS.iter().zip(&used).find(|(_, used)| !**used);
        assert!(unused.is_none(), "{:?} explains nothing", unused.map(|(row, _)| row.0));
    }
}
