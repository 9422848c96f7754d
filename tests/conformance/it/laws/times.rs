//! Every moment has one text.

use std::time::Duration;

use budstikke_keys::time::Timestamp;
use proptest::prelude::*;

use crate::strategy::time;

proptest! {
    #[test]
    fn moments_survive_their_text(moment in time()) {
        let text = moment.to_string();
        prop_assert_eq!(text.len(), 20);
        prop_assert_eq!(text.parse(), Ok(moment));
        let json = serde_json::to_string(&moment).unwrap();
        prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), moment);
    }

    #[test]
    fn whatever_is_read_is_written_the_same(
        text in prop_oneof!["\\PC*", "[0-9]{4}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.0)?(Z|z|\\+00:00)?"],
    ) {
        if let Ok(moment) = text.parse::<Timestamp>() {
            prop_assert_eq!(moment.to_string(), text);
        }
    }

    #[test]
    fn moments_order_as_their_texts_do(one in time(), other in time()) {
        prop_assert_eq!(one.cmp(&other), one.to_string().cmp(&other.to_string()));
        prop_assert_eq!(one.seconds_since(other), -other.seconds_since(one));
    }

    #[test]
    fn what_is_added_is_the_difference_until_the_end_of_time(moment in time(), seconds: u64) {
        let span = Duration::from_secs(seconds);
        let later = moment.plus(span);
        let end: Timestamp = "9999-12-31T23:59:59Z".parse().unwrap();
        let is_whole = u64::try_from(later.seconds_since(moment)) == Ok(seconds);
        prop_assert!(is_whole || later == end);
        let earlier = moment.minus(span);
        let is_whole = u64::try_from(moment.seconds_since(earlier)) == Ok(seconds);
        prop_assert!(is_whole || earlier == Timestamp::UNIX_EPOCH);
    }
}
