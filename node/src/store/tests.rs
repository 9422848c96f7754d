//! What the store promises, one file for each kind of promise.

mod announcements;
mod commits;
mod crash;
mod documents;
mod erasures;
mod fetches;
mod fixture;
mod heads;
mod index;
mod lists;
mod log;
mod log_damage;
mod packing;
mod referrals;
mod repair;
mod secrecy;
mod specification;
mod tickets;
mod told;
mod torn;
