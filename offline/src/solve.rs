//! The solver: the gain for which the *output* has the loudness that is wanted, under the ceiling that is wanted.
//!
//! Loudness rises with the gain into the limiter, one for one at first and ever less as the limiter works, so a secant inside
//! a bracket finds it in a few passes. Where the independent detector finds a peak above the ceiling, the limiter is told a
//! lower one and the search goes on. Each pass renders and measures the whole programme; nothing is estimated.

/// How near the output's loudness must be to the target.
pub const TOLERANCE_LU: f64 = 0.05;

/// How near the search comes before it stops, so that the rounding of a 16-bit file cannot push it out.
const AIM_LU: f64 = 0.01;

/// How far under the ceiling the search stays, for the same reason.
const PEAK_MARGIN_DB: f64 = 0.004;

/// The range of the loudness gain, either side of zero, and the lowest ceiling: those of the parameter table.
pub const MAX_GAIN_DB: f64 = 60.0;
const MIN_CEILING_DBTP: f64 = -40.0;

/// The largest step between two passes; the limiter bends the curve more than a line could foresee.
const MAX_STEP_DB: f64 = 6.0;

/// Where loudness hardly rises with the gain, as when only a click is being limited, the search strides on: behind the plateau
/// the programme itself may rise. Only the end of the gain's range is the end of what can be had.
const PLATEAU_SLOPE: f64 = 0.1;
const PLATEAU_STEP_DB: f64 = 12.0;

/// A ceiling that was missed is missed by a little more than was seen, since the lower one is overshot too.
const CEILING_STEP: f64 = 1.1;

/// Where the target is out of reach, the last tenths of its loudness cost ever more limiting: this much less is as good.
const NOT_WORTH_LU: f64 = 0.3;

const MAX_PASSES: usize = 24;

/// What is wanted of the output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goal {
    /// Integrated loudness; `None` leaves the gain alone and only holds the ceiling.
    pub output_lufs: Option<f64>,
    /// Highest true peak.
    pub ceiling_dbtp: f64,
    /// Whether a limiter stands behind the gain. Without one, the gain alone must keep the ceiling.
    pub is_limited: bool,
}

/// What one pass is rendered with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// The loudness gain.
    pub gain_db: f64,
    /// What the limiter is told.
    pub ceiling_dbtp: f64,
}

/// What one pass measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Integrated loudness, minus infinity where there is none.
    pub lufs: f64,
    /// The higher of the true peaks at sixteen times oversampling and by BS.1770, whose filter reads some signals higher: a
    /// master must pass whoever checks it.
    pub peak_dbtp: f64,
}

/// The best trial, whether or not it reached the goal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Solution {
    /// What to render with.
    pub trial: Trial,
    /// What that measured.
    pub outcome: Outcome,
    /// How many passes it took.
    pub num_passes: usize,
}

/// Searches from `start_gain_db`; `evaluate` renders and measures one trial.
///
/// # Errors
/// Those of `evaluate`.
pub fn solve<E>(
    goal: &Goal,
    start_gain_db: f64,
    mut evaluate: impl FnMut(usize, Trial) -> Result<Outcome, E>,
) -> Result<Solution, E> {
    let mut search = Search::new(*goal);
    let mut trial = Trial {
        gain_db: start_gain_db.clamp(-MAX_GAIN_DB, MAX_GAIN_DB),
        ceiling_dbtp: goal.ceiling_dbtp.max(MIN_CEILING_DBTP),
    };
    for pass in 1.. {
        let outcome = evaluate(pass, trial)?;
        search.tried.push((trial, outcome));
        let next = search.next(trial, outcome).filter(|_| pass < MAX_PASSES);
        let Some(next) = next else {
            let (trial, outcome) = search.choice();
            return Ok(Solution { trial, outcome, num_passes: pass });
        };
        trial = next;
    }
    unreachable!("the passes are counted from one up to their maximum")
}

/// What is known of the curve so far.
struct Search {
    goal: Goal,
    tried: Vec<(Trial, Outcome)>,
    /// The highest gain that was too quiet, and the lowest that was too loud under the present ceiling.
    too_quiet_db: f64,
    too_loud_db: f64,
    previous: Option<(Trial, f64)>,
    /// Decibels of loudness for one of gain, as last seen.
    slope: f64,
}

impl Search {
    fn new(goal: Goal) -> Self {
        let (too_quiet_db, too_loud_db) = (-MAX_GAIN_DB, MAX_GAIN_DB);
        Self { goal, tried: Vec::new(), too_quiet_db, too_loud_db, previous: None, slope: 1.0 }
    }

    /// The best of what was tried: under the ceiling first, near the loudness second. Where the target is out of reach, the
    /// least gain of those that come about as near.
    fn choice(&self) -> (Trial, Outcome) {
        let over_db = |o: &Outcome| (o.peak_dbtp - self.goal.ceiling_dbtp + 0.5 * PEAK_MARGIN_DB).max(0.0);
        let off_lu = |o: &Outcome| self.goal.output_lufs.map_or(0.0, |lufs| (o.lufs - lufs).abs());
        let by_rank = |a: &Outcome, b: &Outcome| {
            over_db(a).total_cmp(&over_db(b)).then(off_lu(a).total_cmp(&off_lu(b)))
        };
        let best = self.tried.iter().min_by(|a, b| by_rank(&a.1, &b.1)).expect("something has been tried");
        let is_near = |outcome: &Outcome| {
            over_db(outcome) <= over_db(&best.1) && off_lu(outcome) <= off_lu(&best.1) + NOT_WORTH_LU
        };
        if off_lu(&best.1) <= TOLERANCE_LU {
            return *best;
        }
        let near = self.tried.iter().filter(|(_, outcome)| is_near(outcome));
        *near.min_by(|a, b| a.0.gain_db.total_cmp(&b.0.gain_db)).unwrap_or(best)
    }

    /// The next trial; `None` when the goal is reached or nothing more can be done for it.
    fn next(&mut self, trial: Trial, outcome: Outcome) -> Option<Trial> {
        let over_db = outcome.peak_dbtp - (self.goal.ceiling_dbtp - PEAK_MARGIN_DB);
        let off_lu = self.goal.output_lufs.map_or(0.0, |lufs| lufs - outcome.lufs);
        let (is_over, is_off) = (over_db > 0.0, off_lu.abs() > AIM_LU);
        if !is_over && !is_off {
            return None;
        }
        self.learn_slope(trial, outcome.lufs);
        let mut next = trial;
        if is_over && !self.goal.is_limited {
            // Only the gain can keep the ceiling, and nothing above this one is worth a try.
            self.too_loud_db = self.too_loud_db.min(trial.gain_db - over_db);
            next.gain_db = self.too_loud_db;
            return (next.gain_db >= -MAX_GAIN_DB && next != trial).then_some(next);
        }
        if is_off {
            next.gain_db = self.next_gain_db(trial.gain_db, off_lu).unwrap_or(trial.gain_db);
        }
        if is_over {
            next.ceiling_dbtp = (trial.ceiling_dbtp - CEILING_STEP * over_db).max(MIN_CEILING_DBTP);
            // Under a lower ceiling what was too loud may be no longer.
            self.too_loud_db = MAX_GAIN_DB;
        }
        (next != trial).then_some(next)
    }

    /// Two trials under different ceilings lie on different curves and tell nothing.
    fn learn_slope(&mut self, trial: Trial, lufs: f64) {
        if let Some((before, before_lufs)) = self.previous.replace((trial, lufs)) {
            let rise_db = trial.gain_db - before.gain_db;
            if before.ceiling_dbtp == trial.ceiling_dbtp && rise_db.abs() > 1e-6 {
                self.slope = (lufs - before_lufs) / rise_db;
            }
        }
    }

    /// A secant step, kept inside the bracket; `None` when the range ends here.
    fn next_gain_db(&mut self, gain_db: f64, off_lu: f64) -> Option<f64> {
        let is_too_quiet = off_lu > 0.0;
        if is_too_quiet {
            self.too_quiet_db = self.too_quiet_db.max(gain_db);
        } else {
            self.too_loud_db = self.too_loud_db.min(gain_db);
        }
        let step_db = if self.slope < PLATEAU_SLOPE {
            PLATEAU_STEP_DB.copysign(off_lu)
        } else {
            (off_lu / self.slope.min(1.0)).clamp(-MAX_STEP_DB, MAX_STEP_DB)
        };
        let (low_db, high_db) = (self.too_quiet_db, self.too_loud_db);
        let next_db = gain_db + step_db;
        if low_db < next_db && next_db < high_db {
            return Some(next_db);
        }
        // The step left the bracket. An end that has been tried is no answer, so halve; one that has not is the last resort.
        let end_db = if is_too_quiet { high_db } else { low_db };
        let is_untried_end = !self.goal.is_limited || end_db.abs() >= MAX_GAIN_DB;
        let inside_db = if is_untried_end { end_db } else { 0.5 * (low_db + high_db) };
        ((inside_db - gain_db).abs() > 1e-4).then_some(inside_db)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A limiter in one formula: one for one far below `loudest`, then ever less, never above.
    fn limited(gain_db: f64, loudest: f64) -> f64 {
        let unlimited = gain_db - 20.0;
        -(1.0 + ((loudest - unlimited) * 1.5).exp()).ln() / 1.5 + loudest
    }

    fn goal(lufs: f64) -> Goal {
        Goal { output_lufs: Some(lufs), ceiling_dbtp: -1.0, is_limited: true }
    }

    #[test]
    fn finds_what_can_be_had_in_few_passes() {
        for lufs in [-40.0, -23.0, -16.0, -9.0, -6.5] {
            let solved = solve(&goal(lufs), lufs + 20.0, |_, trial| {
                Ok::<_, ()>(Outcome {
                    lufs: limited(trial.gain_db, -6.0),
                    peak_dbtp: trial.ceiling_dbtp.min(trial.gain_db - 3.0) + 0.06,
                })
            })
            .unwrap();
            assert!((solved.outcome.lufs - lufs).abs() <= AIM_LU, "{lufs}: {solved:?}");
            assert!(solved.outcome.peak_dbtp <= -1.0 && solved.num_passes <= 9, "{lufs}: {solved:?}");
        }
    }

    /// A target out of reach is refused only after the last of the gain was tried.
    #[test]
    fn names_the_loudest_where_the_target_is_out_of_reach() {
        let mut highest_db = 0.0_f64;
        let solved = solve(&goal(-3.0), 17.0, |_, trial| {
            highest_db = highest_db.max(trial.gain_db);
            Ok::<_, ()>(Outcome { lufs: limited(trial.gain_db, -6.0), peak_dbtp: trial.ceiling_dbtp - 0.01 })
        })
        .unwrap();
        assert!((solved.outcome.lufs + 6.0).abs() <= NOT_WORTH_LU && highest_db == MAX_GAIN_DB, "{solved:?}");
        assert!(solved.trial.gain_db < 30.0, "the last tenths are not worth their limiting: {solved:?}");
    }

    /// Loud clicks over a quiet programme: first only the clicks are limited and loudness stands still, then it rises again.
    #[test]
    fn looks_behind_a_plateau() {
        let curve = |gain_db: f64| {
            let (clicks, programme) = (limited(gain_db, -40.0), limited(gain_db - 32.0, -4.0));
            10.0 * (10.0_f64.powf(clicks / 10.0) + 10.0_f64.powf(programme / 10.0)).log10()
        };
        for lufs in [-42.0, -38.0, -30.0, -26.0, -20.0, -14.0] {
            let solved = solve(&goal(lufs), lufs + 20.0, |_, trial| {
                let lowered_db = goal(lufs).ceiling_dbtp - trial.ceiling_dbtp;
                Ok::<_, ()>(Outcome {
                    lufs: curve(trial.gain_db) - 0.5 * lowered_db,
                    peak_dbtp: trial.ceiling_dbtp + 0.1,
                })
            })
            .unwrap();
            assert!((solved.outcome.lufs - lufs).abs() <= AIM_LU, "{lufs}: {solved:?}");
            assert!(solved.outcome.peak_dbtp <= -1.0, "{lufs}: {solved:?}");
        }
    }

    #[test]
    fn the_limits_are_those_of_the_parameter_table() {
        let gain = lacquer_dsp::params::find("loudness.gain_db").unwrap();
        let ceiling = lacquer_dsp::params::find("limiter.ceiling_dbtp").unwrap();
        assert_eq!((gain.min, gain.max, ceiling.min), (-MAX_GAIN_DB, MAX_GAIN_DB, MIN_CEILING_DBTP));
    }

    #[test]
    fn without_a_limiter_the_ceiling_bounds_the_gain() {
        let goal = Goal { is_limited: false, ..goal(-10.0) };
        let solved = solve(&goal, 10.0, |_, trial| {
            Ok::<_, ()>(Outcome { lufs: trial.gain_db - 20.0, peak_dbtp: trial.gain_db - 6.0 })
        })
        .unwrap();
        assert!((solved.trial.gain_db - 5.0).abs() < 0.01 && solved.outcome.peak_dbtp <= -1.0, "{solved:?}");
    }

    #[test]
    fn without_a_target_only_the_ceiling_moves() {
        let goal = Goal { output_lufs: None, ..goal(0.0) };
        let solved = solve(&goal, 3.0, |_, trial| {
            Ok::<_, ()>(Outcome { lufs: -12.0, peak_dbtp: trial.ceiling_dbtp + 0.2 })
        })
        .unwrap();
        assert_eq!(solved.trial.gain_db, 3.0);
        assert!(solved.outcome.peak_dbtp <= -1.0 && solved.num_passes == 2, "{solved:?}");
    }
}
