//! Child processes: started in one folder, without a terminal to read from, and read while their output passes by.

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::Context as _;

/// A program that is about to be run.
pub struct Child {
    command: Command,
    /// The command line, for messages.
    line: String,
}

/// A program with its arguments, in the folder that this one was started in.
pub fn program(name: impl AsRef<OsStr>, args: &[&str]) -> Child {
    let name = name.as_ref();
    let mut command = Command::new(name);
    command.args(args).stdin(Stdio::null());
    let line = format!("{} {}", name.to_string_lossy(), args.join(" "));
    Child { command, line }
}

/// Cargo itself, the one that runs this program, in the workspace's root.
pub fn cargo(root: &Path, args: &[&str]) -> Child {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut child = program(cargo, args);
    child.line = format!("cargo {}", args.join(" "));
    child.command.current_dir(root);
    child
}

impl Child {
    /// Sets a variable of the child's environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it to its end, its output going where ours goes.
    ///
    /// # Errors
    /// When it cannot be started or fails.
    pub fn run(mut self) -> anyhow::Result<()> {
        let status = self.command.status().with_context(|| format!("`{}` cannot be started", self.line))?;
        self.judge(status)
    }

    /// Whether it runs and succeeds. Nothing of its output is shown.
    pub fn succeeds(mut self) -> bool {
        self.command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    /// What it prints on its standard output, empty when it cannot be started.
    pub fn output(mut self) -> String {
        let output = self.command.stderr(Stdio::null()).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
    }

    /// Runs it to its end and returns what it prints on its standard output.
    ///
    /// # Errors
    /// When it cannot be started or fails: with the end of what it said on its standard error.
    pub fn answer(mut self) -> anyhow::Result<String> {
        let output = self.command.output().with_context(|| format!("`{}` cannot be started", self.line))?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        let last_line =
            complaint.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().to_owned();
        self.judge(output.status).context(last_line)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs it to its end, shows both its outputs as they come, and returns them along with whether it failed.
    ///
    /// Both go through one pipe, because cargo announces a test binary on one and the binary reports on the other, and
    /// only one pipe keeps their order. Cargo is told to announce plainly, whatever the user's configuration says.
    ///
    /// # Errors
    /// When it cannot be started or our own output cannot be written.
    pub fn run_and_collect(mut self) -> anyhow::Result<(String, anyhow::Result<()>)> {
        let (mut reader, writer) = std::io::pipe()?;
        self.command.stdout(writer.try_clone()?).stderr(writer);
        for (name, value) in
            [("CARGO_TERM_COLOR", "never"), ("CARGO_TERM_QUIET", "false"), ("CARGO_TERM_VERBOSE", "false")]
        {
            self.command.env(name, value);
        }
        let mut child = self.command.spawn().with_context(|| format!("`{}` cannot be started", self.line))?;
        // The command keeps its ends of the pipe, and while any is open the pipe does not end.
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        let (mut output, mut buffer) = (Vec::new(), [0; 8192]);
        let mut stdout = std::io::stdout();
        loop {
            let num_bytes = reader.read(&mut buffer)?;
            if num_bytes == 0 {
                break;
            }
            stdout.write_all(&buffer[..num_bytes])?;
            stdout.flush()?;
            output.extend_from_slice(&buffer[..num_bytes]);
        }
        let status = child.wait()?;
        Ok((String::from_utf8_lossy(&output).into_owned(), self.judge(status)))
    }

    fn judge(&self, status: ExitStatus) -> anyhow::Result<()> {
        anyhow::ensure!(status.success(), "`{}` ended with {status}", self.line);
        Ok(())
    }
}

/// Whether a program of this name is on the search path.
pub fn is_on_path(name: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(name).is_file())
}
