//! A home that was put back from a copy: what it has lost of its referrals it gets back, and signs nothing before.

use budstikke::service::referral::say::What;
use budstikke_protocol::referral::status::Status;
use budstikke_scenarios::until::{PATIENCE, until};

use super::{is, two, wait_even};

#[test]
fn what_a_home_that_was_put_back_has_said_comes_back() {
    let (cluster, gp, mut hospital) = two();
    let name = gp.refer(hospital.organisation(), &[]);
    wait_even(&gp, &hospital, name);
    hospital.stop();
    let copy = cluster.path("copy");
    cluster.sites[1].keep_copy(&copy);
    hospital.start_again();
    let outcome = "2".parse().unwrap();
    hospital.say(name, What::Accept { outcome, seniority: None, text: None }).unwrap();
    let later = gp.refer(hospital.organisation(), &[]);
    gp.wait("the answer", name, is(Status::Accepted));
    wait_even(&gp, &hospital, later);
    wait_even(&gp, &hospital, name);
    hospital.stop();
    cluster.sites[1].put_back(&copy);
    hospital.start_again();
    // It has said that it accepts, and does not know: until it does, it cannot say anything else.
    until("the lost words", PATIENCE, || hospital.say(name, What::Start { text: None }).ok());
    gp.wait("the beginning", name, is(Status::Started));
    wait_even(&gp, &hospital, name);
    wait_even(&gp, &hospital, later);
}
