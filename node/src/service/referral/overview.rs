//! What an operator should know of referrals: numbers, and no patient.

use tokio::task::block_in_place;

use super::outbox::{Counts, counts};
use crate::clock;
use crate::failure::Failure;
use crate::service::context::Context;
use crate::store::Census;

/// How many referrals there are, and what waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// The referrals by kind.
    pub census: Census,
    /// What waits for other organisations.
    pub waiting: Counts,
}

/// The overview as of now.
///
/// # Errors
/// When the store cannot be read.
pub fn overview(ctx: &Context) -> Result<Overview, Failure> {
    let census = block_in_place(|| ctx.store.referrals().census(clock::now()))?;
    Ok(Overview { census, waiting: counts(ctx)? })
}
