//! What each pair of state and event leads to.
