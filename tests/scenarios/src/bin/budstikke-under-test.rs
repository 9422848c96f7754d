//! The program `budstikke` once more, so that cargo builds what these tests run, and always the present source.

use std::process::ExitCode;

fn main() -> ExitCode {
    budstikke::main()
}
