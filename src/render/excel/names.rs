//! Names by which cells and tables of a workbook are known, valid and unique whatever ids they come from.

use std::collections::HashSet;

/// Excel's limit is 255 characters; nobody reads as many.
const LONGEST: usize = 120;

/// The names given out so far: cells and tables share them.
#[derive(Default)]
pub(super) struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// A name made of a word and ids: `total_equipos_sales_amount`. The word and an underscore begin it, so that it is never taken for
    /// the address of a cell; equal ones are told apart by a number.
    pub(super) fn take(&mut self, word: &str, ids: &[&str]) -> String {
        let mut wish = word.to_owned();
        for id in ids {
            wish.push('_');
            wish.extend(id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }));
        }
        wish.truncate(LONGEST);
        let mut name = wish.clone();
        let mut copy = 1;
        while !self.taken.insert(name.to_lowercase()) {
            copy += 1;
            name = format!("{wish}_{copy}");
        }
        name
    }
}

/// A cell of a sheet as a defined name refers to it: `='Ventas d''Or'!$C$12`.
pub(super) fn reference(sheet: &str, row: usize, column: usize) -> String {
    format!("='{}'!${}${}", sheet.replace('\'', "''"), letters(column), row + 1)
}

/// The letters of a column: 0 is `A`, 27 is `AB`.
pub(super) fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    letters.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::{Names, letters, reference};

    #[test]
    fn names_are_valid_and_unique_whatever_the_ids_are() {
        let mut names = Names::default();
        for (ids, expected) in [
            (vec!["tasks_completed"], "kpi_tasks_completed"),
            (vec!["Tasks_Completed"], "kpi_Tasks_Completed_2"),
            (vec!["de-qué-estado", "a 1"], "kpi_de_qu__estado_a_1"),
            (vec![""], "kpi_"),
            (vec!["A1"], "kpi_A1"),
        ] {
            assert_eq!(names.take("kpi", &ids), expected);
        }
        assert!(names.take("kpi", &["x".repeat(400).as_str()]).len() < 255);
    }

    #[test]
    fn a_cell_is_called_by_its_sheet_its_letters_and_its_row() {
        assert_eq!([0, 25, 26, 701, 702].map(letters), ["A", "Z", "AA", "ZZ", "AAA"]);
        assert_eq!(reference("Ventas d'Or", 11, 2), "='Ventas d''Or'!$C$12");
    }
}
