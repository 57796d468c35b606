//! Real masters of a real song and of speech, in the hands of meters that Lacquer had no part in.

use crate::agreement::{Maker, song, speech};
use crate::cli::call;
use crate::independent::independent;
use crate::programs::arg;
use std::fmt::Write as _;

/// Our report of a master and everybody's figures agree to 0.1 LU and 0.2 dB, and the target is met whoever measures.
#[test]
#[expect(clippy::print_stdout, reason = "the figures are the proof, and wanted beside it")]
fn independent_meters_confirm_the_masters() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = format!("{:<8} {:<15} {:>8} {:>8}\n", "master", "meter", "LUFS", "dBTP");
    let sources: [(&str, Maker); 2] = [("song", song), ("speech", speech)];
    for (name, make) in sources {
        let source = make(folder.path());
        let master = folder.path().join(format!("{name}.master.wav"));
        let options = ["--preset", "streaming", "--lufs", "-14", "--ceiling", "-1", "--json"];
        let ended =
            call(folder.path(), &[&["bounce", arg(&source), "-o", arg(&master)], &options[..]].concat());
        assert_eq!(ended.status, Some(0), "{name}: {}", ended.stderr);
        let reports: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        let ours = &reports[0]["output"]["figures"];
        let figure = |name: &str| ours[name].as_f64().unwrap();
        let (lufs, peak_dbtp) = (figure("integrated_lufs"), figure("true_peak_dbtp"));
        let others = independent(&master);
        let meters =
            [("libebur128", others.libebur128), ("ffmpeg", others.ffmpeg), ("SciPy, FFT 32x", others.scipy)];
        writeln!(table, "{name:<8} {:<15} {lufs:>8.3} {peak_dbtp:>8.3}", "Lacquer, 16x").unwrap();
        for (meter, theirs) in meters {
            let (their_lufs, their_peak) = (theirs.integrated_lufs, theirs.true_peak_dbtp);
            writeln!(table, "{name:<8} {meter:<15} {their_lufs:>8.3} {their_peak:>8.3}").unwrap();
            assert!((their_lufs - lufs).abs() < 0.1, "{name}: {meter} reads {their_lufs} LUFS, we {lufs}");
            assert!(
                (their_peak - peak_dbtp).abs() < 0.2,
                "{name}: {meter} reads {their_peak} dBTP, we {peak_dbtp}"
            );
            assert!((their_lufs + 14.0).abs() < 0.1, "{name}: {meter} reads {their_lufs} LUFS");
            // The standard lets a true-peak meter read 0.2 dB too much.
            assert!(their_peak < -0.9, "{name}: {meter} reads {their_peak} dBTP");
        }
    }
    println!("{table}");
}
