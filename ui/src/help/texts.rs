//! The sentences, by id.

/// What a module is for; its switch says it.
pub(super) fn of_module(module: &str) -> Option<&'static str> {
    Some(match module {
        "input" => "Trim, polarity, and removal of direct current, before everything else.",
        "denoise" => {
            "Takes steady noise such as fans and hiss from a voice. Leave it off for music, which it takes for noise."
        }
        "gate" => "Lowers what lies under a threshold, so that rooms and breaths recede between words.",
        "de_esser" => {
            "Lowers the high band while an S or a T is too sharp, and leaves everything else alone."
        }
        "equaliser" => "Shapes the balance of frequencies with filters, shelves and bells.",
        "leveller" => "Rides the gain slowly, so that quiet and loud passages come to one loudness.",
        "multiband" => "Compresses each band of frequencies for itself, for an even and dense sound.",
        "exciter" => {
            "Adds harmonics of the highs: air and presence that an equaliser cannot lift from where there is nothing."
        }
        "stereo" => "Makes the image wider or narrower, and the bass mono.",
        "loudness" => "The gain into the limiter, which brings the programme to its loudness.",
        "limiter" => {
            "Holds the true peak under the ceiling, between the samples too, as a converter or a codec will see it."
        }
        "dither" => {
            "Rounds to the whole numbers of a file without distortion. Last of all, and only where a file is made."
        }
        _ => return None,
    })
}

/// What a parameter does.
pub(super) fn of(id: &str) -> Option<&'static str> {
    let module = id.split('.').next().unwrap_or_default();
    match module {
        "input" | "denoise" | "gate" | "de_esser" | "leveller" => voice(id),
        "equaliser" => equaliser(id),
        "multiband" => multiband(id),
        _ => finish(id),
    }
}

fn voice(id: &str) -> Option<&'static str> {
    Some(match id {
        "input.trim_db" => {
            "gain before everything else. Bring the programme to where the thresholds lie, about -20 LUFS."
        }
        "input.invert_left" => {
            "turns the left channel upside down. For a channel that was wired wrongly: mono sounds hollow."
        }
        "input.invert_right" => {
            "turns the right channel upside down. For a channel that was wired wrongly: mono sounds hollow."
        }
        "input.dc_removal" => {
            "removes a constant offset and what lies under a few hertz, which only costs level."
        }
        "denoise.mix_percent" => {
            "how much of the cleaned voice is heard. Less keeps some of the room, and sounds less processed."
        }
        "gate.threshold_db" => {
            "level under which the gate closes. Set it between the noise and the quietest word."
        }
        "gate.ratio" => {
            "how steeply level falls under the threshold. A low ratio is an expander, a high one a hard gate."
        }
        "gate.range_db" => {
            "the most that is taken away. A small range sounds natural, a large one leaves silence."
        }
        "gate.hysteresis_db" => {
            "how far level must fall under the threshold before the gate closes again. More keeps it from fluttering."
        }
        "gate.attack_ms" => {
            "how fast the gate opens. Short keeps the beginning of words, long avoids clicks."
        }
        "gate.hold_ms" => {
            "how long the gate stays open after the level fell. Longer bridges the pauses within a sentence."
        }
        "gate.release_ms" => "how slowly the gate closes. Long lets the end of words and reverberation fade.",
        "gate.high_pass_hz" => {
            "the gate does not hear what lies below, so that rumble cannot open it. The sound itself is not filtered."
        }
        "de_esser.frequency_hz" => {
            "where the high band begins. About 5 kHz for a low voice, 7 kHz for a high one."
        }
        "de_esser.threshold_db" => {
            "how far the high band may stand out before it is lowered. Lower it until only sharp sounds move the meter."
        }
        "de_esser.range_db" => "the most that the high band is lowered. Too much makes a lisp.",
        "leveller.target_lufs" => "the loudness that passages are brought to.",
        "leveller.max_gain_db" => "the most that a quiet passage is raised. Less keeps noise down in pauses.",
        "leveller.max_cut_db" => "the most that a loud passage is lowered.",
        "leveller.rise_db_per_s" => {
            "how fast gain rises. Slow is not heard; fast follows a speaker who turns away."
        }
        "leveller.fall_db_per_s" => {
            "how fast gain falls. Usually faster than it rises, so that loud passages are caught."
        }
        "leveller.start_gain_db" => {
            "gain at the very beginning, before anything was heard. A bounce can work it out so that no first word jumps."
        }
        _ => return None,
    })
}

fn equaliser(id: &str) -> Option<&'static str> {
    let (band, what) = id.trim_start_matches("equaliser.").rsplit_once('.').unwrap_or(("", id));
    Some(match (band, what) {
        (_, "placement") => {
            "filters both channels, only the middle, or only the sides. Lift the sides' highs for width, cut their lows for focus."
        }
        ("high_pass", "on") => {
            "whether lows are cut. For rumble, pops, and whatever lies under the lowest tone."
        }
        ("low_pass", "on") => "whether highs are cut. For hiss and harshness above everything that matters.",
        (_, "on") => "whether this band is heard. Compare with and without.",
        ("high_pass", "frequency_hz") => {
            "what lies below is cut; here 3 dB are lost. Raise it until the bass thins, then go back a little."
        }
        ("low_pass", "frequency_hz") => "what lies above is cut; here 3 dB are lost.",
        ("bell", "frequency_hz") => {
            "the middle of the bell. To find a resonance, raise the gain, sweep until it is worst, then cut."
        }
        (_, "frequency_hz") => "where half of the shelf's gain is reached.",
        ("high_pass" | "low_pass", "slope_db_per_oct") => {
            "how steeply it cuts, in decibels per octave. Steep separates, gentle sounds natural."
        }
        ("bell", "gain_db") => {
            "gain at the middle of the bell. One or two decibels are much on a finished mix."
        }
        (_, "gain_db") => "gain of the shelf. Low for weight, high for air.",
        ("bell", "q") => {
            "how narrow the bell is. Wide, about 0.7, for tone; narrow, 4 and more, for resonances."
        }
        (_, "q") => "how steep the shelf is. Above 0.71 it overshoots at its knee.",
        (_, "threshold_db") => {
            "level of the band from which the bell moves by its range. Lower it until only what disturbs sets it off."
        }
        (_, "range_db") => {
            "how far the bell moves when its band is loud: below zero it ducks, above it lifts. Zero keeps it still."
        }
        (_, "equaliser.attack_ms") => {
            "how fast a dynamic bell sets out. Short catches transients, long lets them pass."
        }
        (_, "equaliser.release_ms") => {
            "how fast a dynamic bell comes back. Too short is heard as roughness on low tones."
        }
        (_, "equaliser.tilt_on") => "whether the tilt is heard.",
        (_, "equaliser.tilt_db") => {
            "turns the whole balance about the pivot: above zero brighter, below darker."
        }
        (_, "equaliser.tilt_pivot_hz") => "where the tilt changes nothing.",
        (_, "equaliser.tilt_placement") => "tilts both channels, only the middle, or only the sides.",
        _ => return None,
    })
}

fn multiband(id: &str) -> Option<&'static str> {
    Some(match id {
        "multiband.num_bands" => {
            "into how many bands the sound is cut. Fewer sound more natural; more can be set more exactly."
        }
        "multiband.crossover_hz" => {
            "where a band ends and the next begins. Keep a voice or an instrument within one band."
        }
        "multiband.link_percent" => {
            "how far both channels get the same gain. At 100 % the image stands still, at 0 % each is compressed for itself."
        }
        "multiband.mix_percent" => {
            "share of the compressed sound. Less keeps the transients of the original: parallel compression."
        }
        "multiband.band.bypass" => "leaves this band's compression out, to hear what it does.",
        "multiband.band.solo" => "silences the other bands, to hear what lies in this one.",
        "multiband.band.threshold_db" => {
            "level from which this band is compressed. Lower it until the reduction moves with the music."
        }
        "multiband.band.ratio" => {
            "how strongly what exceeds the threshold is held back. 1.5:1 to 2:1 is glue, 4:1 and more control."
        }
        "multiband.band.knee_db" => "how softly compression sets in around the threshold.",
        "multiband.band.attack_ms" => {
            "how fast gain is reduced. Long lets drums keep their beginning, short makes them denser."
        }
        "multiband.band.release_ms" => {
            "how fast gain comes back. Let it return in time with the music; too short distorts the bass."
        }
        "multiband.band.makeup_db" => {
            "gain after compression, to bring the band back to its level in the mix."
        }
        "multiband.band.mix_percent" => "share of the compressed sound in this band.",
        "multiband.band.upward_threshold_db" => {
            "level under which this band is raised, for details that would be lost."
        }
        "multiband.band.upward_ratio" => {
            "how strongly what lies under the upward threshold is raised. 1:1 is off."
        }
        "multiband.band.upward_max_db" => "the most that it is raised, so that silence stays silence.",
        _ => return None,
    })
}

fn finish(id: &str) -> Option<&'static str> {
    Some(match id {
        "exciter.drive_db" => "how hard the band is driven. More makes more and higher harmonics.",
        "exciter.focus_hz" => "harmonics are made of what lies above. Higher for air, lower for presence.",
        "exciter.focus_high_hz" => {
            "harmonics are made of what lies below. Lower it when cymbals become harsh."
        }
        "exciter.even_percent" => "even harmonics sound warm and open, odd ones dense and sharp.",
        "exciter.tone_hz" => "above this the harmonics become softer. Lower it for warmth.",
        "exciter.mix_percent" => {
            "how much of the harmonics is added. Raise it until it is heard, then go back by a third."
        }
        "stereo.width_low_percent" => {
            "width of what lies under the crossover: 0 % is mono, 100 % unchanged. Lows are best at 100 % or less."
        }
        "stereo.width_high_percent" => {
            "width of what lies above the crossover: 0 % is mono, 100 % unchanged, 200 % twice the sides."
        }
        "stereo.crossover_hz" => "where low becomes high for the two widths.",
        "stereo.mono_bass" => "makes the bass mono: firmer, and needed for vinyl and large systems.",
        "stereo.mono_below_hz" => "what lies below becomes mono, if mono bass is on.",
        "stereo.guard" => "holds back widening where the sum of both channels would lose too much.",
        "stereo.min_correlation_percent" => {
            "how far the guard lets the correlation fall. Above 0 % mono stays safe."
        }
        "loudness.gain_db" => {
            "gain into the limiter. It sets how loud the master is and how much the limiter works."
        }
        "limiter.ceiling_dbtp" => {
            "the highest true peak that comes out. -1 dBTP for streaming, -2 dBTP where a codec follows at a low rate."
        }
        "limiter.release_ms" => {
            "how fast gain comes back from a reduction that lasted. Short is louder, long is cleaner."
        }
        "limiter.character" => {
            "transparent returns slowly with the least distortion, punchy lets what follows a hit keep its weight, loud returns at once."
        }
        "limiter.transient_link_percent" => {
            "how far one channel's peaks lower the other. 100 % keeps the image, less keeps the other's level."
        }
        "limiter.release_link_percent" => {
            "how far lasting reduction is shared by the channels. 100 % keeps the image."
        }
        "dither.bits" => "word length of the file to be: 16 for a CD, 24 for delivery.",
        "dither.kind" => {
            "tpdf is neutral, shaped moves the noise to where the ear hears least, none rounds with distortion."
        }
        _ => return None,
    })
}
