//! What other projects' plugins cost on the same piece, and how many times ours that is.

use std::path::Path;

use super::chain::{BLOCK_LEN, Row};
use super::ours::{SAMPLE_RATE_HZ, SILENCE_S};
use crate::peers::{Cost, Graphs, Host, Peer, Piece, catalogue};
use crate::table::markdown;

/// What was measured of one peer.
pub struct PeerRow {
    pub peer: Peer,
    /// The subject of ours that does the same work.
    pub ours: &'static str,
    /// Why there are no figures, when there are none.
    pub costs: Result<Costs, String>,
}

/// What a peer costs as it is loaded, and with its graphs off if it has any that can be.
#[derive(Debug, Clone, Copy)]
pub struct Costs {
    pub as_loaded: Cost,
    pub graphs_off: Option<Cost>,
}

impl Costs {
    /// The lower of both, which is what ours is compared with.
    pub fn lowest_ms(&self) -> f64 {
        let graphs_off_ms = self.graphs_off.map_or(f64::INFINITY, |cost| cost.music_ms);
        self.as_loaded.music_ms.min(graphs_off_ms)
    }
}

/// Measures every peer that can be installed and loaded.
pub fn measure(root: &Path, audio: &[Vec<f32>; 2]) -> Vec<PeerRow> {
    let piece = Piece { audio, rate_hz: SAMPLE_RATE_HZ, block_len: BLOCK_LEN };
    let host = Host::build(root).map_err(|error| format!("no host: {error:#}"));
    let costs = |peer: &Peer| {
        let host = host.as_ref().map_err(Clone::clone)?;
        let cost = |graphs| host.cost(peer, graphs, &piece, SILENCE_S).map_err(|error| format!("{error:#}"));
        let as_loaded = cost(Graphs::AsLoaded)?;
        let graphs_off = if peer.has_graphs() { Some(cost(Graphs::Off)?) } else { None };
        Ok(Costs { as_loaded, graphs_off })
    };
    catalogue::with_ours()
        .into_iter()
        .map(|(peer, ours)| PeerRow { peer, ours, costs: costs(&peer) })
        .collect()
}

/// A line for each peer, and under the table why one could not be run.
pub fn table(peers: &[PeerRow], ours: &[Row]) -> String {
    let cells = |row: &PeerRow| {
        let our_ms = ours.iter().find(|our| our.name == row.ours).map(Row::music_ms);
        let costs = row.costs.as_ref().ok();
        let ratio = costs.zip(our_ms).map(|(costs, our_ms)| costs.lowest_ms() / our_ms);
        let figures = [
            costs.map(|costs| costs.as_loaded.music_ms),
            costs.and_then(|costs| costs.graphs_off).map(|cost| cost.music_ms),
            costs.map(|costs| costs.as_loaded.silence_ms),
            our_ms,
        ];
        let figure = |figure: &Option<f64>| figure.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.2}"));
        let figures = figures.iter().map(figure);
        let ratio = ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.1}"));
        [row.peer.name.to_owned()].into_iter().chain(figures).chain([ratio, row.ours.to_owned()]).collect()
    };
    let rows: Vec<_> = peers.iter().map(cells).collect();
    let header = ["", "as loaded", "graphs off", "silence", "ours", "times ours", "which of ours"];
    let mut table = markdown(&header, &rows);
    for row in peers {
        if let Err(reason) = &row.costs {
            table += &format!("\n{} could not be measured: {reason}\n", row.peer.name);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_is_not_there_is_named_with_the_reason() {
        let cost = |music_ms| Cost { music_ms, silence_ms: 1.0, other_threads_ms: 0.0 };
        let costs = Costs { as_loaded: cost(28.0), graphs_off: Some(cost(25.0)) };
        let ours = [Row { name: "chain", blocks_ms: [2.0, 2.5, 2.0], silence_ms: 2.0 }];
        let peer = catalogue::LSP_CHAIN;
        let rows = [
            PeerRow { peer, ours: "chain", costs: Ok(costs) },
            PeerRow { peer, ours: "chain", costs: Err("cannot be installed".to_owned()) },
        ];
        let table = table(&rows, &ours);
        let lines: Vec<_> = table.lines().collect();
        assert!(
            lines[2].ends_with("|     28.00 |      25.00 |    1.00 | 2.50 |       10.0 | chain         |"),
            "{table}"
        );
        assert!(lines[3].contains("|         - |"), "{table}");
        assert!(table.ends_with("could not be measured: cannot be installed\n"), "{table}");
    }
}
