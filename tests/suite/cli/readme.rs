//! The README's commands are run as they stand there.

use crate::support::open_folder;
use std::path::Path;
use std::process::Command;

/// The lines of the README's ```sh blocks.
fn commands() -> Vec<String> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let mut inside = false;
    let mut commands = Vec::new();
    for line in text.lines() {
        match line.trim_end() {
            "```sh" => inside = true,
            "```" => inside = false,
            command if inside && !command.is_empty() => commands.push(command.to_owned()),
            _ => {}
        }
    }
    commands
}

#[test]
fn every_command_of_the_readme_works_as_it_stands_there() {
    let commands = commands();
    assert_eq!(commands.first().map(String::as_str), Some("cargo run --release -- demo"));
    // running the tests from within the tests would not end; that the command is there is what can be held
    let (own, ours): (Vec<_>, Vec<_>) = commands.into_iter().partition(|command| command == "scripts/test");
    assert_eq!(own.len(), 1, "the README names the test command once");
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/test").exists());

    let folder = open_folder();
    // the program under test stands for the release build and for the installed one
    let program = Path::new(env!("CARGO_BIN_EXE_parte"));
    let script = ours.join("\n").replace("cargo run --release -- demo", "parte demo");
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", program.parent().unwrap().display());
    let output = Command::new("bash")
        .args(["-e", "-c", &script])
        .current_dir(folder.path())
        .env("PATH", path)
        .output()
        .expect("bash runs");
    assert!(
        output.status.success(),
        "{script}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(folder.path().join("parte-demo/salida/resumen-mensual_20261001.pdf").exists());
}
