//! The benchmarks share one Python, and each gives it what it lacks.

use crate::support::{python, run};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

fn bench(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What `packages.environment` asks pip for, where the environment that is there already has what the tests' own Python has.
fn installed(packages: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let (bin, asked) = (folder.path().join("bin"), folder.path().join("asked"));
    std::fs::create_dir(&bin).expect("bin");
    let interpreter = python();
    let own = interpreter.get_program().to_string_lossy().into_owned();
    let script = format!(
        "#!/bin/sh\nif [ \"$2\" = pip ]; then echo \"$@\" >>'{}'; else exec '{own}' \"$@\"; fi\n",
        asked.display()
    );
    std::fs::write(bin.join("python"), script).expect("written");
    std::fs::set_permissions(bin.join("python"), std::fs::Permissions::from_mode(0o755)).expect("its rights");
    let code = "import pathlib, sys; sys.path.insert(0, sys.argv[1]); import packages
packages.ENVIRONMENT = pathlib.Path(sys.argv[2])
print(packages.environment(sys.argv[3:]))";
    let mut program = python();
    program.args(["-B", "-c", code, concat!(env!("CARGO_MANIFEST_DIR"), "/bench")]).arg(folder.path());
    let used = run(program.args(packages));
    assert_eq!(used.trim(), bin.join("python").display().to_string());
    std::fs::read_to_string(&asked).unwrap_or_default()
}

#[test]
fn an_environment_that_another_benchmark_made_is_given_what_it_lacks_and_no_more() {
    let said = installed(&["openpyxl==3.1.5", "openpyxl==0.1", "no-such-package==1.0"]);
    assert!(said.trim_end().ends_with(" openpyxl==0.1 no-such-package==1.0"), "{said}");
    assert_eq!(said.lines().count(), 1, "asked for once: {said}");
    assert_eq!(installed(&["openpyxl==3.1.5"]), "", "nothing is lacking");
    for name in ["csv", "report", "files"] {
        let text = bench(name);
        assert!(
            text.contains("environment(PACKAGES)") && !text.contains("venv"),
            "bench/{name} makes its own"
        );
    }
}
