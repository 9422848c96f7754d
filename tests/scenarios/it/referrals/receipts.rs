//! The receipts of what both sides have said.

use budstikke::service::referral::receipts::of;
use budstikke_scenarios::until::{PATIENCE, until};

use super::{two, wait_even};

#[test]
fn every_event_has_a_receipt_of_its_author() {
    let (_cluster, gp, hospital) = two();
    let name = gp.refer(hospital.organisation(), &[]);
    wait_even(&gp, &hospital, name);
    for inside in [&gp, &hospital] {
        let shown = inside.show(name).unwrap();
        for event in shown.referrers.iter().chain(&shown.receivers) {
            until("a receipt", PATIENCE, || inside.run(async |ctx, _| of(&ctx, event).await.ok()));
        }
    }
}
