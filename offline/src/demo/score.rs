//! What is played: tempo, form, chords, bass line, melody and drum patterns, as data.
//!
//! | bars | part | harmony |
//! |---|---|---|
//! | 0-1 | intro: electric piano, pad, hats | Bbmaj9, C6/9 |
//! | 2-5 | drums and bass enter, first melody, fill | Dm9, Bbmaj9, Fmaj9/A, Gm9 C9 |
//! | 6-7 | break: ride and arpeggio only, riser and snare roll | Bbmaj9, A7sus4 A7 |
//! | 8-11 | everything: clap, ride, melody an octave up | Dm9, Bbmaj9, Fmaj9/A, Gm9 C9 |
//! | 12- | last chord and its tail | Dm9 |

use super::sound::RATE_HZ;

/// Quarter notes a minute.
pub(super) const TEMPO_BPM: f64 = 108.0;

/// How far the second sixteenth of each pair is played late, in beats: a light swing.
const SWING_BEATS: f64 = 0.035;

/// The bar of the last chord.
pub(super) const LAST_BAR: usize = 12;

/// One note of a part.
#[derive(Clone, Copy)]
pub(super) struct Note {
    /// Quarter notes from the start of the piece.
    pub(super) beat: f64,
    /// Quarter notes that the key is held.
    pub(super) beats: f64,
    /// Semitones, where 69 is the A of 440 Hz.
    pub(super) pitch: f64,
    /// 0 to 1.
    pub(super) velocity: f64,
}

/// A chord of four voices over a bass note. The voices move by step wherever they can.
pub(super) struct Chord {
    /// Quarter notes from the start of the piece.
    pub(super) beat: f64,
    /// Quarter notes until the next chord.
    pub(super) beats: f64,
    /// The voices, lowest first.
    pub(super) voices: [f64; 4],
}

/// Sixteenths of one drum over one bar: a digit is a velocity from 1 to 9, anything else a rest.
pub(super) type Pattern = &'static str;

/// What the drummer plays in one bar.
pub(super) struct DrumBar {
    pub(super) kick: Pattern,
    pub(super) snare: Pattern,
    pub(super) clap: Pattern,
    pub(super) closed_hat: Pattern,
    pub(super) open_hat: Pattern,
    pub(super) ride: Pattern,
    pub(super) crash: Pattern,
    pub(super) tom: Pattern,
}

/// The frame at which a beat falls.
pub(super) fn beat_to_frame(beat: f64) -> usize {
    (beat * (60.0 / TEMPO_BPM) * RATE_HZ) as usize
}

/// The hits of a pattern as beats from the start of the piece and velocities from 0 to 1.
pub(super) fn hits(bar: usize, pattern: Pattern) -> impl Iterator<Item = (f64, f64)> {
    pattern.bytes().enumerate().filter(|(_, symbol)| symbol.is_ascii_digit()).map(move |(step, symbol)| {
        let late = if step % 2 == 1 { SWING_BEATS } else { 0.0 };
        (4.0 * bar as f64 + 0.25 * step as f64 + late, f64::from(symbol - b'0') / 9.0)
    })
}

/// A pitch from its name, such as "Bb3" or "C#5". A misspelt name stops the build where it is used in a constant.
const fn pitch(name: &str) -> f64 {
    let bytes = name.as_bytes();
    let natural: i32 = match bytes[0] {
        b'C' => 0,
        b'D' => 2,
        b'E' => 4,
        b'F' => 5,
        b'G' => 7,
        b'A' => 9,
        b'B' => 11,
        _ => panic!("a note is named A to G"),
    };
    let accidental = match bytes[1] {
        b'b' => -1,
        b'#' => 1,
        _ => 0,
    };
    let octave = bytes[bytes.len() - 1] as i32 - b'0' as i32;
    (12 * (octave + 1) + natural + accidental) as f64
}

/// A note by bar and by beat within the bar, both from nought.
const fn note(bar: usize, beat: f64, beats: f64, name: &str, velocity: f64) -> Note {
    Note { beat: 4.0 * bar as f64 + beat, beats, pitch: pitch(name), velocity }
}

const fn chord(bar: usize, beat: f64, beats: f64, names: [&str; 4]) -> Chord {
    let voices = [pitch(names[0]), pitch(names[1]), pitch(names[2]), pitch(names[3])];
    Chord { beat: 4.0 * bar as f64 + beat, beats, voices }
}

/// The harmony of the whole piece.
pub(super) const CHORDS: [Chord; 16] = [
    chord(0, 0.0, 4.0, ["F3", "C4", "D4", "A4"]),
    chord(1, 0.0, 4.0, ["E3", "A3", "D4", "G4"]),
    chord(2, 0.0, 4.0, ["F3", "C4", "E4", "A4"]),
    chord(3, 0.0, 4.0, ["F3", "C4", "D4", "A4"]),
    chord(4, 0.0, 4.0, ["E3", "A3", "C4", "G4"]),
    chord(5, 0.0, 2.0, ["F3", "Bb3", "D4", "A4"]),
    chord(5, 2.0, 2.0, ["E3", "Bb3", "D4", "G4"]),
    chord(6, 0.0, 4.0, ["F3", "C4", "D4", "A4"]),
    chord(7, 0.0, 2.0, ["E3", "A3", "D4", "G4"]),
    chord(7, 2.0, 2.0, ["E3", "A3", "C#4", "G4"]),
    chord(8, 0.0, 4.0, ["F3", "C4", "E4", "A4"]),
    chord(9, 0.0, 4.0, ["F3", "C4", "D4", "A4"]),
    chord(10, 0.0, 4.0, ["E3", "A3", "C4", "G4"]),
    chord(11, 0.0, 2.0, ["F3", "Bb3", "D4", "A4"]),
    chord(11, 2.0, 2.0, ["E3", "Bb3", "D4", "G4"]),
    chord(12, 0.0, 3.0, ["F3", "A3", "E4", "A4"]),
];

/// When the electric piano strikes within a bar: beat, beats held, velocity. The off-beats are its answer to the snare.
pub(super) const COMPING: [(f64, f64, f64); 4] =
    [(0.0, 1.4, 0.80), (1.5, 0.4, 0.45), (2.5, 1.1, 0.62), (3.75, 0.22, 0.38)];

/// The first voice of the arpeggio is played at the start of the bar, and so on; -1 is a rest.
pub(super) const ARPEGGIO: [i32; 16] = [0, 2, 3, 1, -1, 3, 2, 1, 0, 2, -1, 3, 1, 3, 2, -1];

/// The bars over which the arpeggio plays.
pub(super) const ARPEGGIO_BARS: core::ops::Range<usize> = 6..12;

/// The bass line. Notes that touch are slurred, and the pitch glides between them.
pub(super) const BASS: &[Note] = &[
    note(2, 0.0, 1.3, "D2", 0.9),
    note(2, 1.75, 0.25, "D2", 0.6),
    note(2, 2.5, 0.7, "D2", 0.8),
    note(2, 3.5, 0.25, "A1", 0.7),
    note(2, 3.75, 0.25, "C2", 0.7),
    note(3, 0.0, 1.3, "Bb1", 0.9),
    note(3, 1.75, 0.25, "Bb1", 0.6),
    note(3, 2.5, 0.7, "F2", 0.8),
    note(3, 3.5, 0.5, "Bb1", 0.7),
    note(4, 0.0, 1.3, "A1", 0.9),
    note(4, 1.75, 0.25, "A1", 0.6),
    note(4, 2.5, 0.7, "C2", 0.8),
    note(4, 3.5, 0.5, "F2", 0.75),
    note(5, 0.0, 1.3, "G1", 0.9),
    note(5, 1.75, 0.25, "G1", 0.6),
    note(5, 2.0, 1.0, "C2", 0.9),
    note(5, 3.25, 0.25, "C2", 0.7),
    note(5, 3.5, 0.5, "C2", 0.8),
    note(6, 0.0, 3.6, "Bb1", 0.75),
    note(7, 0.0, 3.25, "A1", 0.7),
    note(8, 0.0, 0.8, "D2", 0.95),
    note(8, 1.0, 0.25, "D3", 0.6),
    note(8, 1.5, 0.5, "D2", 0.75),
    note(8, 2.5, 0.7, "D2", 0.85),
    note(8, 3.25, 0.25, "A1", 0.7),
    note(8, 3.5, 0.5, "C2", 0.8),
    note(9, 0.0, 0.8, "Bb1", 0.95),
    note(9, 1.0, 0.25, "Bb2", 0.6),
    note(9, 1.5, 0.5, "Bb1", 0.75),
    note(9, 2.5, 0.7, "F2", 0.85),
    note(9, 3.25, 0.25, "D2", 0.7),
    note(9, 3.5, 0.5, "Bb1", 0.8),
    note(10, 0.0, 0.8, "A1", 0.95),
    note(10, 1.0, 0.25, "A2", 0.6),
    note(10, 1.5, 0.5, "A1", 0.75),
    note(10, 2.5, 0.7, "C2", 0.85),
    note(10, 3.25, 0.75, "F2", 0.8),
    note(11, 0.0, 0.8, "G1", 0.95),
    note(11, 1.0, 0.25, "G2", 0.6),
    note(11, 1.5, 0.5, "Bb1", 0.8),
    note(11, 2.0, 1.0, "C2", 0.9),
    note(11, 3.0, 0.5, "C2", 0.8),
    note(11, 3.5, 0.5, "C#2", 0.8),
    note(12, 0.0, 2.0, "D2", 0.9),
];

/// The melody: a call in bars 3-5, a long line over the break, its answer higher up in bars 8-11.
pub(super) const MELODY: &[Note] = &[
    note(3, 2.5, 0.45, "A4", 0.6),
    note(3, 3.0, 0.45, "C5", 0.65),
    note(3, 3.5, 0.5, "D5", 0.7),
    note(4, 0.0, 1.4, "E5", 0.85),
    note(4, 1.5, 0.5, "C5", 0.65),
    note(4, 2.0, 1.2, "A4", 0.75),
    note(4, 3.5, 0.45, "G4", 0.6),
    note(5, 0.0, 0.75, "Bb4", 0.8),
    note(5, 0.75, 0.25, "A4", 0.6),
    note(5, 1.0, 0.45, "G4", 0.65),
    note(5, 1.5, 0.9, "D5", 0.8),
    note(5, 2.5, 0.7, "E5", 0.8),
    note(6, 0.0, 2.2, "D5", 0.6),
    note(6, 2.5, 0.45, "C5", 0.5),
    note(6, 3.0, 0.5, "D5", 0.55),
    note(6, 3.5, 0.5, "F5", 0.6),
    note(7, 0.0, 1.5, "E5", 0.7),
    note(7, 1.5, 0.5, "D5", 0.6),
    note(7, 2.0, 1.4, "C#5", 0.7),
    note(8, 0.0, 0.5, "F5", 0.85),
    note(8, 0.5, 0.25, "E5", 0.7),
    note(8, 0.75, 0.25, "D5", 0.7),
    note(8, 1.0, 1.3, "A5", 0.95),
    note(8, 2.5, 0.5, "G5", 0.75),
    note(8, 3.0, 0.45, "F5", 0.75),
    note(8, 3.5, 0.45, "E5", 0.7),
    note(9, 0.0, 1.6, "D5", 0.85),
    note(9, 2.5, 0.45, "F5", 0.7),
    note(9, 3.0, 0.45, "G5", 0.75),
    note(9, 3.5, 0.5, "A5", 0.8),
    note(10, 0.0, 1.0, "C6", 0.95),
    note(10, 1.0, 0.5, "A5", 0.8),
    note(10, 1.5, 1.0, "G5", 0.8),
    note(10, 3.0, 0.45, "E5", 0.7),
    note(10, 3.5, 0.45, "F5", 0.75),
    note(11, 0.0, 0.75, "G5", 0.85),
    note(11, 0.75, 0.25, "A5", 0.75),
    note(11, 1.0, 0.7, "Bb5", 0.9),
    note(11, 1.75, 0.25, "A5", 0.7),
    note(11, 2.0, 0.5, "G5", 0.8),
    note(11, 2.5, 0.5, "E5", 0.75),
    note(11, 3.0, 0.45, "C5", 0.7),
    note(11, 3.5, 0.5, "E5", 0.75),
    note(12, 0.0, 1.6, "D5", 0.8),
];

const REST: Pattern = "................";

const SILENT: DrumBar = DrumBar {
    kick: REST,
    snare: REST,
    clap: REST,
    closed_hat: REST,
    open_hat: REST,
    ride: REST,
    crash: REST,
    tom: REST,
};

const INTRO: DrumBar = DrumBar { closed_hat: "6.3.5.326.3.5.43", ..SILENT };

const VERSE: DrumBar = DrumBar {
    kick: "9......5..8.....",
    snare: "....8..1.1..8..2",
    closed_hat: "7.426.427.426.4.",
    open_hat: "..............6.",
    ..SILENT
};

const CHORUS: DrumBar = DrumBar {
    kick: "9..4..8...9....4",
    snare: "....9..1.2..9..2",
    clap: "....7.......7...",
    closed_hat: "7353735373537353",
    open_hat: "......5.......6.",
    ride: "6...5...6...5...",
    ..SILENT
};

/// The drums, bar by bar.
pub(super) const DRUMS: [DrumBar; 13] = [
    INTRO,
    DrumBar { closed_hat: "6.3.5.326.3.546.", open_hat: "..............5.", ..SILENT },
    DrumBar { crash: "6...............", ..VERSE },
    VERSE,
    DrumBar { kick: "9......5..8..4..", ..VERSE },
    // The fill: the snare calls, the toms answer downwards.
    DrumBar {
        kick: "9......5..8.....",
        snare: "....8..1.1..8868",
        closed_hat: "7.426.427.42....",
        open_hat: REST,
        tom: "..........6.7.89",
        ..SILENT
    },
    DrumBar { ride: "4.......3.......", ..SILENT },
    DrumBar { ride: "4.......4.......", snare: "........2.334567", closed_hat: "4...4...4.4.4.4.", ..SILENT },
    DrumBar { crash: "8...............", ..CHORUS },
    CHORUS,
    DrumBar { kick: "9..4..8...9..5..", ..CHORUS },
    DrumBar {
        kick: "9..4..8...9.....",
        snare: "....9..1.2..9.7.",
        closed_hat: "735373537353....",
        open_hat: "......5.........",
        tom: ".............7.8",
        ..CHORUS
    },
    DrumBar { kick: "9...............", crash: "9...............", ..SILENT },
];
