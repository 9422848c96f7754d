//! A finding: what was measured, beside its reference and against its bar.

use serde_json::{Value, json};

use crate::sample::Sample;

/// What was measured of one thing.
#[derive(Debug)]
pub(crate) struct Finding {
    what: String,
    unit: &'static str,
    values: Sample,
    reference: Option<(&'static str, Sample)>,
    bar: Bar,
}

/// What a median has to reach.
#[derive(Debug, Clone, Copy)]
enum Bar {
    /// Nothing; it is only told.
    None,
    /// At most so much, in the unit of the values.
    AtMost(f64),
    /// At least so much, in the unit of the values.
    AtLeast(f64),
    /// At least so many times the reference.
    AtLeastTimes(f64),
    /// At most so many times the reference and so much more, in the unit of the values.
    AtMostTimes(f64, f64),
}

impl Finding {
    /// Values of `what`.
    pub(crate) fn new(what: impl Into<String>, unit: &'static str, values: Sample) -> Self {
        Self { what: what.into(), unit, values, reference: None, bar: Bar::None }
    }

    /// The same beside a reference, measured in the same rounds and in the same unit.
    pub(crate) fn beside(mut self, reference: &'static str, values: &Sample) -> Self {
        self.reference = Some((reference, values.clone()));
        self
    }

    /// It must be at most so much.
    pub(crate) fn at_most(mut self, value: f64) -> Self {
        self.bar = Bar::AtMost(value);
        self
    }

    /// It must be at least so much.
    pub(crate) fn at_least(mut self, value: f64) -> Self {
        self.bar = Bar::AtLeast(value);
        self
    }

    /// It must be at least so many times its reference.
    pub(crate) fn at_least_times(mut self, times: f64) -> Self {
        self.bar = Bar::AtLeastTimes(times);
        self
    }

    /// It must be at most so many times its reference and `more`.
    pub(crate) fn at_most_times(mut self, times: f64, more: f64) -> Self {
        self.bar = Bar::AtMostTimes(times, more);
        self
    }

    /// What it says, for the table.
    pub(crate) fn cells(&self) -> [String; 7] {
        let ratio = self.ratio();
        let spread = |sample: &Sample| {
            if sample.count() < 2 {
                return String::new();
            }
            format!(" ({} to {})", figure(sample.quarter(1)), figure(sample.quarter(3)))
        };
        [
            self.what.clone(),
            format!("{} {}{}", figure(self.values.median()), self.unit, spread(&self.values)),
            self.values.count().to_string(),
            self.reference.as_ref().map_or_else(String::new, |(reference, values)| {
                format!("{}{} ({reference})", figure(values.median()), spread(values))
            }),
            ratio.map_or_else(String::new, |(ratio, rounds)| {
                format!("{}{}", figure(ratio), spread(&rounds))
            }),
            self.wanted(),
            match self.is_met() {
                Some(true) => "yes",
                Some(false) => "NO",
                None => "",
            }
            .to_owned(),
        ]
    }

    /// What it says, with every value.
    pub(crate) fn json(&self) -> Value {
        let (ratio, ratios) = self.ratio().unzip();
        json!({
            "what": self.what,
            "unit": self.unit,
            "median": self.values.median(),
            "quartiles": [self.values.quarter(1), self.values.quarter(3)],
            "values": self.values,
            "reference": self.reference.as_ref().map(|(what, values)| json!({
                "what": what,
                "median": values.median(),
                "quartiles": [values.quarter(1), values.quarter(3)],
                "values": values,
            })),
            "ratio": ratio,
            "ratios": ratios,
            "bar": Some(self.wanted()).filter(|bar| !bar.is_empty()),
            "met": self.is_met(),
        })
    }

    /// The ratio of the medians, and that of each round.
    fn ratio(&self) -> Option<(f64, Sample)> {
        let (_, reference) = self.reference.as_ref()?;
        Some((self.values.median() / reference.median(), self.values.over(reference)))
    }

    fn wanted(&self) -> String {
        match self.bar {
            Bar::None => String::new(),
            Bar::AtMost(value) => format!("at most {} {}", figure(value), self.unit),
            Bar::AtLeast(value) => format!("at least {} {}", figure(value), self.unit),
            Bar::AtLeastTimes(times) => format!("at least {times} times"),
            Bar::AtMostTimes(times, more) if more > 0.0 => {
                format!("at most {times} times + {} {}", figure(more), self.unit)
            }
            Bar::AtMostTimes(times, _) => format!("at most {times} times"),
        }
    }

    fn is_met(&self) -> Option<bool> {
        let value = self.values.median();
        let reference = self.reference.as_ref().map(|(_, values)| values.median());
        match self.bar {
            Bar::None => None,
            Bar::AtMost(most) => Some(value <= most),
            Bar::AtLeast(least) => Some(value >= least),
            Bar::AtLeastTimes(times) => Some(value >= times * reference?),
            Bar::AtMostTimes(times, more) => Some(value <= times * reference? + more),
        }
    }
}

/// A number with three digits that say something, and its thousands apart.
pub(crate) fn figure(value: f64) -> String {
    let decimals = match value.abs() {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    let text = format!("{value:.decimals$}");
    let (whole, rest) = text
        .split_once('.')
        .map_or((text.as_str(), String::new()), |(whole, rest)| (whole, format!(".{rest}")));
    let groups: Vec<&str> =
        whole.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap()).collect();
    groups.join(" ") + &rest
}
