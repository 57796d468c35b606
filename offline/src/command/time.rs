//! Times in a file, as people write them.

/// Reads seconds, m:ss or h:mm:ss, each with decimals if need be.
pub(super) fn parse(text: &str) -> Result<f64, String> {
    let wrong = || "expected seconds, m:ss or h:mm:ss, such as 90, 1:30 or 1:02:03.5".to_owned();
    let is_number = |field: &str| {
        field.starts_with(|c: char| c.is_ascii_digit())
            && field.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    let fields: Vec<&str> = text.split(':').collect();
    let mut seconds = 0.0;
    for (idx, field) in fields.iter().enumerate() {
        let is_last = idx + 1 == fields.len();
        if !is_number(field) || (field.contains('.') && !is_last) {
            return Err(wrong());
        }
        let value: f64 = field.parse().map_err(|_| wrong())?;
        if idx > 0 && value >= 60.0 {
            return Err(wrong());
        }
        seconds = 60.0 * seconds + value;
    }
    if fields.len() <= 3 && seconds.is_finite() { Ok(seconds) } else { Err(wrong()) }
}

/// A time of which there must be some.
pub(super) fn parse_duration(text: &str) -> Result<f64, String> {
    let seconds = parse(text)?;
    if seconds > 0.0 { Ok(seconds) } else { Err("expected more than nothing".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("0", 0.0),
            ("90", 90.0),
            ("0.25", 0.25),
            ("1:30", 90.0),
            ("1:30.5", 90.5),
            ("1:02:03.5", 3723.5),
            ("100:00", 6000.0),
        ] {
            assert_eq!(parse(text), Ok(seconds), "{text}");
        }
        for text in [
            "", ":", "1:", ":30", "1:60", "1.5:00", "1:60:00", "1:2:3:4", "-1", "+1", "inf", "1e3", "x",
            "1..2",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse_duration("0:00").is_err() && parse_duration("0.001") == Ok(0.001));
    }
}
