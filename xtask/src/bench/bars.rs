//! What the costs are meant to keep to. Nothing fails on it: another machine, or a busy one, has other figures.

use super::beside::PeerRow;
use super::chain::Row;
use crate::peers::catalogue::LSP_CHAIN;
use crate::table::markdown;

/// A figure and what it is meant to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    what: String,
    bar: String,
    figure: String,
    /// `None` when there is no figure.
    is_met: Option<bool>,
}

impl Judged {
    /// A figure in text, judged already.
    pub fn new(what: &str, bar: &str, figure: String, is_met: bool) -> Self {
        Self { what: what.to_owned(), bar: bar.to_owned(), figure, is_met: Some(is_met) }
    }
}

/// How far two measurements of the same thing lie apart; a ratio that is to stay under 1 may exceed it by as much.
const SPREAD: f64 = 0.05;

/// The figures that have a bar, judged.
pub fn judged(ours: &[Row], chain: &Row, peers: &[PeerRow]) -> Vec<Judged> {
    let ms_of = |name: &str| ours.iter().find(|row| row.name == name).map(Row::music_ms);
    let mut judged = vec![
        at_most("whole chain, Live, ms", Some(chain.music_ms()), 2.0),
        lsp_over_ours(chain, peers),
        at_most("multiband compressor, ms", ms_of("multiband"), 0.8),
        at_most("limiter, ms", ms_of("limiter"), 0.7),
    ];
    judged.push(all_at_most("blocks of 64 over blocks of 512", ours, 1.3, |row| {
        row.blocks_ms[0] / row.music_ms()
    }));
    let mut silence = all_at_most("silence after music over music", ours, 1.0 + SPREAD, |row| {
        row.silence_ms / row.music_ms()
    });
    silence.bar = format!("at most 1 (+{SPREAD} spread)");
    judged.push(silence);
    judged
}

fn lsp_over_ours(chain: &Row, peers: &[PeerRow]) -> Judged {
    let lsp =
        peers.iter().find(|row| row.peer.name == LSP_CHAIN.name).and_then(|row| row.costs.as_ref().ok());
    let ratio = lsp.map(|costs| costs.lowest_ms() / chain.music_ms());
    let what = format!("{} over the whole chain", LSP_CHAIN.name);
    Judged {
        what,
        bar: "at least 12".to_owned(),
        figure: figure(ratio),
        is_met: ratio.map(|ratio| ratio >= 12.0),
    }
}

fn at_most(what: &str, value: Option<f64>, most: f64) -> Judged {
    Judged {
        what: what.to_owned(),
        bar: format!("at most {most}"),
        figure: figure(value),
        is_met: value.map(|value| value <= most),
    }
}

fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"))
}

/// Every subject's figure, of which the highest is shown, or each that is too high. What costs next to nothing is left
/// out: its figures are all spread.
fn all_at_most(what: &str, ours: &[Row], most: f64, figure: impl Fn(&Row) -> f64) -> Judged {
    let figures = ours.iter().filter(|row| row.music_ms() > 0.1).map(|row| (figure(row), row.name));
    let mut figures: Vec<_> = figures.collect();
    figures.sort_by(|a, b| b.0.total_cmp(&a.0));
    let num_over = figures.iter().filter(|(figure, _)| *figure > most).count();
    let shown = figures.iter().take(num_over.max(1)).map(|(figure, name)| format!("{figure:.2} ({name})"));
    Judged {
        what: format!("{what}, the worst"),
        bar: format!("at most {most}"),
        figure: shown.collect::<Vec<_>>().join(", "),
        is_met: (!figures.is_empty()).then_some(num_over == 0),
    }
}

/// One line for each bar.
pub fn table(judged: &[Judged]) -> String {
    let cells = |row: &Judged| {
        let verdict = match row.is_met {
            Some(true) => "met",
            Some(false) => "missed",
            None => "not measured",
        };
        vec![row.what.clone(), row.bar.clone(), row.figure.clone(), verdict.to_owned()]
    };
    markdown(&["", "bar", "figure", ""], &judged.iter().map(cells).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_judged_by_the_worst_and_what_is_missing_is_not_met() {
        let row = |name, blocks_ms, silence_ms| Row { name, blocks_ms, silence_ms };
        let ours = [
            row("multiband", [0.9, 0.8, 0.8], 0.8),
            row("limiter", [1.0, 0.71, 0.7], 0.8),
            row("nothing", [0.01, 0.001, 0.001], 0.1),
        ];
        let chain = row("chain", [2.5, 2.0, 1.9], 1.5);
        let verdicts: Vec<_> = judged(&ours, &chain, &[]).into_iter().map(|row| row.is_met).collect();
        assert_eq!(verdicts, [Some(true), None, Some(true), Some(false), Some(false), Some(false)]);
        let table = table(&judged(&ours, &chain, &[]));
        assert!(table.contains("1.41 (limiter)") && !table.contains("nothing"), "{table}");
    }
}
