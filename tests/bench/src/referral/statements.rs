//! The statements of referrals and nothing else, as a reference: the request and both acknowledgements of each, signed by one side,
//! read and verified by the other, on every core. Nothing is sent or kept.

use std::thread::{self, available_parallelism};
use std::time::{Duration, Instant};

use budstikke::clock;
use budstikke_keys::jws::{Claimed, Verified, sign};
use budstikke_keys::secret::SecretKey;
use budstikke_protocol::limits::STATEMENT_BYTES_MAX;
use budstikke_protocol::referral::event::Event;
use budstikke_protocol::referral::said::{Answer, Said};
use budstikke_protocol::referral::state::{Side, State};
use budstikke_protocol::referral::step::Facts;
use budstikke_scenarios::cluster::ORGANISATIONS;
use zeroize::Zeroizing;

use super::request::request;

/// Makes and checks the statements of so many referrals, and gives the time.
pub(crate) fn statements(count: usize) -> Duration {
    let threads = available_parallelism().unwrap().get();
    let began = Instant::now();
    thread::scope(|scope| {
        for nth in 0..threads {
            let some = count / threads + usize::from(nth < count % threads);
            scope.spawn(move || (0..some).for_each(|_| one()));
        }
    });
    began.elapsed()
}

fn one() {
    let [practice, hospital] = [1, 2].map(|byte| SecretKey::from_seed(Zeroizing::new([byte; 32])));
    let now = clock::now();
    let requested = request(ORGANISATIONS[0], ORGANISATIONS[1], now);
    let mut state = State::open(&through(requested, &practice), now).unwrap();
    for answer in [Answer::Stored, Answer::Accepted] {
        let said = Said::Acknowledged { of: 1, answer };
        let event = through(state.next(Side::Receiver, said, None, now), &hospital);
        state = state.step(&event, &Facts { seen: None, now }).unwrap();
    }
}

/// An event as the other side has it.
fn through(event: Event, key: &SecretKey) -> Verified<Event> {
    let signed = sign(event, key).unwrap();
    let claimed = Claimed::<Event>::parse(signed.compact(), STATEMENT_BYTES_MAX).unwrap();
    claimed.verify(&key.public()).unwrap()
}
