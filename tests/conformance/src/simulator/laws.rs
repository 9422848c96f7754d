//! What must hold: during a run at each commit, and at its end.

use std::collections::BTreeSet;
use std::rc::Rc;

use budstikke_protocol::ids::EventDigest;
use budstikke_protocol::referral::event::Kept;
use budstikke_protocol::referral::state::Side;
use budstikke_protocol::referral::thread::Thread as Merged;

use super::books::{Books, Held, Thread};
use super::site::Site;

/// A commit only adds: chains grow at their ends, and nothing that was decided moves back unless it is reopened.
pub(super) fn committed(before: &Books, after: &Books) -> Result<(), String> {
    for (name, old) in before {
        let new = after.get(name).ok_or("a commit lost a referral")?;
        if Rc::ptr_eq(old, new) {
            continue;
        }
        for side in [Side::Referrer, Side::Receiver] {
            let (old, new) = (old.chain(side), new.chain(side));
            let is_prefix = new.len() >= old.len()
                && old.iter().zip(new).all(|(old, new)| old.digest() == new.digest());
            if !is_prefix {
                return Err("a commit changed what was there".to_owned());
            }
        }
        if new.state.reopened() == old.state.reopened() && new.state.rank() < old.state.rank() {
            let (old, new) = (old.state.status(), new.state.status());
            return Err(format!("{old} moved back to {new}"));
        }
    }
    Ok(())
}

/// Both sides of every referral have the same thread, and in it all that anybody was promised, once.
pub(super) fn ended(sites: &[Site], promised: &[EventDigest]) -> Result<(), String> {
    let mut found = BTreeSet::new();
    for site in sites {
        for (name, thread) in &site.disk {
            let mut others = sites.iter().filter(|other| other.organisation != site.organisation);
            let other = others.find_map(|other| other.disk.get(name));
            let other = other.ok_or("a referral never reached the other side")?;
            same(thread, other)?;
            merged(thread)?;
            let events = thread.referrer.iter().chain(&thread.receiver);
            found.extend(events.map(|event| EventDigest::new(event.digest())));
        }
    }
    match promised.iter().find(|event| !found.contains(event)) {
        Some(event) => Err(format!("an event that was promised is lost: {event}")),
        None => Ok(()),
    }
}

fn same(one: &Thread, other: &Thread) -> Result<(), String> {
    for side in [Side::Referrer, Side::Receiver] {
        let digests = |thread: &Thread| -> Vec<_> {
            thread.chain(side).iter().map(|event| event.digest()).collect()
        };
        if digests(one) != digests(other) {
            let (one, other) = (one.chain(side).len(), other.chain(side).len());
            return Err(format!("the {side:?}'s chain has {one} events here and {other} there"));
        }
    }
    if one.state == other.state {
        Ok(())
    } else {
        Err(format!(
            "the same events are {} here and {} there",
            one.state.status(),
            other.state.status()
        ))
    }
}

/// Whoever has both chains comes to the same state, whatever the order in which the sites took them.
fn merged(thread: &Thread) -> Result<(), String> {
    let kept =
        |events: &[Held]| events.iter().map(|event| Kept::from(&**event)).collect::<Vec<_>>();
    let merged = Merged::merge(kept(&thread.referrer), kept(&thread.receiver));
    let merged = merged.map_err(|fault| format!("the chains do not merge: {fault}"))?;
    if *merged.state() != thread.state {
        return Err("merging gives another state".to_owned());
    }
    let lines = merged.lines().len();
    let distinct: BTreeSet<_> = merged.lines().iter().map(|line| line.kept.digest).collect();
    if distinct.len() == lines && lines == thread.referrer.len() + thread.receiver.len() {
        Ok(())
    } else {
        Err("an event stands twice in the thread, or not at all".to_owned())
    }
}
