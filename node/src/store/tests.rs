//! What the store promises, one file for each kind of promise.

mod commits;
mod crash;
mod documents;
mod erasures;
mod fetches;
mod fixture;
mod index;
mod repair;
mod secrecy;
mod told;
mod torn;
