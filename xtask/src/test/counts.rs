//! What `cargo test` printed, counted: how many tests ran, and in which job.
//!
//! A job is one test binary or the documentation of one crate. Cargo calls it a success when a job runs no test at
//! all, which is what happens when a module is not declared or a filter is misspelt; here it is a failure.

use anyhow::ensure;

/// The jobs that must run tests, by crate. A crate that gets its first test belongs in here.
const MUST_RUN: [(Kind, &str); 5] = [
    (Kind::Binary, "lacquer_dsp"),
    (Kind::Binary, "lacquer_offline"),
    (Kind::Binary, "suite"),
    (Kind::Binary, "xtask"),
    (Kind::Documentation, "lacquer_dsp"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Binary,
    Documentation,
}

#[derive(Debug, Clone, PartialEq)]
struct Job {
    kind: Kind,
    name: String,
    /// How many result lines it printed. Documentation prints one or two.
    num_results: usize,
    num_passed: u64,
    num_failed: u64,
}

/// The jobs of one run in their order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counts {
    jobs: Vec<Job>,
}

impl Counts {
    /// Counts what cargo and the test binaries printed, both outputs in one text and in their order.
    pub fn of(output: &str) -> Self {
        let mut jobs: Vec<Job> = Vec::new();
        for line in output.lines() {
            if let Some((kind, name)) = announced_job(line) {
                jobs.push(Job { kind, name: name.into(), num_results: 0, num_passed: 0, num_failed: 0 });
            } else if let (Some((num_passed, num_failed)), Some(job)) = (result(line), jobs.last_mut()) {
                job.num_results += 1;
                job.num_passed += num_passed;
                job.num_failed += num_failed;
            }
        }
        Self { jobs }
    }

    /// Tests that passed, in all jobs.
    pub fn num_passed(&self) -> u64 {
        self.jobs.iter().map(|job| job.num_passed).sum()
    }

    /// Tests that failed, in all jobs.
    pub fn num_failed(&self) -> u64 {
        self.jobs.iter().map(|job| job.num_failed).sum()
    }

    /// Refuses a run in which something failed, or did not run.
    ///
    /// # Errors
    /// Names the jobs.
    pub fn check(&self) -> anyhow::Result<()> {
        let num_failed = self.num_failed();
        ensure!(num_failed == 0, "{num_failed} tests failed");
        let silent: Vec<&str> =
            self.jobs.iter().filter(|job| job.num_results == 0).map(|job| job.name.as_str()).collect();
        ensure!(silent.is_empty(), "started, but reported no result: {}", silent.join(", "));
        let has_run = |&(kind, name): &(Kind, &str)| {
            self.jobs.iter().any(|job| (job.kind, job.name.as_str()) == (kind, name) && job.num_passed > 0)
        };
        let idle: Vec<String> = MUST_RUN
            .iter()
            .filter(|job| !has_run(job))
            .map(|(kind, name)| match kind {
                Kind::Binary => (*name).into(),
                Kind::Documentation => format!("the documentation of {name}"),
            })
            .collect();
        ensure!(idle.is_empty(), "ran no test, though there should be some: {}", idle.join(", "));
        Ok(())
    }
}

/// The job that a line of cargo's announces: `Running unittests src/lib.rs (target/debug/deps/lacquer_dsp-0123abcd)`
/// or `Doc-tests lacquer_dsp`.
fn announced_job(line: &str) -> Option<(Kind, &str)> {
    let line = line.trim_start();
    if let Some(name) = line.strip_prefix("Doc-tests ") {
        return Some((Kind::Documentation, name.trim_end()));
    }
    let (_, path) = line.strip_prefix("Running ")?.strip_suffix(')')?.rsplit_once('(')?;
    let file = path.rsplit(['/', '\\']).next()?;
    let (name, _hash) = file.rsplit_once('-')?;
    Some((Kind::Binary, name))
}

/// Passed and failed of a line like `test result: ok. 12 passed; 0 failed; 0 ignored; ...`.
fn result(line: &str) -> Option<(u64, u64)> {
    let (_verdict, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |unit: &str| {
        counts.split("; ").find_map(|part| part.strip_suffix(unit)?.trim_end().parse::<u64>().ok())
    };
    Some((count("passed")?, count("failed")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "\
   Compiling lacquer-dsp v0.1.0 (/work/dsp)
    Finished `test` profile [optimized + debuginfo] target(s) in 1m 01s
     Running unittests src/main.rs (target/debug/deps/lacquer-dc3e931033dd22e1)

running 0 tests

test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

     Running unittests src/lib.rs (target/debug/deps/lacquer_dsp-4573205c77a9c1c5)
test units::tests::round_trip ... ok
test result: ok. 6 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
     Running unittests src/lib.rs (/elsewhere (1)/debug/deps/lacquer_offline-f1c983f189bae68b)
test result: ok. 7 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
     Running suite/main.rs (target/debug/deps/suite-2bbc8ac63b87d164)
test result: ok. 140 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 13.44s
     Running unittests src/main.rs (target/debug/deps/xtask-54443e285942477c)
test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
   Doc-tests lacquer_dsp
test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.30s
all doctests ran in 0.52s; merged doctests compilation took 0.40s
";

    fn complaint(output: &str) -> String {
        Counts::of(output).check().expect_err("the run is not whole").to_string()
    }

    /// The output without the lines that hold `text`.
    fn without(text: &str) -> String {
        OUTPUT.lines().filter(|line| !line.contains(text)).map(|line| format!("{line}\n")).collect()
    }

    #[test]
    fn every_job_is_counted() {
        let counts = Counts::of(OUTPUT);
        let jobs: Vec<(&str, u64)> =
            counts.jobs.iter().map(|job| (job.name.as_str(), job.num_passed)).collect();
        let expected = [
            ("lacquer", 0),
            ("lacquer_dsp", 6),
            ("lacquer_offline", 7),
            ("suite", 140),
            ("xtask", 3),
            ("lacquer_dsp", 3),
        ];
        assert_eq!(jobs, expected);
        assert_eq!((counts.num_passed(), counts.num_failed()), (159, 0));
        counts.check().expect("whatever must run has run");
    }

    #[test]
    fn a_failure_is_counted() {
        let output = OUTPUT.replace("ok. 140 passed; 0 failed", "FAILED. 138 passed; 2 failed");
        let counts = Counts::of(&output);
        assert_eq!((counts.num_passed(), counts.num_failed()), (157, 2));
        assert_eq!(complaint(&output), "2 tests failed");
    }

    #[test]
    fn a_job_that_ran_no_test_is_named() {
        assert_eq!(
            complaint(&OUTPUT.replace("140 passed", "0 passed")),
            "ran no test, though there should be some: suite"
        );
        let no_documentation = OUTPUT.replace("1 passed", "0 passed").replace("2 passed", "0 passed");
        assert_eq!(
            complaint(&no_documentation),
            "ran no test, though there should be some: the documentation of lacquer_dsp"
        );
    }

    #[test]
    fn a_job_that_is_absent_or_silent_is_named() {
        // Without its announcement, its result falls to the job before it and is no proof of its own.
        assert!(complaint(&without("deps/suite-")).ends_with("some: suite"));
        assert_eq!(complaint(&without("140 passed")), "started, but reported no result: suite");
        assert!(complaint("").contains("lacquer_dsp, lacquer_offline, suite, xtask"));
    }

    #[test]
    fn what_only_looks_like_a_result_is_not_counted() {
        let with_noise =
            format!("{OUTPUT}  test result: ok. 9 passed; 0 failed\ntest result: unknown\nRunning late\n");
        assert_eq!(Counts::of(&with_noise), Counts::of(OUTPUT));
        assert_eq!(result("test result: ok. 12 passed; 3 failed; 1 ignored"), Some((12, 3)));
    }
}
