//! The crash laboratory: nodes at work are killed and lose their power, and what they acknowledged must be there afterwards.
//!
//! It stands outside: it gives commands to real nodes, remembers what they answered, and holds that against what they show
//! after they were started again. What was answered is certain; what was only attempted may have happened or not, but not by
//! halves.

pub mod check;
pub mod cuts;
pub mod dice;
pub mod disk;
pub mod kills;
pub mod ledger;
pub mod paper;
pub mod power;
pub mod strace;
pub mod summary;
pub mod work;
pub mod world;
