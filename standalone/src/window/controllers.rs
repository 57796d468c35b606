//! MIDI and OSC, behind a button of the bar.

use crate::control::midi::{MidiMap, MidiPort, ports};
use crate::control::osc::Osc;
use crate::prefs::Prefs;
use crate::studio::Studio;
use eframe::egui;
use egui::{ComboBox, DragValue, Popup, PopupCloseBehavior, RichText, Ui};
use lacquer_dsp::param::Param;
use lacquer_dsp::params;
use lacquer_ui::style::CONTROL_POINTS;
use lacquer_ui::theme::Theme;
use lacquer_ui::widgets::toggle;
use std::time::{Duration, Instant};

/// The port that OSC begins with.
const FIRST_OSC_PORT: u16 = 9000;

/// How often what is wanted and not open is tried again: it may be plugged in, or another program may end.
const RETRY: Duration = Duration::from_secs(3);

/// What is open, and what was said of it.
pub(super) struct Controllers {
    map: MidiMap,
    port: Option<MidiPort>,
    /// The ports, as they were last looked for.
    ports: Vec<String>,
    osc: Option<Osc>,
    midi_fault: Option<String>,
    osc_fault: Option<String>,
    tried_at: Instant,
}

impl Controllers {
    /// Opens what was open last time.
    pub(super) fn new(prefs: &mut Prefs, studio: &Studio) -> Self {
        let mut controllers = Self {
            map: MidiMap::new(prefs.midi.mappings.clone()),
            port: None,
            ports: Vec::new(),
            osc: None,
            midi_fault: None,
            osc_fault: None,
            tried_at: Instant::now(),
        };
        controllers.open_midi(prefs, studio);
        controllers.open_osc(prefs, studio);
        controllers
    }

    /// What could not be opened, and why.
    pub(super) fn faults(&self) -> impl Iterator<Item = &String> {
        self.midi_fault.iter().chain(&self.osc_fault)
    }

    fn open_midi(&mut self, prefs: &mut Prefs, studio: &Studio) {
        (self.port, self.midi_fault) = (None, None);
        let opened = prefs.midi.port.as_ref().map(|name| MidiPort::open(name, &self.map, studio.store()));
        match opened.transpose() {
            Ok(port) => self.port = port,
            Err(words) => self.midi_fault = Some(words),
        }
        if let Some(port) = &self.port {
            // It may have other numbers than last time.
            prefs.midi.port = Some(port.name().to_owned());
        }
    }

    fn open_osc(&mut self, prefs: &Prefs, studio: &Studio) {
        (self.osc, self.osc_fault) = (None, None);
        match prefs.osc_port.map(|port| Osc::listen(port, false, studio.store())).transpose() {
            Ok(osc) => self.osc = osc,
            Err(error) => self.osc_fault = Some(format!("OSC cannot listen: {error}")),
        }
    }

    /// Tries again what is wanted and not open.
    fn retry(&mut self, prefs: &mut Prefs, studio: &Studio) {
        self.tried_at = Instant::now();
        if prefs.midi.port.is_some() {
            self.look_for_ports();
            // A port that was unplugged says nothing.
            if self.port.as_ref().is_none_or(|port| !self.ports.iter().any(|name| name == port.name())) {
                self.open_midi(prefs, studio);
            }
        }
        if prefs.osc_port.is_some() && self.osc.is_none() {
            self.open_osc(prefs, studio);
        }
    }

    /// The button, and what opens over it. `touched` is the parameter that was last moved by hand.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        theme: &Theme,
        studio: &Studio,
        prefs: &mut Prefs,
        touched: Option<&'static Param>,
    ) {
        let is_on = self.port.is_some() || self.osc.is_some();
        let button = toggle(ui, theme, "Controllers", "Control", is_on);
        if button.clicked() {
            self.look_for_ports();
        }
        if button.clicked() || self.tried_at.elapsed() > RETRY {
            self.retry(prefs, studio);
        }
        let popup = Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).width(340.0);
        popup.show(|ui| {
            self.midi(ui, theme, studio, prefs, touched);
            ui.separator();
            self.osc(ui, theme, studio, prefs);
            for fault in self.faults() {
                ui.label(RichText::new(fault).color(theme.alarm));
            }
        });
        button.on_hover_text("Knobs and faders over MIDI, messages over OSC.");
        prefs.midi.mappings = self.map.mappings();
    }

    fn look_for_ports(&mut self) {
        match ports() {
            Ok(found) => self.ports = found,
            Err(words) => (self.ports, self.midi_fault) = (Vec::new(), Some(words)),
        }
    }

    fn midi(
        &mut self,
        ui: &mut Ui,
        theme: &Theme,
        studio: &Studio,
        prefs: &mut Prefs,
        touched: Option<&'static Param>,
    ) {
        let before = prefs.midi.port.clone();
        let open = self.port.as_ref().map(MidiPort::name);
        ui.label(match open {
            Some(name) => format!("MIDI: {name}"),
            None => "MIDI: off".to_owned(),
        });
        let shown = before.clone().unwrap_or_else(|| "Off".to_owned());
        ComboBox::from_id_salt("MIDI port").selected_text(shown).width(300.0).show_ui(ui, |ui| {
            ui.selectable_value(&mut prefs.midi.port, None, "Off");
            for name in &self.ports {
                ui.selectable_value(&mut prefs.midi.port, Some(name.clone()), name);
            }
        });
        if prefs.midi.port != before {
            self.open_midi(prefs, studio);
        }
        let learning = self.map.learning();
        let caption = match (learning, touched) {
            (Some(param), _) => format!("Move a controller for {} \u{2026}", param.name),
            (None, Some(param)) => format!("Learn a controller for {}", param.name),
            (None, None) => "Move a parameter first, to learn a controller for it".to_owned(),
        };
        let can_learn = learning.is_some() || touched.is_some();
        if ui.add_enabled(can_learn, egui::Button::new(caption)).clicked() {
            self.map.learn(if learning.is_some() { None } else { touched });
        }
        for mapping in self.map.mappings() {
            ui.horizontal(|ui| {
                if ui.button("Forget").clicked() {
                    self.map.forget(&mapping.param);
                }
                let name = params::find(&mapping.param).map_or(mapping.param.as_str(), |param| param.name);
                let words = format!("channel {}, controller {}: {name}", mapping.channel, mapping.controller);
                ui.label(RichText::new(words).size(CONTROL_POINTS).color(theme.faint_text));
            });
        }
    }

    fn osc(&mut self, ui: &mut Ui, theme: &Theme, studio: &Studio, prefs: &mut Prefs) {
        let before = prefs.osc_port;
        ui.horizontal(|ui| {
            let mut is_on = before.is_some();
            ui.checkbox(&mut is_on, "OSC on UDP port");
            let mut port = before.unwrap_or(FIRST_OSC_PORT);
            ui.add_enabled(is_on, DragValue::new(&mut port).range(1..=u16::MAX));
            prefs.osc_port = is_on.then_some(port);
        });
        if prefs.osc_port != before {
            self.open_osc(prefs, studio);
        }
        let words = match &self.osc {
            Some(osc) => format!("{}, {} messages not understood", osc.address(), osc.num_refused()),
            None => "/lacquer/limiter/ceiling_dbtp -1.0".to_owned(),
        };
        ui.label(RichText::new(words).size(CONTROL_POINTS).color(theme.faint_text));
    }
}
