//! Programs made of other people's Go libraries, in `tests/third_party/go`.

use std::path::Path;
use std::process::Command;

/// Runs one of them, which must find nothing wrong, and gives what it has printed.
pub fn accepts(program: &str, args: &[&str]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../third_party/go");
    let mut go = Command::new("go");
    go.arg("run").arg(folder.join(program)).args(args);
    go.env("GOPATH", "/usr/share/gocode").env("GO111MODULE", "off").env("GOFLAGS", "");
    let output = go.output().unwrap_or_else(|error| panic!("go: {error}; run tests/setup"));
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}
