//! The container image: what its files repeat of the workspace must be the same there.

use super::house::{read, root, tell};

/// Files of `docker` that name the image by its tag, and what the Dockerfile says of its version.
const NAMED: [(&str, &str); 4] = [
    ("docker/README.md", "budstikke:"),
    ("docker/README.md", "--tag budstikke:"),
    ("docker/compose.yaml", "{BUDSTIKKE_IMAGE:-budstikke:"),
    ("docker/Dockerfile", "image.version=\""),
];

#[test]
fn the_image_has_the_version_of_the_workspace() {
    let version = env!("CARGO_PKG_VERSION");
    let mut faults = Vec::new();
    for (file, before) in NAMED {
        let text = read(&root().join(file));
        // A volume has the same name, and no version behind it.
        let after = text.split(before).skip(1).filter(|after| after.starts_with(char::is_numeric));
        let wrong = after.clone().filter(|after| !after.starts_with(version)).count();
        if wrong > 0 || after.count() == 0 {
            faults.push(format!("{file}: behind `{before}` does not stand {version}"));
        }
    }
    tell(&faults);
}

#[test]
fn the_image_is_built_by_the_rust_of_the_workspace() {
    let toolchain = read(&root().join("rust-toolchain.toml"));
    let channel = toolchain.split('"').nth(1).expect("rust-toolchain.toml names a channel");
    let wanted = format!("ARG RUST=rust:{channel}-slim-bookworm\n");
    let dockerfile = read(&root().join("docker/Dockerfile"));
    assert!(dockerfile.contains(&wanted), "docker/Dockerfile does not say {wanted}");
}
