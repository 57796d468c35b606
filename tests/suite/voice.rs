//! What the modules for voices do to sound: gate, de-esser, leveller, denoise.

mod de_esser;
mod denoise;
mod gate;
mod leveller;
pub(crate) mod speech;
