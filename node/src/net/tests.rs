//! The network over real TCP on the loopback interface.

mod asking;
mod gate;
mod hostile;
mod nodes;
mod streams;
