//! Laws: what holds whatever the values are.

mod answers;
mod content;
mod decisions;
mod evidence;
mod lists;
mod maps;
mod messages;
mod referral_evidence;
mod referrals;
mod rosters;
mod seals;
mod statements;
mod tiles;
mod times;
mod trees;
mod witnesses;
