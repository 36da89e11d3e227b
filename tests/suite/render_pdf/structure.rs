//! The structure of a PDF as poppler and lopdf find it, whatever letters are drawn in: headings, figures in words, the cells of tables,
//! lists, and the order in which all of it is read.

use super::{pdf, sample, strained, strained_tables, words};
use crate::support::run;
use lopdf::{Dictionary, Document as File, Object};
use parte::definition::Format;
use parte::document::{Body, Document, Section, Table, Value, sample as plain};
use std::path::Path;
use std::process::Command;

/// An element of the structure with what is in it, in the order in which it is read.
#[derive(Debug)]
struct Element {
    role: String,
    alternative: Option<String>,
    scope: Option<String>,
    /// Where it stands on its page, for figures: left, bottom, right, top.
    bounds: Option<Vec<f32>>,
    children: Vec<Element>,
    /// Pieces of content that it holds itself.
    contents: usize,
    /// Places that can be followed.
    places: usize,
}

impl Element {
    fn read(file: &File, element: &Dictionary) -> Self {
        let resolved =
            |object: &Object| file.dereference(object).map(|(_, found)| found.clone()).expect("an object");
        let said = |key: &[u8]| {
            element.get(key).ok().map(|words| lopdf::decode_text_string(&resolved(words)).expect("a text"))
        };
        let attributes = element.get(b"A").ok().map(resolved);
        let attribute = |key: &[u8]| attributes.as_ref()?.as_dict().ok()?.get(key).ok().cloned();
        let name = |object: Object| String::from_utf8_lossy(object.as_name().expect("a name")).into_owned();
        let mut read = Self {
            role: name(element.get(b"S").expect("a role").clone()),
            alternative: said(b"Alt"),
            scope: attribute(b"Scope").map(name),
            bounds: attribute(b"BBox").map(|bounds| {
                bounds
                    .as_array()
                    .expect("four")
                    .iter()
                    .map(|side| side.as_float().expect("a number"))
                    .collect()
            }),
            children: Vec::new(),
            contents: 0,
            places: 0,
        };
        let held = match element.get(b"K").ok().map(resolved) {
            None => Vec::new(),
            Some(Object::Array(held)) => held,
            Some(one) => vec![one],
        };
        for one in held {
            match resolved(&one) {
                Object::Integer(_) => read.contents += 1,
                Object::Dictionary(child) if child.has_type(b"MCR") => read.contents += 1,
                Object::Dictionary(child) if child.has_type(b"OBJR") => read.places += 1,
                Object::Dictionary(child) => read.children.push(Self::read(file, &child)),
                other => panic!("{other:?} is no part of a structure"),
            }
        }
        read
    }

    fn of_file(path: &Path) -> Self {
        let file = File::load(path).expect("a file");
        let root = file.catalog().and_then(|catalog| catalog.get(b"StructTreeRoot")).expect("a structure");
        let root = file.dereference(root).and_then(|(_, root)| root.as_dict()).expect("its root");
        let first = root.get(b"K").and_then(|first| file.dereference(first)).and_then(|(_, it)| it.as_dict());
        Self::read(&file, first.expect("a document"))
    }

    /// This element and all in it, in the order in which they are read.
    fn all(&self) -> Vec<&Self> {
        let mut all = vec![self];
        all.extend(self.children.iter().flat_map(Self::all));
        all
    }

    fn of_role(&self, role: &str) -> Vec<&Self> {
        self.all().into_iter().filter(|element| element.role == role).collect()
    }

    fn roles(&self) -> Vec<&str> {
        self.children.iter().map(|child| child.role.as_str()).collect()
    }
}

/// What is read aloud, in order, as poppler puts it together from the structure, in single spaces.
fn read_aloud(path: &Path) -> String {
    let told = run(Command::new("pdfinfo").arg("-struct-text").arg(path));
    let said = told.lines().filter_map(|line| line.trim_start().strip_prefix('"')?.strip_suffix('"'));
    plainly(&said.collect::<Vec<_>>().join(" "))
}

/// A text in single spaces.
fn plainly(text: &str) -> String {
    words(&text.replace(['\u{a0}', '\u{202f}'], " "))
}

fn titles(document: &Document) -> Vec<&str> {
    document.sections_in(Format::Pdf).filter_map(|section| section.title.as_deref()).collect()
}

fn tables(document: &Document) -> Vec<&Table> {
    let table = |section: &'_ Section| matches!(section.body, Body::Table(_));
    let of = document.sections_in(Format::Pdf).filter(|section| table(section));
    of.filter_map(|section| if let Body::Table(table) = &section.body { Some(table) } else { None })
        .filter(|table| !table.is_empty())
        .collect()
}

#[test]
fn the_title_is_the_only_heading_of_its_level_and_each_section_has_one_below_it() {
    for (name, document) in strained() {
        let root = Element::of_file(&pdf(&document, &format!("headings-{name}")));
        assert_eq!(root.role, "Document");
        let levels: Vec<&str> = root
            .all()
            .into_iter()
            .map(|element| element.role.as_str())
            .filter(|role| role.strip_prefix('H').is_some_and(|level| level.parse::<u8>().is_ok()))
            .collect();
        assert_eq!(levels.first(), Some(&"H1"), "{name}");
        assert!(levels[1..].iter().all(|level| *level == "H2"), "{name}: {levels:?}");
        let own = titles(&document).len();
        let further =
            usize::from(!document.remarks.is_empty()) + usize::from(!document.definitions.is_empty());
        assert!(levels.len() > own + further, "{name}: {levels:?}");
        // A section has one heading, which comes before anything else in it.
        for section in root.of_role("Sect") {
            let headings = section.children.iter().filter(|child| child.role == "H2").count();
            assert!(headings <= 1, "{name}: {:?}", section.roles());
            assert!(headings == 0 || section.roles()[0] == "H2", "{name}: {:?}", section.roles());
        }
    }
}

#[test]
fn each_chart_and_each_small_line_is_a_figure_with_its_words_and_its_place() {
    for (name, document) in strained() {
        let root = Element::of_file(&pdf(&document, &format!("figures-{name}")));
        let wanted: Vec<&str> = document
            .sections_in(Format::Pdf)
            .flat_map(|section| match &section.body {
                Body::Chart(chart) => vec![chart.alt.as_str()],
                Body::Kpis(tiles) => {
                    tiles.iter().filter_map(|tile| Some(tile.spark.as_ref()?.alt.as_str())).collect()
                }
                _ => Vec::new(),
            })
            .collect();
        let figures = root.of_role("Figure");
        let found: Vec<&str> =
            figures.iter().map(|figure| figure.alternative.as_deref().expect("words")).collect();
        assert_eq!(found, wanted, "{name}");
        for figure in figures {
            let [left, bottom, right, top] = figure.bounds.as_deref().expect("a place")[..] else {
                panic!("{:?} is no place", figure.bounds)
            };
            assert!(0.0 < left && left < right && right < 842.0, "{left} to {right}");
            assert!(0.0 < bottom && bottom < top && top < 842.0, "{bottom} to {top}");
            assert!(figure.contents == 1 && figure.children.is_empty(), "a figure is read as its words");
        }
    }
    let charts = strained().into_iter().flat_map(|(_, document)| document.sections);
    assert!(charts.filter(|section| matches!(section.body, Body::Chart(_))).count() > 30);
}

#[test]
fn each_row_of_a_table_has_as_many_cells_as_the_table_has_columns() {
    let mut parts_of_wide = 0;
    for (name, document) in strained() {
        let root = Element::of_file(&pdf(&document, &format!("cells-{name}")));
        let mut found = root.of_role("Table").into_iter().peekable();
        for table in tables(&document) {
            let keys = table.columns.iter().filter(|column| column.is_dimension).count();
            // A table that is too wide for a page is read part by part, each with what its rows are about.
            let mut columns = 0;
            while columns < table.columns.len() {
                let part = found.next().unwrap_or_else(|| panic!("{name}: a table is not there"));
                let groups = part.roles();
                assert!(groups.starts_with(&["THead", "TBody"]), "{name}: {groups:?}");
                assert_eq!(groups.len(), 2 + usize::from(table.totals.is_some()), "{name}: {groups:?}");
                let head = &part.children[0].children;
                assert_eq!(head.len(), 1, "{name}: one row of headings, however many pages there are");
                let width = head[0].children.len();
                for heading in &head[0].children {
                    assert_eq!((heading.role.as_str(), heading.scope.as_deref()), ("TH", Some("Column")));
                }
                let rows = &part.children[1].children;
                let shown = table.lines().count();
                assert_eq!(rows.len(), shown, "{name}: a row for each line of the table");
                for row in part.children[1..].iter().flat_map(|group| &group.children) {
                    assert_eq!((row.role.as_str(), row.children.len()), ("TR", width), "{name}");
                    for (at, cell) in row.children.iter().enumerate() {
                        let heads = at < keys;
                        assert_eq!(cell.role, if heads { "TH" } else { "TD" }, "{name}: cell {at}");
                        assert_eq!(cell.scope.as_deref(), heads.then_some("Row"), "{name}: cell {at}");
                    }
                }
                parts_of_wide += usize::from(columns > 0);
                columns += if columns == 0 { width } else { width - keys };
            }
            assert_eq!(columns, table.columns.len(), "{name}: each column once");
        }
        assert!(found.peek().is_none(), "{name}: a table too many");
    }
    assert!(parts_of_wide > 0, "one of the tables is read in parts");
}

#[test]
fn remarks_and_definitions_are_lists_with_an_item_for_each() {
    let mut document = sample::rich();
    document.warnings = vec!["Filas de tareas en el periodo: 6.".to_owned(); 3];
    let root = Element::of_file(&pdf(&document, "lists"));
    let lists = root.of_role("L");
    let items: Vec<usize> = lists.iter().map(|list| list.children.len()).collect();
    assert_eq!(items, [document.warnings.len(), document.remarks.len(), document.definitions.len()]);
    for item in lists.iter().flat_map(|list| &list.children) {
        assert_eq!((item.role.as_str(), item.roles()), ("LI", vec!["LBody"]));
        assert!(item.children[0].contents > 0, "an item says something");
    }
}

#[test]
fn the_contents_of_a_long_report_are_links_within_a_list_of_contents() {
    let mut document = strained_tables();
    document.sections.extend(strained().into_iter().flat_map(|(_, document)| document.sections));
    let root = Element::of_file(&pdf(&document, "contents"));
    let contents = root.of_role("TOC");
    assert_eq!(contents.len(), 1, "a report of many pages begins with its contents");
    let listed = root.of_role("TOCI");
    assert!(listed.len() >= titles(&document).len(), "{} of {}", listed.len(), titles(&document).len());
    for entry in listed {
        let link = entry.of_role("Link");
        assert_eq!((entry.roles(), link.len()), (vec!["Reference"], 1));
        assert_eq!((link[0].places, link[0].contents), (1, 1), "a place to follow, and words");
    }
}

#[test]
fn what_is_read_aloud_goes_section_by_section_and_row_by_row() {
    for (name, document) in strained() {
        let said = read_aloud(&pdf(&document, &format!("aloud-{name}")));
        let mut from = 0;
        let mut next = |wanted: &str, what: &str| {
            let wanted = plainly(wanted);
            let at = said[from..].find(&wanted);
            let at = at.unwrap_or_else(|| panic!("{name}: {what} {wanted:?} is not read after {from}"));
            from += at + wanted.len();
        };
        next(&document.title, "the title");
        for section in document.sections_in(Format::Pdf) {
            section.title.iter().for_each(|title| next(title, "the heading"));
            match &section.body {
                Body::Kpis(tiles) => {
                    for tile in tiles {
                        next(&tile.label, "the label");
                        next(
                            &document.locale.show(tile.value.map(Value::Number).as_ref(), &tile.display),
                            "the value",
                        );
                        tile.changes.iter().for_each(|change| next(&change.text, "the change"));
                    }
                }
                Body::Text(text) => text.lines().for_each(|line| next(line, "the paragraph")),
                Body::Table(table) => {
                    // The figures of each row, which are never cut; of a table in parts only the first part's.
                    let columns = table.columns.iter().filter(|column| column.display.is_number()).take(2);
                    let columns: Vec<_> = columns.collect();
                    for row in 0..table.len() {
                        for column in &columns {
                            let shown =
                                document.locale.show(column.values.get(row).as_ref(), &column.display);
                            next(&shown, "the cell");
                        }
                    }
                }
                Body::Chart(_) => {}
            }
            section.notes.iter().for_each(|note| next(note, "the note"));
        }
        document.remarks.iter().for_each(|remark| next(remark, "the remark"));
        document.definitions.iter().for_each(|(label, _)| next(label, "the definition of"));
    }
}

#[test]
fn what_adorns_a_page_is_not_read() {
    let document = plain();
    let path = pdf(&document, "adorns");
    let seen = words(&super::text(&path, None));
    let said = read_aloud(&path);
    let footer = document.footer.clone().expect("a footer");
    assert!(seen.contains(&footer) && seen.contains("Página 2 de"), "{seen}");
    assert!(!said.contains(&plainly(&footer)) && !said.contains("Página 2 de"), "{said}");
    assert_eq!(
        said.matches(&plainly("Vendedores y agentes")).count(),
        1,
        "headings that are repeated are read once"
    );
}

#[test]
fn words_at_the_end_of_a_line_are_not_joined_to_those_of_the_next() {
    let said = read_aloud(&pdf(&plain(), "line-ends"));
    for told in [
        "Tareas planificadas 4.310",
        "8,4 % frente a la semana anterior",
        "Distribuidores mayoristas de la Costa Caribe y San Andrés 560",
        "con ventas por $ 1.284.930.450",
        "Tareas completadas tareas planificadas en el periodo y hechas",
    ] {
        assert!(said.contains(told), "{told:?} in {said}");
    }
    assert!(!said.contains("ala semana") && !said.contains("Tareascompletadas"), "{said}");
}
