//! `parte demo` from an empty folder: what a newcomer sees, and the same numbers in every format.

use super::parte;
use crate::support::{open_folder, python, read_json, run, tests_file};
use std::path::Path;
use std::process::Command;

fn demo(folder: &Path) -> String {
    let output = parte(folder).arg("demo").output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

fn pdf_text(path: &Path) -> String {
    run(Command::new("pdftotext").arg("-layout").arg(path).arg("-"))
}

#[test]
fn the_demo_makes_and_delivers_every_report_and_may_be_run_again() {
    let place = open_folder();
    let first = demo(place.path());
    let home = place.path().join("parte-demo");
    for piece in [
        "equipo-diario",
        "compromiso-semanal",
        "resumen-mensual",
        "9 of 9 deliveries made",
        "parte check",
        "parte runs",
    ] {
        assert!(first.contains(piece), "{piece} is not in:\n{first}");
    }

    // every number of each report is the same in CSV, Excel and PDF
    for (report, stem) in [
        ("equipo-diario", "equipo-diario_20261119"),
        ("compromiso-semanal", "compromiso-semanal_20261109"),
        ("resumen-mensual", "resumen-mensual_20261001"),
    ] {
        let at = "2026-11-20T07:00";
        let output = parte(&home)
            .args(["run", report, "--at", at, "--no-deliver", "--json", "--out", "again"])
            .output()
            .expect("the program starts");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let json = home.join(format!("{report}.json"));
        std::fs::write(&json, &output.stdout).unwrap();
        let said = run(python()
            .arg(tests_file("readers/formats_equal.py"))
            .arg(home.join("again"))
            .arg(stem)
            .arg(&json));
        assert!(said.contains(" 0 differences"), "{said}");
        print!("{report}: {said}");

        let pdf = home.join("again").join(format!("{stem}.pdf"));
        run(Command::new("qpdf").arg("--check").arg(&pdf));
        let fonts = run(Command::new("pdffonts").arg(&pdf));
        assert!(fonts.lines().count() > 2, "{fonts}");
        for line in fonts.lines().skip(2) {
            let columns: Vec<&str> = line.split_whitespace().rev().collect();
            assert_eq!(columns[4], "yes", "embedded: {fonts}");
        }
    }
    assert!(pdf_text(&home.join("reports/equipo-diario_20261119.pdf")).contains("Muñoz"));

    // a month of days is wider than a screen: the teams stay beside them, and every number has its colour
    let heatmap = "import openpyxl, sys\n\
        sheet = openpyxl.load_workbook(sys.argv[1])['Tareas hechas por equipo y día']\n\
        print(sheet.freeze_panes, [(str(r.sqref), r.rules[0].type) for r in sheet.conditional_formatting])";
    let book = home.join("reports/resumen-mensual_20261001.xlsx");
    assert_eq!(run(python().args(["-c", heatmap]).arg(&book)).trim(), "B2 [('B2:AF7', 'colorScale')]");

    // some teams have reached what they were to sell in the month, others have not
    let goals =
        std::fs::read_to_string(home.join("reports/resumen-mensual_20261001_objetivos-por-equipo.csv"));
    let goals = goals.unwrap();
    let attained: Vec<f64> =
        goals.lines().filter_map(|line| line.split(';').nth(2)?.replace(',', ".").parse().ok()).collect();
    assert_eq!(attained.len(), 6, "five teams and the total: {goals}");
    let met = attained[..5].iter().filter(|part| **part >= 1.0).count();
    assert!((1..5).contains(&met), "{met} of five: {goals}");

    // each mail is what would be sent, and Python reads it without defects
    let mails: Vec<_> =
        std::fs::read_dir(home.join("outbox/mail")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(mails.len(), 4, "{mails:?}");
    for mail in &mails {
        let message = read_json("delivery_mail.py", mail);
        assert_eq!(message["defects"].as_array().map(Vec::len), Some(0), "{message}");
    }

    // again: the same folder, the same files, an edited definition is kept
    let definitions = home.join("reports.toml");
    let edited =
        std::fs::read_to_string(&definitions).unwrap().replace("Distribuciones Ñandú", "Almacenes Peña");
    std::fs::write(&definitions, &edited).unwrap();
    demo(place.path());
    assert_eq!(std::fs::read_to_string(&definitions).unwrap(), edited);
    assert!(pdf_text(&home.join("reports/equipo-diario_20261119.pdf")).contains("Almacenes Peña"));
}

#[test]
fn a_folder_with_other_things_is_refused() {
    let place = open_folder();
    std::fs::write(place.path().join("thesis.txt"), "mine").unwrap();
    let output = parte(place.path()).args(["demo", "."]).output().unwrap();
    assert_eq!(output.status.code(), Some(5));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not made by the demo"));
    assert_eq!(
        std::fs::read_dir(place.path()).unwrap().count(),
        1 + usize::from(place.path().join("templates").exists())
    );
}
