//! Rounds: everything that is compared is measured in turn, so that what disturbs the machine disturbs all of it.

use crate::sample::Sample;

/// Measures so many rounds of `N` things each and gives the values of each thing. One more round goes before, which fills
/// caches and does not count.
pub(crate) fn rounds<const N: usize>(
    what: &str,
    count: usize,
    mut measure: impl FnMut() -> [f64; N],
) -> [Sample; N] {
    let mut samples = [const { Vec::new() }; N];
    for round in 0..=count {
        let values = measure();
        if round > 0 {
            samples.iter_mut().zip(values).for_each(|(sample, value)| sample.push(value));
        }
        // A line for each of many short rounds would say nothing.
        if round % count.div_ceil(10) == 0 {
            eprintln!("{what}: round {round} of {count}");
        }
    }
    samples.map(|values| values.into_iter().collect())
}
