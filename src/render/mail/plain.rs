//! Lines of plain text: wrapped at 78 characters, columns aligned.

/// The longest line that mail programs show unbroken.
pub(super) const WIDTH: usize = 78;
/// Between columns.
const GAP: usize = 2;
/// A column of text is not made narrower than this.
const NARROWEST: usize = 10;

/// The text in lines of at most 78 characters, the first led by a mark (`- `) and the others by as many spaces; longer
/// words are left whole, and so is a line that is set in by four spaces: somebody will copy it.
pub(super) fn wrapped(text: &str, mark: &str) -> String {
    let indent = mark.chars().count();
    let width = WIDTH.saturating_sub(indent).max(NARROWEST);
    let mut lines: Vec<String> = Vec::new();
    let mut end = |line: &mut String| {
        let lead = if lines.is_empty() { mark.to_owned() } else { " ".repeat(indent) };
        lines.push(if line.is_empty() { String::new() } else { lead + line });
        line.clear();
    };
    for paragraph in text.lines() {
        if paragraph.starts_with("    ") {
            end(&mut paragraph.trim_end().to_owned());
            continue;
        }
        let mut line = String::new();
        let mut used = 0;
        // Only at plain spaces: one that does not break holds a number and its unit together.
        for word in paragraph.split([' ', '\t']).filter(|word| !word.is_empty()) {
            let length = word.chars().count();
            if used > 0 && used + 1 + length > width {
                end(&mut line);
                used = 0;
            }
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += length;
        }
        end(&mut line);
    }
    lines.join("\n")
}

/// A column of a table in text.
pub(super) struct Column {
    pub(super) label: String,
    /// Numbers stand right.
    pub(super) numeric: bool,
}

/// A table in aligned columns, the headings over a rule; where 78 characters do not hold it, one block a row.
pub(super) fn table(columns: &[Column], rows: &[Vec<String>], totals: Option<&[String]>) -> String {
    if columns.is_empty() {
        return String::new();
    }
    match widths(columns, rows, totals) {
        Some(widths) => aligned(columns, rows, totals, &widths),
        None => blocks(columns, rows, totals),
    }
}

/// Widths that fit; headings may break into several lines, texts may be cut, numbers never.
fn widths(columns: &[Column], rows: &[Vec<String>], totals: Option<&[String]>) -> Option<Vec<usize>> {
    let cells = |at: usize| {
        rows.iter()
            .filter_map(move |row| row.get(at))
            .chain(totals.and_then(|t| t.get(at)))
            .map(|c| c.chars().count())
    };
    let mut widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let longest_word = column.label.split(' ').map(|w| w.chars().count()).max().unwrap_or(0);
            cells(at).max().unwrap_or(0).max(longest_word).max(1)
        })
        .collect();
    let gaps = GAP * (columns.len() - 1);
    loop {
        let excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(WIDTH);
        if excess == 0 {
            return Some(widths);
        }
        // The widest column of text gives way first.
        let widest = (0..columns.len()).filter(|at| !columns[*at].numeric).max_by_key(|at| widths[*at])?;
        if widths[widest] <= NARROWEST {
            return None;
        }
        widths[widest] -= excess.min(widths[widest] - NARROWEST);
    }
}

fn aligned(columns: &[Column], rows: &[Vec<String>], totals: Option<&[String]>, widths: &[usize]) -> String {
    let mut lines = Vec::new();
    let headings: Vec<Vec<String>> =
        columns.iter().zip(widths).map(|(column, width)| broken(&column.label, *width)).collect();
    let height = headings.iter().map(Vec::len).max().unwrap_or(0);
    for line in 0..height {
        // Short headings stand on the rule.
        let cells: Vec<String> = headings
            .iter()
            .map(|heading| {
                let skipped = height - heading.len();
                line.checked_sub(skipped).and_then(|at| heading.get(at)).cloned().unwrap_or_default()
            })
            .collect();
        lines.push(record(columns, &cells, widths));
    }
    let rule = "-".repeat(widths.iter().sum::<usize>() + GAP * (widths.len() - 1));
    lines.push(rule.clone());
    lines.extend(rows.iter().map(|row| record(columns, row, widths)));
    if let Some(totals) = totals {
        lines.push(rule);
        lines.push(record(columns, totals, widths));
    }
    lines.join("\n")
}

fn record(columns: &[Column], cells: &[String], widths: &[usize]) -> String {
    let padded: Vec<String> = columns
        .iter()
        .zip(widths)
        .enumerate()
        .map(|(at, (column, width))| {
            let text = fitted(cells.get(at).map_or("", String::as_str), *width);
            let width = *width;
            if column.numeric { format!("{text:>width$}") } else { format!("{text:<width$}") }
        })
        .collect();
    padded.join(&" ".repeat(GAP)).trim_end().to_owned()
}

/// A heading in lines of at most this width, broken at spaces.
fn broken(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(fitted(word, width)),
        }
    }
    lines
}

fn fitted(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

fn blocks(columns: &[Column], rows: &[Vec<String>], totals: Option<&[String]>) -> String {
    let label_width = columns.iter().map(|c| c.label.chars().count()).max().unwrap_or(0).min(36);
    let block = |row: &[String]| {
        let lines: Vec<String> = columns
            .iter()
            .zip(row)
            .filter(|(_, text)| !text.is_empty())
            .map(|(column, text)| {
                let label = fitted(&column.label, label_width);
                format!("  {label:<label_width$}  {}", fitted(text, WIDTH - label_width - 4))
            })
            .collect();
        lines.join("\n")
    };
    let mut all: Vec<String> = rows.iter().map(|row| block(row)).collect();
    all.extend(totals.map(block));
    all.join("\n\n")
}

/// Names left, values right, in one column each.
pub(super) fn pairs(pairs: &[(String, String)]) -> Vec<String> {
    let value_width = pairs.iter().map(|(_, value)| value.chars().count()).max().unwrap_or(0);
    let name_width = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let name_width = name_width.min(WIDTH.saturating_sub(value_width + GAP).max(NARROWEST));
    pairs
        .iter()
        .map(|(name, value)| format!("{:<name_width$}  {value:>value_width$}", fitted(name, name_width)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Column, WIDTH, table, wrapped};

    fn columns(labels: &[(&str, bool)]) -> Vec<Column> {
        labels
            .iter()
            .map(|(label, numeric)| Column { label: (*label).to_owned(), numeric: *numeric })
            .collect()
    }
    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|c| (*c).to_owned()).collect()
    }

    #[test]
    fn lines_break_at_spaces_and_never_between_a_number_and_its_unit() {
        let text = format!("{} 85,3\u{a0}% de todo", "x".repeat(73));
        assert_eq!(wrapped(&text, ""), format!("{}\n85,3\u{a0}% de todo", "x".repeat(73)));
        assert!(
            wrapped(&"palabra ".repeat(100), "    ")
                .lines()
                .all(|l| l.chars().count() <= WIDTH && l.starts_with("    "))
        );
    }

    #[test]
    fn a_command_to_copy_stays_in_one_line() {
        let command = format!("    parte backfill {} --reprocess failed", "x".repeat(80));
        assert_eq!(wrapped(&format!("Do it now:\n\n{command}"), ""), format!("Do it now:\n\n{command}"));
    }

    #[test]
    fn numbers_stand_right_and_the_totals_under_a_rule() {
        let text = table(
            &columns(&[("Equipo", false), ("Tareas planificadas", true)]),
            &[row(&["Norte", "1.204"]), row(&["Sur", "—"])],
            Some(&row(&["Total", "1.204"])),
        );
        assert_eq!(
            text,
            "             Tareas\n\
             Equipo  planificadas\n"
                .replace("             Tareas", "              Tareas")
                + "--------------------\nNorte          1.204\nSur                —\n--------------------\nTotal          1.204"
        );
    }

    #[test]
    fn a_table_too_wide_for_a_line_becomes_a_block_a_row() {
        let wide: Vec<(&str, bool)> = (0..12).map(|_| ("Compromiso", true)).collect();
        let text = table(&columns(&wide), &[vec!["1.234".to_owned(); 12]], None);
        assert_eq!(text.lines().count(), 12);
        assert!(text.lines().all(|l| l.chars().count() <= WIDTH));
    }
}
