//! `lacquer devices`: what there is to hear with and to be heard on.

use crate::devices::{DeviceInfo, Direction, SystemHosts, list};
use lacquer_offline::command::{Failure, finish, say};
use std::process::ExitCode;

/// Lists inputs and outputs, with the ids that `lacquer live` takes.
#[derive(Debug, clap::Args)]
pub struct DevicesArgs {
    /// Print an array with an object for each device
    #[arg(long)]
    json: bool,
}

/// Runs the command.
#[must_use]
pub fn devices(args: &DevicesArgs) -> ExitCode {
    finish(run(args))
}

fn run(args: &DevicesArgs) -> Result<(), Failure> {
    let devices = list(&SystemHosts);
    if args.json {
        return say(format!("{:#}", serde_json::json!(devices)));
    }
    if devices.is_empty() {
        return Err(Failure::not_done("no audio device was found"));
    }
    for direction in [Direction::Input, Direction::Output] {
        say(match direction {
            Direction::Input => "Inputs",
            Direction::Output => "\nOutputs",
        })?;
        for device in devices.iter().filter(|device| device.direction == direction) {
            say(line(device))?;
        }
    }
    Ok(())
}

fn line(device: &DeviceInfo) -> String {
    let mark = if device.is_default { '*' } else { ' ' };
    let format = match (device.num_channels, device.sample_rate_hz) {
        (Some(num_channels), Some(rate_hz)) => format!("{num_channels} ch, {rate_hz} Hz"),
        _ => "busy".to_owned(),
    };
    format!("{mark} {}\n      {} ({format})", device.name, device.id)
}
