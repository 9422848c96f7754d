//! Why a peer was not reached: for each address that was tried one reason, in a person's words.

use std::error::Error;
use std::fmt;

use libp2p::dns::ResolveError;
use libp2p::swarm::DialError;

use super::address;

/// A dial that led to no connection.
#[derive(Debug)]
pub(crate) struct Unreached(DialError);

impl From<DialError> for Unreached {
    fn from(error: DialError) -> Self {
        Self(error)
    }
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DialError::Transport(tried) = &self.0 else { return self.0.fmt(f) };
        for (number, (address, error)) in tried.iter().enumerate() {
            let separator = if number > 0 { "; " } else { "" };
            write!(f, "{separator}{}: {}", address::without_peer(address), reason(error))?;
        }
        Ok(())
    }
}

impl Error for Unreached {}

/// The innermost cause: those around it say which part of libp2p passed it on.
fn reason(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    if innermost.is::<ResolveError>() {
        // What the resolver says is a query in its own notation.
        return "the name does not resolve".to_owned();
    }
    innermost.to_string()
}
