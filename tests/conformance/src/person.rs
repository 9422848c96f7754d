//! Person numbers made by rule; none is taken from anywhere.

/// Puts check digits behind nine digits, the first sum leaving `remainder`; there may be none.
pub fn complete(nine: &str, remainder: u32) -> Option<String> {
    let append = |stem: String, weights: &[u32], left: u32| {
        let sum: u32 =
            stem.bytes().zip(weights).map(|(byte, weight)| u32::from(byte - b'0') * weight).sum();
        (0..10).find(|digit| (sum + digit) % 11 == left).map(|digit| format!("{stem}{digit}"))
    };
    let ten = append(nine.to_owned(), &[3, 7, 6, 1, 8, 9, 4, 5, 2], remainder)?;
    append(ten, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2], 0)
}
