//! The plugins that Lacquer is set beside, as Debian packs them, and their settings: the nearest to what ours are set to.

use super::{Peer, Stage};
use crate::packages::{Package, Sign};

const LSP: Package = ("lsp-plugins-lv2", Sign::Path("/usr/lib/lv2/lsp-plugins.lv2"));
const X42: Package = ("x42-plugins", Sign::Path("/usr/lib/lv2/dpl.lv2"));
const ZAM: Package = ("zam-plugins", Sign::Path("/usr/lib/lv2/ZaMultiCompX2.lv2"));
const CALF: Package = ("calf-plugins", Sign::Path("/usr/lib/lv2/calf.lv2"));

/// All packages that peers come from.
pub const PACKAGES: [&str; 4] = [LSP.0, X42.0, ZAM.0, CALF.0];

const LSP_EQUALISER: Stage = Stage {
    uri: "http://lsp-plug.in/plugins/lv2/para_equalizer_x16_stereo",
    ports: "ft_0=1 f_0=120 g_0=1.3335 q_0=0.9 ft_1=1 f_1=500 g_1=1.3335 q_1=0.9 \
            ft_2=1 f_2=2500 g_2=1.3335 q_2=0.9 ft_3=1 f_3=9000 g_3=1.3335 q_3=0.9",
    // Its analyser is off from the start.
    graphs_off: "",
};

const LSP_MULTIBAND: Stage = Stage {
    uri: "http://lsp-plug.in/plugins/lv2/mb_compressor_stereo",
    ports: "cbe_2=1 sf_2=120 cbe_4=1 sf_4=700 cbe_6=1 sf_6=4000 al_0=0.0316 cr_0=2 al_2=0.0316 cr_2=2 \
            al_4=0.0316 cr_4=2 al_6=0.0316 cr_6=2",
    graphs_off: "ife_l=0 ofe_l=0 ife_r=0 ofe_r=0 flt=0",
};

/// A limiter of LSP's at -1 dBFS, which does not make up for the threshold.
macro_rules! lsp_limiter {
    ($more_ports:literal) => {
        Stage {
            uri: "http://lsp-plug.in/plugins/lv2/limiter_stereo",
            ports: concat!("th=0.89125 boost=0 ", $more_ports),
            graphs_off: "pause=1 igv_l=0 ogv_l=0 scgv_l=0 grgv_l=0 igv_r=0 ogv_r=0 scgv_r=0 grgv_r=0",
        }
    };
}

const LSP_LIMITER: Stage = lsp_limiter!("ovs=0");
const LSP_LIMITER_4X: Stage = lsp_limiter!("ovs=16");
const LSP_LIMITER_8X: Stage = lsp_limiter!("ovs=20");

const DPL: Stage = Stage {
    uri: "http://gareus.org/oss/lv2/dpl#stereo",
    ports: "gain=0 threshold=-1 truepeak=0",
    graphs_off: "",
};
const DPL_TRUE_PEAK: Stage = Stage { ports: "gain=0 threshold=-1 truepeak=1", ..DPL };

const ZAM_MULTIBAND: Stage = Stage {
    uri: "urn:zamaudio:ZaMultiCompX2",
    ports: "toggle1=1 toggle2=1 toggle3=1 thr1=-30 thr2=-30 thr3=-30 rat1=2 rat2=2 rat3=2 xover1=120 xover2=4000",
    graphs_off: "",
};

const CALF_EQUALISER: Stage = Stage {
    uri: "http://calf.sourceforge.net/plugins/Equalizer8Band",
    ports: "p1_active=1 p1_freq=120 p1_level=1.3335 p1_q=0.9 p2_active=1 p2_freq=500 p2_level=1.3335 p2_q=0.9 \
            p3_active=1 p3_freq=2500 p3_level=1.3335 p3_q=0.9 p4_active=1 p4_freq=9000 p4_level=1.3335 p4_q=0.9",
    // Its analyser is off from the start.
    graphs_off: "",
};

const CALF_MULTIBAND: Stage = Stage {
    uri: "http://calf.sourceforge.net/plugins/MultibandCompressor",
    ports: "bypass0=0 bypass1=0 bypass2=0 bypass3=0 freq0=120 freq1=700 freq2=4000 mode=0 \
            threshold0=0.0316 threshold1=0.0316 threshold2=0.0316 threshold3=0.0316",
    graphs_off: "",
};

/// Calf's exciter with all the harmonics it can make.
pub const CALF_EXCITER: Peer = Peer {
    name: "Calf exciter",
    package: CALF,
    stages: &[Stage {
        uri: "http://calf.sourceforge.net/plugins/Exciter",
        ports: "drive=10 amount=1 freq=5000",
        graphs_off: "",
    }],
};

const CALF_LIMITER_4X: Stage = Stage {
    uri: "http://calf.sourceforge.net/plugins/Limiter",
    ports: "limit=0.89125 auto_level=0 oversampling=4",
    graphs_off: "",
};

/// LSP's limiter with the finer of its filters for four times oversampling.
pub const LSP_4X: Peer = Peer { name: "LSP limiter, full 4x", package: LSP, stages: &[LSP_LIMITER_4X] };
/// x42's limiter, told to heed true peaks.
pub const DPL_TP: Peer = Peer { name: "x42 dpl, true peak", package: X42, stages: &[DPL_TRUE_PEAK] };

/// What LSP puts together to master: the whole chain that ours is compared with.
pub const LSP_CHAIN: Peer = Peer {
    name: "LSP equaliser + multiband + limiter 4x",
    package: LSP,
    stages: &[LSP_EQUALISER, LSP_MULTIBAND, LSP_LIMITER_4X],
};

/// Every limiter, in the order of the tables.
pub const LIMITERS: [Peer; 6] = [
    Peer { name: "LSP limiter, no oversampling", package: LSP, stages: &[LSP_LIMITER] },
    LSP_4X,
    Peer { name: "LSP limiter, full 8x", package: LSP, stages: &[LSP_LIMITER_8X] },
    Peer { name: "x42 dpl", package: X42, stages: &[DPL] },
    DPL_TP,
    Peer { name: "Calf limiter, 4x", package: CALF, stages: &[CALF_LIMITER_4X] },
];

/// LSP's limiter without its automatic level regulation, which is on by default and turns the whole piece down.
pub const LSP_UNREGULATED: [Peer; 3] = [
    Peer { name: "LSP, no oversampling, no ALR", package: LSP, stages: &[lsp_limiter!("ovs=0 alr=0")] },
    Peer { name: "LSP, full 4x, no ALR", package: LSP, stages: &[lsp_limiter!("ovs=16 alr=0")] },
    Peer { name: "LSP, full 8x, no ALR", package: LSP, stages: &[lsp_limiter!("ovs=20 alr=0")] },
];

/// Every peer whose cost is measured, with the name of the subject of ours that does its work.
pub fn with_ours() -> Vec<(Peer, &'static str)> {
    let limiters = LIMITERS.map(|peer| (peer, "limiter"));
    let others = [
        (
            Peer { name: "LSP para_equalizer_x16, 4 bells", package: LSP, stages: &[LSP_EQUALISER] },
            "equaliser",
        ),
        (
            Peer { name: "Calf 8-band equaliser, 4 bells", package: CALF, stages: &[CALF_EQUALISER] },
            "equaliser",
        ),
        (Peer { name: "LSP mb_compressor, 4 bands", package: LSP, stages: &[LSP_MULTIBAND] }, "multiband"),
        (Peer { name: "ZaMultiCompX2, 3 bands", package: ZAM, stages: &[ZAM_MULTIBAND] }, "multiband"),
        (Peer { name: "Calf multiband, 4 bands", package: CALF, stages: &[CALF_MULTIBAND] }, "multiband"),
        (CALF_EXCITER, "exciter"),
    ];
    others.into_iter().chain(limiters).chain([(LSP_CHAIN, "chain")]).collect()
}
