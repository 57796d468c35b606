//! Where an axis is marked, and with what.

/// A mark on an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Its place, 0 at the axis' beginning to 1 at its end.
    pub place: f64,
    /// What stands beside it.
    pub label: String,
}

/// Marks at multiples of 1, 2 or 5 times a power of ten, about `about` of them and at most twice as many.
#[must_use]
pub fn even_ticks(low: f64, high: f64, about: usize) -> Vec<Tick> {
    let length = high - low;
    if !(length > 0.0 && length.is_finite()) {
        return Vec::new();
    }
    let rough = length / about as f64;
    let decade = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * decade)
        .find(|&step| step >= rough * 0.999)
        .unwrap_or(10.0 * decade);
    let digits = (-step.log10().floor()).max(0.0) as usize;
    let first = (low / step - 1e-6).ceil() as i64;
    let last = (high / step + 1e-6).floor() as i64;
    (first..=last)
        .map(|idx| {
            // Adding zero makes a negative zero positive.
            let value = idx as f64 * step + 0.0;
            Tick { place: (value - low) / length, label: format!("{value:.digits$}") }
        })
        .collect()
}

/// Marks on an axis of time in seconds, and what they are in: minutes and seconds where the axis goes beyond two minutes, unless
/// it shows less than some ten seconds of them.
#[must_use]
pub fn time_ticks(start_s: f64, end_s: f64) -> (&'static str, Vec<Tick>) {
    const MOST: f64 = 12.0;
    let length_s = end_s - start_s;
    if end_s <= 120.0 || length_s < MOST {
        return ("time in s", even_ticks(start_s, end_s, 10));
    }
    let steps_s = [1_u32, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];
    let step_s = steps_s.into_iter().find(|&step_s| length_s / f64::from(step_s) <= MOST).unwrap_or(864_000);
    let [first, last] = [(start_s / f64::from(step_s)).ceil(), (end_s / f64::from(step_s)).floor()];
    let has_hours = end_s >= 3600.0;
    let ticks = (first as u64..=last as u64).map(|idx| {
        let time_s = idx * u64::from(step_s);
        let (minutes, seconds) = (time_s / 60, time_s % 60);
        let label = if has_hours {
            format!("{}:{:02}:{seconds:02}", minutes / 60, minutes % 60)
        } else {
            format!("{minutes}:{seconds:02}")
        };
        Tick { place: (time_s as f64 - start_s) / length_s, label }
    });
    (if has_hours { "time in h:min:s" } else { "time in min:s" }, ticks.collect())
}

/// Marks at 20, 50, 100, ... Hz, where `place` gives the place of a frequency, and between them at others where there is room;
/// those outside the axis are left out.
#[must_use]
pub fn frequency_ticks(place: impl Fn(f64) -> f64) -> Vec<Tick> {
    const CLOSEST: f64 = 0.035;
    const SERIES_HZ: [u32; 10] = [20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000];
    const BETWEEN_HZ: [u32; 5] = [300, 3000, 4000, 6000, 8000];
    let mut ticks: Vec<Tick> = Vec::new();
    for hz in SERIES_HZ.into_iter().chain(BETWEEN_HZ) {
        let place = place(f64::from(hz));
        let is_clear = ticks.iter().all(|other| (place - other.place).abs() >= CLOSEST);
        if (0.0..=1.0).contains(&place) && is_clear {
            let label = if hz < 1000 { hz.to_string() } else { format!("{} k", hz / 1000) };
            ticks.push(Tick { place, label });
        }
    }
    ticks.sort_by(|a, b| a.place.total_cmp(&b.place));
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let labels =
            |low, high| even_ticks(low, high, 8).into_iter().map(|tick| tick.label).collect::<Vec<_>>();
        assert_eq!(labels(0.0, 1.0), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(-90.0, 0.0), ["-80", "-60", "-40", "-20", "0"]);
        assert!(labels(3.0, 3.0).is_empty());
        let times = |start_s, end_s| {
            let (unit, ticks) = time_ticks(start_s, end_s);
            (unit, ticks.into_iter().map(|tick| tick.label).collect::<Vec<_>>())
        };
        assert_eq!(times(90.0, 92.0).1.first().map(String::as_str), Some("90.0"));
        let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        assert_eq!(
            times(111.0, 131.0),
            (
                "time in min:s",
                texts(&["1:52", "1:54", "1:56", "1:58", "2:00", "2:02", "2:04", "2:06", "2:08", "2:10"])
            )
        );
        assert_eq!(
            times(0.0, 4000.0),
            (
                "time in h:min:s",
                texts(&["0:00:00", "0:10:00", "0:20:00", "0:30:00", "0:40:00", "0:50:00", "1:00:00"])
            )
        );
        let place = |hz: f64| (hz / 20.0).log10() / 3.0;
        assert_eq!(frequency_ticks(place).first().map(|tick| tick.label.as_str()), Some("20"));
        assert_eq!(frequency_ticks(place).last().map(|tick| tick.place), Some(1.0));
    }
}
