//! The network over real TCP on the loopback interface.

mod asking;
mod dial_back;
mod gate;
mod hostile;
mod nodes;
mod streams;
