//! A file that the engine's side opens, at a rate that is only known there, and what it is to do.

use super::{PlayedFile, Transport};
use crate::engine::core::CoreSpec;
use crate::engine::status::Notice;
use crate::play::{PlayTap, Player, player};
use std::path::Path;

/// The player that runs, or what it is to do as soon as there is one.
#[derive(Default)]
pub(super) struct Tape {
    player: Option<Player>,
    is_wanted: bool,
    repeat: Option<(f64, f64)>,
    /// Why there is none.
    said: Option<Notice>,
    has_failed: bool,
}

impl Tape {
    /// Opens the file for the format that runs. After a change of the rate it goes on where it was.
    pub(super) fn open(&mut self, path: &Path, spec: CoreSpec) -> Option<PlayTap> {
        let position_s = self.player.as_ref().map(Player::position_s);
        match player(path, spec.sample_rate_hz as u32) {
            Ok((tap, player)) => {
                if self.repeat.is_some() {
                    player.set_loop(self.repeat);
                }
                if let Some(position_s) = position_s {
                    player.seek_s(position_s);
                }
                if self.is_wanted {
                    player.play();
                }
                self.player = Some(player);
                Some(tap)
            }
            Err(error) => {
                self.said = Some(Notice::error(error.to_string()));
                self.has_failed = true;
                None
            }
        }
    }

    pub(super) fn obey(&mut self, transport: Transport) {
        match transport {
            Transport::Play => self.is_wanted = true,
            Transport::Pause => self.is_wanted = false,
            Transport::Loop(repeat) => self.repeat = repeat,
            Transport::SeekS(_) => {}
        }
        let Some(player) = &self.player else { return };
        match transport {
            Transport::Play => player.play(),
            Transport::Pause => player.pause(),
            Transport::SeekS(position_s) => player.seek_s(position_s),
            Transport::Loop(repeat) => player.set_loop(repeat),
        }
    }

    /// What went wrong and is not told yet.
    pub(super) fn take_fault(&mut self) -> Option<Notice> {
        let fault = self.player.as_ref().and_then(Player::take_error).map(Notice::error);
        self.has_failed |= fault.is_some();
        self.said.take().or(fault)
    }

    /// What there is to show.
    pub(super) fn shown(&self, path: &Path) -> PlayedFile {
        let player = self.player.as_ref();
        PlayedFile {
            path: path.to_owned(),
            is_playing: player.is_some_and(Player::is_playing),
            position_s: player.map_or(0.0, Player::position_s),
            duration_s: player.and_then(Player::duration_s),
            repeat: self.repeat,
            is_at_end: player.is_some_and(Player::is_at_end),
            has_failed: self.has_failed,
        }
    }
}
