//! Groups of rows with subtotals, and marks, put together by the real engine.

use super::setting::{Setting, weekly};
use parte::document::{Body, Document, Line, Mark, Table, Value, Values, Verdict};

const METRICS: &str =
    "metrics = [\"tasks_planned\", \"tasks_completed\", \"completion_rate\", \"handling_time\"]";

fn document_in(locale: &str, tables: &[String]) -> Document {
    let sections: String =
        tables.iter().map(|table| format!("[[report.section]]\ntable = {{ {table} }}\n")).collect();
    let setting = Setting::new();
    setting.document(&setting.definitions(locale, &weekly(&sections)))
}

fn document(tables: &[String]) -> Document {
    document_in("es-CO", tables)
}

fn table(document: &Document, section: usize) -> &Table {
    match &document.sections[section].body {
        Body::Table(table) => table,
        other => panic!("section {section} is no table: {other:?}"),
    }
}

fn texts(table: &Table, column: usize) -> Vec<&str> {
    match &table.columns[column].values {
        Values::Text(texts) => texts.iter().map(|text| text.as_deref().unwrap_or("–")).collect(),
        other => panic!("no texts: {other:?}"),
    }
}

/// Name and numbers of each row of a table by one dimension.
fn lines(table: &Table) -> Vec<(String, Vec<Option<Value>>)> {
    let names = texts(table, 0).into_iter().enumerate();
    names
        .map(|(row, name)| {
            let numbers = table.columns.iter().skip(1).map(|column| column.values.get(row)).collect();
            (name.to_owned(), numbers)
        })
        .collect()
}

/// The same of the subtotals of a table by two.
fn subtotals(table: &Table) -> Vec<(String, Vec<Option<Value>>)> {
    let of = |group: &parte::document::RowGroup| {
        let Some(Some(Value::Text(name))) = group.cells.first() else { panic!("a name: {group:?}") };
        (name.clone(), group.cells.iter().skip(2).cloned().collect())
    };
    table.groups.iter().map(of).collect()
}

#[test]
fn subtotals_are_what_a_table_of_the_groups_alone_says_also_of_shares_medians_comparisons_and_targets() {
    let compared = "compare = [\"previous\", \"target\"]";
    let document = document(&[
        format!(
            "by = [\"team\", \"seller\"], {METRICS}, subtotals = [\"team\"], sort = \"-completion_rate\", {compared}"
        ),
        format!("by = [\"team\"], {METRICS}, sort = \"-completion_rate\", {compared}"),
    ]);
    let (grouped, alone) = (table(&document, 0), table(&document, 1));
    assert!(alone.len() > 2 && alone.columns.len() > 8, "{alone:?}");
    assert_eq!(subtotals(grouped), lines(alone), "values and order of the groups");
    // Within a group the rows go down; between groups they need not.
    let Values::Number(rates) =
        &grouped.columns.iter().find(|c| c.id == "completion_rate").expect("a rate").values
    else {
        panic!("numbers")
    };
    for group in &grouped.groups {
        assert!(group.is_whole && rates[group.rows.clone()].is_sorted_by(|a, b| a >= b), "{group:?}");
        let teams = &texts(grouped, 0)[group.rows.clone()];
        assert!(teams.iter().all(|team| team == &teams[0]), "{teams:?}");
    }
    assert_eq!(grouped.groups.iter().map(|group| group.rows.len()).sum::<usize>(), grouped.len());
}

#[test]
fn groups_within_groups_have_subtotals_of_both() {
    let document = document(&[
        "by = [\"type\", \"team\", \"seller\"], metrics = [\"tasks_planned\"], subtotals = [\"type\", \"team\"], totals = true".to_owned(),
        "by = [\"type\"], metrics = [\"tasks_planned\"]".to_owned(),
        "by = [\"type\", \"team\"], metrics = [\"tasks_planned\"]".to_owned(),
    ]);
    let grouped = table(&document, 0);
    let numbers_of = |level: usize| -> Vec<Option<Value>> {
        let of_level = grouped.groups.iter().filter(|group| group.level == level);
        of_level.map(|group| group.cells[3].clone()).collect()
    };
    let column = |section: usize, at: usize| -> Vec<Option<Value>> {
        let table = table(&document, section);
        (0..table.len()).map(|row| table.columns[at].values.get(row)).collect()
    };
    assert_eq!(numbers_of(0), column(1, 1));
    assert_eq!(numbers_of(1), column(2, 2));
    // Each outer group ends with its last inner one, whose subtotal comes first.
    let ends: Vec<(usize, usize)> =
        grouped.groups.iter().map(|group| (group.rows.end, group.level)).collect();
    assert!(ends.is_sorted_by(|a, b| a.0 < b.0 || a.0 == b.0 && a.1 > b.1), "{ends:?}");
    assert!(matches!(grouped.lines().last(), Some(Line::Subtotal(_))));
}

#[test]
fn a_limit_is_of_each_group_and_its_rest_is_computed_from_its_rows() {
    let document = document(&[
        format!(
            "by = [\"team\", \"seller\"], {METRICS}, subtotals = [\"team\"], sort = \"-tasks_planned\", limit = 1, others = true, totals = true, compare = [\"previous\"]"
        ),
        format!(
            "by = [\"team\", \"seller\"], {METRICS}, subtotals = [\"team\"], sort = \"-tasks_planned\", compare = [\"previous\"]"
        ),
        format!(
            "by = [\"team\", \"seller\"], {METRICS}, subtotals = [\"team\"], sort = \"-tasks_planned\", limit = 1"
        ),
    ]);
    let (cut, all, bare) = (table(&document, 0), table(&document, 1), table(&document, 2));
    assert_eq!(subtotals(cut), subtotals(all), "subtotals are of all rows");
    let mut rests = 0;
    for (of_cut, of_all) in cut.groups.iter().zip(&all.groups) {
        let names = &texts(cut, 1)[of_cut.rows.clone()];
        assert_eq!(names[0], texts(all, 1)[of_all.rows.start], "the largest stays");
        assert!(of_cut.is_whole);
        if of_all.rows.len() == 2 {
            // Of two sellers the rest is the other one, with all that it has.
            assert_eq!(names, [names[0], "Otros"]);
            for (column, same) in cut.columns.iter().zip(&all.columns).skip(2) {
                let (rest, other) = (of_cut.rows.end - 1, of_all.rows.end - 1);
                assert_eq!(column.values.get(rest), same.values.get(other), "{}", column.id);
            }
            rests += 1;
        } else {
            assert_eq!(names.len(), 1, "{names:?}");
        }
    }
    assert!(rests >= 3, "{cut:?}");
    let teams = cut.groups.len();
    assert!(
        document.sections[0].notes.contains(&format!(
            "Se muestran hasta 1 vendedores de cada grupo: {teams} de {}. «Otros» reúne el resto de su grupo, calculado de sus filas.",
            all.len()
        )),
        "{:?}",
        document.sections[0].notes
    );
    assert!(bare.groups.iter().any(|group| !group.is_whole && !group.repeats_its_row()));
    assert!(document.sections[2].notes[0].ends_with("Los subtotales son de todas las filas."));
}

#[test]
fn what_a_condition_leaves_out_counts_in_subtotals_and_a_group_without_rows_has_none() {
    let document = document(&[
        format!(
            "by = [\"team\", \"seller\"], {METRICS}, subtotals = [\"team\"], having = \"seller <> 'José Muñoz' and team <> 'Ávila'\", totals = true"
        ),
        format!("by = [\"team\"], {METRICS}"),
    ]);
    let (kept, teams) = (table(&document, 0), table(&document, 1));
    assert!(!texts(kept, 1).contains(&"José Muñoz") && !texts(kept, 0).contains(&"Ávila"));
    for (name, numbers) in subtotals(kept) {
        let whole = lines(teams).into_iter().find(|(team, _)| *team == name).expect("the team");
        assert_eq!(numbers, whole.1, "{name}");
    }
    let north = kept.groups.iter().find(|group| group.cells[0] == Some(Value::Text("Norte".to_owned())));
    assert!(north.is_some_and(|group| !group.is_whole), "{north:?}");
    let note =
        document.sections[0].notes.iter().find(|note| note.starts_with("Sin mostrar")).expect("a note");
    assert!(note.ends_with("Total y subtotales son de todas las filas."), "{note}");
}

#[test]
fn marks_are_decided_by_the_values_as_they_are_shown_and_explained_in_each_language() {
    let marks = "marks = { tasks_planned = \"bar\", completion_rate = \"target\", handling_time = \"scale\", tasks_completed = { below = 9 } }";
    let table_of = |locale: &str| {
        let text = format!(
            "[metrics.completion_rate]\nlabel = {{ es = \"Cumplimiento\", en = \"Completion\", pt = \"Conclusão\" }}\n\
             expr = \"count(*) filter (where is_done) / count(*)\"\nformat = \"percent\"\nbetter = \"higher\"\ntarget = 0.8\n{}",
            weekly(&format!(
                "[[report.section]]\ntable = {{ by = [\"team\", \"seller\"], {METRICS}, subtotals = [\"team\"], totals = true, {marks} }}\n"
            ))
        );
        let setting = Setting::new();
        setting.document(&setting.definitions(locale, &text))
    };
    let document = table_of("es-CO");
    let marked = table(&document, 0);
    let column = |id: &str| marked.columns.iter().find(|column| column.id == id).expect("a column");
    assert!(matches!(column("tasks_planned").mark, Some(Mark::Bar(span)) if span.lowest == 0.0));
    assert!(matches!(column("handling_time").mark, Some(Mark::Scale(_))));
    let (rate, done) = (column("completion_rate"), column("tasks_completed"));
    let mut seen = std::collections::BTreeSet::new();
    let at = |id: &str| marked.columns.iter().position(|column| column.id == id).expect("a column");
    for line in marked.lines().chain([Line::Total]) {
        let Some(Value::Number(value)) = marked.value(at("completion_rate"), line) else { continue };
        let expected = if value >= 0.8 { Verdict::Good } else { Verdict::Bad };
        assert_eq!(rate.verdict(line), expected, "{line:?}: {value}");
        seen.insert(expected.sign());
        let Some(Value::Number(count)) = marked.value(at("tasks_completed"), line) else { continue };
        // A number of tasks that is few for a seller says nothing of a team.
        let few = matches!(line, Line::Row(_)) && count < 9.0;
        assert_eq!(done.verdict(line) == Verdict::Bad, few, "{line:?}: {count}");
    }
    assert_eq!(seen.len(), 2, "both signs were seen");
    for (locale, of_target, of_bound) in [
        ("es-CO", "Cumplimiento: ✓ alcanza su objetivo, ✗ no lo alcanza.", "✗ por debajo de 9."),
        ("en-US", "Completion: ✓ reaches its target, ✗ does not.", "✗ below 9."),
        ("pt-BR", "Conclusão: ✓ atinge sua meta, ✗ não a atinge.", "✗ abaixo de 9."),
    ] {
        let document = table_of(locale);
        let notes = &document.sections[0].notes;
        assert!(notes.iter().any(|note| note == of_target), "{notes:?}");
        assert!(notes.iter().any(|note| note.ends_with(of_bound)), "{notes:?}");
    }
}

#[test]
fn the_cells_of_a_matrix_are_measured_together_and_its_totals_not_at_all() {
    let document = document(&[
        "metrics = [\"state_transitions\"], totals = true, marks = { state_transitions = \"scale\" }"
            .to_owned(),
    ]);
    let matrix = table(&document, 0);
    let (sums, cells) = matrix.columns.split_last().expect("columns");
    assert!(sums.mark.is_none() && cells[0].mark.is_none());
    let marks: Vec<_> = cells[1..].iter().map(|column| column.mark.clone()).collect();
    assert!(marks.len() > 2 && marks[0].is_some() && marks.iter().all(|mark| mark == &marks[0]), "{marks:?}");
}
