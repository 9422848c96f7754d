//! The program `budstikke`; everything is in the library, so that tests can run the same.

use std::process::ExitCode;

fn main() -> ExitCode {
    budstikke::main()
}
