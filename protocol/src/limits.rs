//! The bounds that are part of the protocol; two nodes must agree on each of them.
//!
//! Every number has its reason beside it. What only one node cares about (queue lengths, caches) stands beside its user.

use std::time::Duration;

/// Bytes of one compact statement (manifest, sharing, withdrawal, question): twenty times the usual size.
pub const STATEMENT_BYTES_MAX: usize = 32 * 1024;

/// Bytes of one signed roster: 1 024 members of about 1 KiB each, base64url-encoded, with room for retired keys.
pub const ROSTER_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Bytes of a member request: one member and its four signatures.
pub const REQUEST_BYTES_MAX: usize = 64 * 1024;

/// Members of one federation: more than twice the 357 municipalities and all health trusts together.
pub const MEMBERS_MAX: usize = 1024;

/// Stewards of one federation; also well under the 32 signatures that one JWS may carry.
pub const STEWARDS_MAX: usize = 16;

/// Retired keys of one member: a yearly rotation of all four keys for eight years.
pub const RETIRED_KEYS_MAX: usize = 32;

/// Addresses of one member.
pub const ADDRESSES_MAX: usize = 8;

/// Organisations that one document can be shared with by name; more than that is `federation`.
pub const SHARED_WITH_MAX: usize = 64;

/// Relations of one document to others.
pub const RELATIONS_MAX: usize = 16;

/// Bytes of one document: 16 GiB, above any imaging study that a municipality shares, and its list of subtree hashes stays at 512 KiB.
pub const DOCUMENT_BYTES_MAX: u64 = 16 * 1024 * 1024 * 1024;

/// Bytes of a document that is looked into for a message of the network: messages have at most 20 MB there, attachments and all.
pub const MESSAGE_DOCUMENT_BYTES_MAX: usize = 20 * 1024 * 1024;

/// Bytes of one subtree of a document, the unit that is verified and resumed: a lying peer costs at most this much.
pub const SUBTREE_BYTES: usize = 1024 * 1024;

/// Open records of one patient at one organisation, as a proof can show them: thirty years with one for every day.
pub const LISTED_MAX: usize = 10_000;

/// Manifests in one page of a list.
pub const LIST_PAGE_MAX: usize = 64;

/// Bytes of the question for a document: one signed question and little more.
pub const QUESTION_BYTES_MAX: usize = 40 * 1024;

/// Bytes of one signed blind question: a thousand elements with their tags, 112 bytes of JSON each, are 150 kB in base64url.
pub const BLIND_BYTES_MAX: usize = 160 * 1024;

/// Bytes of an index question: a blind one, or what an announcement has: two statements, and a receipt of at most 128 KiB.
pub const INDEX_QUESTION_BYTES_MAX: usize = 200 * 1024;

/// Bytes of an answer to an index question: a page of the largest manifests, each with its place and salt, and 512 KiB for the proof of a
/// list of [`LISTED_MAX`] records and its checkpoint.
pub const INDEX_ANSWER_BYTES_MAX: usize = LIST_PAGE_MAX * (STATEMENT_BYTES_MAX + 96) + 512 * 1024;

/// Bytes of a presence file in one answer: as much as is verified of a document at once, 131 072 patients.
pub const PRESENCE_PART_MAX: usize = 1024 * 1024;

/// Elements that a member may have evaluated by one node in a day when the roster sets no other limit for it: what the largest hospital
/// searches for in a day. Of all inhabitants nobody gets through a third in an epoch of 30 days.
pub const BLIND_PER_DAY: u32 = 50_000;

/// Bytes of a delivery of referral events, and of its answer: some hundred events of the usual size, in a second at 10 Mbit/s.
pub const REFERRAL_BYTES_MAX: usize = 1024 * 1024;

/// Heads of logs in one hello: all of a small federation, and a new sample of a large one every time.
pub const HEADS_MAX: usize = 8;

/// How old a head may be to count as news. Witnesses cosign the newest head of a log anew within this time, also when nothing is
/// added to it; so an older one may have been held back.
pub const HEAD_AGE_MAX: Duration = Duration::from_hours(24);

/// How far in the future the time of a head may be.
pub const HEAD_AHEAD_MAX: Duration = Duration::from_mins(5);

/// How far the time that a signer claims may be after the time at which witnesses saw what it signed; their clocks differ by no
/// more.
pub const CREATED_AHEAD_MAX: Duration = Duration::from_mins(5);

/// How far the time of a signed question may be from the clock of the node that is asked.
pub const QUESTION_TOLERANCE: Duration = Duration::from_mins(2);

/// How long the nonce of a question is remembered; longer than the tolerance on both sides.
pub const NONCE_KEPT: Duration = Duration::from_mins(5);

/// How long patient data is still exchanged after the roster has expired, with a loud warning.
pub const ROSTER_GRACE: Duration = Duration::from_hours(14 * 24);

/// How long a document stream may go without a verified subtree before it is ended.
pub const STALL_MAX: Duration = Duration::from_secs(15);

/// Questions that a member may ask of one node in a minute when the roster sets no other limit for it.
pub const QUESTIONS_PER_MINUTE: u32 = 600;

/// Documents that one referral event can attach: with the longest texts they still fit into one statement.
pub const ATTACHED_MAX: usize = 64;

/// Events that either side can add to one referral, so that a referral has at most 10 000: daily messages for a decade stay
/// below. It is counted for each side, because whether an event may follow must not hang on what the other side says meanwhile.
pub const CHAIN_MAX: u32 = 5_000;

/// Places at the end of a chain that are kept for the event that ends the referral.
pub const CHAIN_SPARE: u32 = 8;

/// How often a referral can be reopened; each time is kept in its state, which stays small.
pub const REOPENED_MAX: usize = 8;

/// How far in the future the time of a referral event may be when it is received.
pub const EVENT_AHEAD_MAX: Duration = Duration::from_mins(5);

/// How long the documents of a referral stay open to its parties after it ended: what was attached to its last event must
/// still reach a receiver that was down for the two weeks after which delivery gives up.
pub const REFERRAL_KEPT_OPEN: Duration = Duration::from_hours(30 * 24);

/// Referrals in one delivery: a backlog of 10 000 drains in some three hundred rounds.
pub const DELIVERY_THREADS_MAX: usize = 32;

/// Bytes of events in one delivery: half of what a message between nodes may have, the other half is for what comes back.
pub const DELIVERY_BYTES_MAX: usize = 512 * 1024;
