//! Lacquer as a CLAP and VST3 plugin: the parameter table, the chain and the panels, in the words of a host.
//!
//! What sounds is in `lacquer_dsp`, what is seen in `lacquer_ui`; here is only what ties them to nice-plug.

mod editor;
mod link;
mod params;
mod plugin;
mod state;
mod window;

pub use plugin::LacquerPlugin;

nice_plug::nice_export_clap!(LacquerPlugin);
nice_plug::nice_export_vst3!(LacquerPlugin);
