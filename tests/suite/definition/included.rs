//! Definitions of several files: what may stand where, whose problem it is, and that each file is read once.

use super::{SMALL, catalogue, check_places, told};
use parte::definition::{Definitions, Diagnostics, Severity, load};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A folder with these files; the first is the main one.
fn folder_of(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }
    folder
}

fn load_files(files: &[(&str, &str)]) -> (tempfile::TempDir, Result<Definitions, Diagnostics>) {
    let folder = folder_of(files);
    let loaded = load(&folder.path().join(files[0].0), &catalogue());
    (folder, loaded)
}

fn definitions_of(files: &[(&str, &str)]) -> Definitions {
    load_files(files).1.unwrap_or_else(|problems| panic!("{}", problems.render(false, 120)))
}

/// Code, file name and the text under the caret of every problem.
fn problems_of(files: &[(&str, &str)]) -> (Diagnostics, Vec<(&'static str, String, String)>) {
    let (folder, loaded) = load_files(files);
    let problems = loaded.expect_err("the files have problems");
    check_places(&problems);
    let found = placed(&problems, folder.path());
    (problems, found)
}

fn placed(problems: &Diagnostics, folder: &Path) -> Vec<(&'static str, String, String)> {
    let names = problems.problems.iter().map(|problem| {
        let name = Path::new(problems.file_name(problem.file));
        name.strip_prefix(folder).unwrap_or(name).display().to_string()
    });
    let with_names = told(problems).into_iter().zip(names);
    with_names.map(|((code, under), name)| (code, name, under)).collect()
}

fn ids(definitions: &Definitions) -> Vec<&str> {
    definitions.reports.iter().map(|report| report.id.as_str()).collect()
}

fn report(id: &str) -> String {
    let report = "[[report]]\nid = \"ID\"\ntitle = \"Ventas\"\nperiod = \"previous week\"\nformats = [\"pdf\"]\n\
                  [[report.section]]\nkpis = [\"tasks_planned\"]\n";
    report.replace("ID", id)
}

fn including(pattern: &str) -> String {
    SMALL.replace("version = 1", &format!("version = 1\ninclude = {pattern}"))
}

#[test]
fn reports_metrics_sources_and_channels_may_stand_in_files_of_their_own() {
    let main = including("[\"comun/*.toml\", \"reports/**/*.toml\"]")
        .replace("formats =", "source = \"demo\"\nformats =");
    let north =
        report("norte").replace("tasks_planned", "doble").replace("formats", "source = \"otra\"\nformats");
    let own = "source = \"demo\"\nworkdays = { holidays = \"libres.ics\" }\nformats";
    let ways =
        "version = 1\n[channels.salida]\nurl = \"folder:salida\"\n[sources.otra]\nurl = \"sqlite:otra.db\"\n";
    let metric = "[metrics.doble]\nlabel = \"Doble\"\nexpr = \"2 * count(*)\"\nformat = \"integer\"\n";
    let definitions = definitions_of(&[
        ("reports.toml", &main),
        ("comun/salidas.toml", ways),
        ("comun/medidas.toml", metric),
        ("reports/norte.toml", &format!("{north}[[report.deliver]]\nchannel = \"salida\"\n")),
        ("reports/sur/sur.toml", &report("sur").replace("formats", own)),
        ("reports/.oculto.toml", "no es toml"),
        ("libres.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),
    ]);
    assert_eq!(ids(&definitions), ["ventas", "norte", "sur"], "the main file's first, then files by name");
    assert_eq!(definitions.metrics.last().map(|metric| metric.id.as_str()), Some("doble"));
    assert_eq!(definitions.channels.len(), 1);
    let paths: Vec<String> =
        definitions.sources.values().map(|source| format!("{:?}", source.kind)).collect();
    let of_the_main_folder =
        |path: &String| path.contains(&format!("{}/", definitions.root.display())) && !path.contains("comun");
    assert!(paths.iter().all(of_the_main_folder), "{paths:?}");
    let names: Vec<PathBuf> = definitions
        .files
        .iter()
        .map(|file| file.strip_prefix(&definitions.root).expect("in the folder").to_owned())
        .collect();
    let expected = [
        "reports.toml",
        "comun/medidas.toml",
        "comun/salidas.toml",
        "reports/norte.toml",
        "reports/sur/sur.toml",
        "libres.ics",
    ];
    assert_eq!(names, expected.map(PathBuf::from));
    assert!(definitions.warnings.problems.is_empty());
    assert_eq!(definitions.warnings.files.len(), 5);
}

#[test]
fn a_file_that_several_patterns_match_is_read_once_and_the_main_file_never_again() {
    let definitions = definitions_of(&[
        ("x/reports.toml", &including("[\"*.toml\", \"./a.toml\", \"../?/a.toml\"]")),
        ("x/a.toml", &report("a")),
        ("x/b.toml", &report("b")),
    ]);
    assert_eq!(ids(&definitions), ["ventas", "a", "b"]);
    assert!(definitions.warnings.problems.is_empty());
}

#[test]
fn a_folder_with_signs_of_patterns_in_its_name_is_no_pattern() {
    let folder = folder_of(&[
        ("[a]*/reports.toml", &including("[\"in*/[b]-?.toml\"]")),
        ("[a]*/incl/b-1.toml", &report("b")),
    ]);
    let definitions = load(&folder.path().join("[a]*/reports.toml"), &catalogue()).expect("no problems");
    assert_eq!(ids(&definitions), ["ventas", "b"]);
}

#[test]
fn names_are_unique_over_all_files() {
    let channel = "[channels.salida]\nurl = \"folder:salida\"\n";
    let metric = "[metrics.doble]\nlabel = \"Doble\"\nexpr = \"2 * count(*)\"\nformat = \"integer\"\n";
    let (problems, found) = problems_of(&[
        ("reports.toml", &format!("{}{channel}{metric}", including("[\"r/*.toml\"]"))),
        ("r/a.toml", &format!("{channel}{}", report("ventas"))),
        ("r/b.toml", &format!("{metric}{}[sources.demo]\nurl = \"sqlite:x.db\"\n", report("ventas"))),
    ]);
    let expected = [
        ("duplicate", "r/a.toml", "salida"),
        ("duplicate", "r/a.toml", "\"ventas\""),
        ("duplicate", "r/b.toml", "doble"),
        ("duplicate", "r/b.toml", "\"ventas\""),
        ("duplicate", "r/b.toml", "demo"),
    ];
    let found: Vec<(&str, &str, &str)> =
        found.iter().map(|(code, name, under)| (*code, name.as_str(), under.as_str())).collect();
    assert_eq!(found, expected);
    let hint = problems.problems[1].hint.clone().unwrap_or_default();
    assert!(
        hint.starts_with("the first is in ")
            && hint.ends_with("/reports.toml; give this one a name of its own, for example `ventas-2`"),
        "{hint}"
    );
    assert!(problems.to_string().starts_with("5 problems in "), "{problems}");
}

#[test]
fn what_holds_for_all_stands_in_the_main_file_alone() {
    let (_, found) = problems_of(&[
        ("reports.toml", &including("[\"a.toml\"]")),
        (
            "a.toml",
            "version = 2\ninclude = [\"b.toml\"]\n[defaults]\ntimezone = \"Nowhere\"\n[brand]\nname = \"X\"\n[ledger]\nurl = \"sqlite:x.db\"\n[other]\n",
        ),
    ]);
    let found: Vec<(&str, &str)> = found.iter().map(|(code, _, under)| (*code, under.as_str())).collect();
    let expected = [
        ("unknown-value", "2"),
        ("misplaced-key", "include"),
        ("misplaced-key", "defaults"),
        ("misplaced-key", "brand"),
        ("misplaced-key", "ledger"),
        ("unknown-key", "other"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn problems_come_by_files_and_then_by_places_and_each_shows_its_own_file() {
    let (problems, found) = problems_of(&[
        ("reports.toml", &including("[\"r/*.toml\"]").replace("tasks_planned", "tasks_planed")),
        ("r/b.toml", &report("b").replace("previous", "previus")),
        ("r/a.toml", &report("a").replace("tasks_planned", "ñandú").replace("Ventas\"", "Ventas\"\nño = 1")),
    ]);
    let found: Vec<(&str, &str)> = found.iter().map(|(code, name, _)| (*code, name.as_str())).collect();
    let expected = [
        ("unknown-metric", "reports.toml"),
        ("syntax", "r/a.toml"),
        ("unknown-metric", "r/a.toml"),
        ("bad-period", "r/b.toml"),
    ];
    assert_eq!(found, expected);
    let shown = problems.render(false, 100);
    assert!(shown.contains("r/a.toml:4:1") && shown.contains("previus week"), "{shown}");
    assert!(shown.trim_end().ends_with("r/b.toml"), "{shown}");
}

#[test]
fn patterns_that_find_nothing_are_a_warning_and_files_that_cannot_be_read_a_problem() {
    let definitions = definitions_of(&[("reports.toml", &including("[\"nada/*.toml\"]"))]);
    let [warning] = definitions.warnings.problems.as_slice() else { panic!("one warning") };
    assert_eq!((warning.code, warning.severity), ("empty-include", Severity::Warning));
    assert_eq!(warning.what, "no file matches `nada/*.toml`");

    for (pattern, code, under) in [
        ("[\"no.toml\"]", "missing-file", "\"no.toml\""),
        ("[\"carpeta\"]", "bad-include", "\"carpeta\""),
        ("[\"a***.toml\"]", "bad-include", "*"),
        ("[\"[a.toml\"]", "bad-include", "["),
        ("[\"\"]", "bad-include", "\"\""),
        ("\"*.toml\"", "wrong-type", "\"*.toml\""),
        ("[5]", "wrong-type", "5"),
        ("[\"latin*.txt\"]", "unreadable-file", "\"latin*.txt\""),
        ("[\"${HOME}/*\"]", "misplaced-secret", "${HOME}"),
    ] {
        let main = including(pattern).replace("\"tasks_planned\"", "\"solo_alli\"");
        let folder = folder_of(&[("reports.toml", &main), ("carpeta/a.toml", "")]);
        std::fs::write(folder.path().join("latin.txt"), b"# se\xf1al\n").expect("written");
        let problems = load(&folder.path().join("reports.toml"), &catalogue()).expect_err(pattern);
        // What the file may have said is not held against the rest.
        assert_eq!(told(&problems), [(code, under.to_owned())], "{pattern}: {}", problems.render(false, 100));
        check_places(&problems);
    }
}

#[test]
fn a_name_that_an_unreadable_part_may_define_is_no_fault_of_its_own() {
    let (_, found) = problems_of(&[
        ("reports.toml", &including("[\"a.toml\"]").replace("\"tasks_planned\"", "\"doble\"")),
        ("a.toml", "[metrics.doble\nlabel = \"Doble\"\n"),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn secrets_are_masked_in_every_file() {
    let (problems, found) = problems_of(&[
        ("reports.toml", &including("[\"a.toml\"]")),
        ("a.toml", "[channels.mail]\nurl = \"smtp://u:abretesesamo@localhost\"\nfrom = \"a@b.example\"\n"),
    ]);
    assert_eq!(found.iter().map(|(code, ..)| *code).collect::<Vec<_>>(), ["written-secret"]);
    let all = format!("{}{problems:?}{}", problems.render(false, 100), problems.to_json());
    assert!(!all.contains("abretesesamo"), "{all}");
}

#[test]
fn a_thousand_reports_in_fifty_files_are_one_definition() {
    let mut files = vec![("reports.toml".to_owned(), including("[\"reports/*.toml\"]"))];
    for file in 0..50 {
        let mut text = String::new();
        for number in 0..20 {
            let report = report(&format!("informe-{file:02}-{number:02}"));
            let own = "schedule = \"every workday at 07:00\"\nworkdays = { days = \"mon-sat\", holidays = \"libres.ics\" }\nformats";
            write!(text, "{}", report.replace("formats", own)).expect("written");
        }
        files.push((format!("reports/{file:02}.toml"), text));
    }
    let calendar = std::fs::read_to_string("templates/holidays-co.ics").expect("the calendar");
    files.push(("libres.ics".to_owned(), calendar));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let definitions = definitions_of(&files);
    assert_eq!((definitions.reports.len(), definitions.files.len()), (1_001, 52));
    let ids = ids(&definitions);
    assert_eq!((ids[0], ids[1], ids[1_000]), ("ventas", "informe-00-00", "informe-49-19"));
    let free = "2026-12-25".parse().expect("a day");
    assert!(definitions.reports[1..].iter().all(|report| report.workdays.is_holiday(free)));
}
