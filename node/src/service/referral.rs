//! Referrals: what people on this machine say and see, what the other side has said, and the way between the two.

pub mod answer;
mod application;
pub mod assess;
mod commit;
pub mod courier;
pub mod desk;
mod documents;
pub mod evidence;
pub mod find;
pub mod list;
mod marks;
pub mod outbox;
pub mod overview;
mod parcel;
pub mod receipts;
mod receiver;
mod recent;
mod redirect;
pub mod say;
pub mod send;
pub mod show;
mod speech;
mod take;
pub mod waiters;
