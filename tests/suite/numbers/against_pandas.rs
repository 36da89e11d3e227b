//! `bench/report` tells how long a report takes only after it has compared its numbers with pandas'. Here it does that over little data.

use crate::support::python;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;

/// `bench/report --numbers` over 2,000 tasks in `folder`: so little that many sellers have no call, no visit or no sale.
fn compared(parte: &Path, folder: &Path) -> Output {
    let interpreter = python();
    let mut bench = python();
    bench.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/report"));
    bench.args(["--numbers", "--rows", "2000", "--times", "1", "--python"]).arg(interpreter.get_program());
    bench.arg("--parte").arg(parte).arg("--data").arg(folder);
    bench.env_remove("PARTE_FILE").env_remove("PARTE_LOG");
    bench.output().unwrap_or_else(|error| panic!("{bench:?} cannot be started: {error}"))
}

#[test]
fn a_whole_report_has_the_numbers_that_pandas_has() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = compared(Path::new(env!("CARGO_BIN_EXE_parte")), folder.path());
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}");
    // 24 metrics of 200 sellers and the total, and beside them states, transitions and days.
    let equal = said.split_once("; ").and_then(|(_, rest)| rest.split(' ').next()?.parse::<u32>().ok());
    assert!(equal.is_some_and(|equal| equal > 24 * 201 + 87), "{said}");
    assert!(said.contains("numbers are equal on both sides"), "{said}");
}

#[test]
fn a_number_that_pandas_has_not_ends_the_comparison_with_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let altered = folder.path().join("parte");
    // The first seller's planned tasks, then the same as if there were none, then the users of a day.
    for (change, told) in [
        ("2s/,[0-9]*,/,9999,/' out/sellers_*_work.csv", "work, V0000, tasks_planned: 9999 against "),
        ("2s/,[0-9]*,/,,/' out/sellers_*_work.csv", "work, V0000, tasks_planned: nothing against "),
        ("$s/,[0-9]*/,41/' out/sellers_*_days.csv", "days, 2026-09-27, engaged_by_day: 41 against "),
        ("3d' out/sellers_*_sales.csv", "sales: 200 rows of 9 columns against 201 of 9"),
    ] {
        let program = env!("CARGO_BIN_EXE_parte");
        std::fs::write(&altered, format!("#!/bin/sh\n'{program}' \"$@\" && sed -i '{change}\n"))
            .expect("written");
        std::fs::set_permissions(&altered, std::fs::Permissions::from_mode(0o755)).expect("its rights");
        let output = compared(&altered, folder.path());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(told), "{change}: {said}");
    }
}
