//! Where a table is broken over pages. Never: what its lines say.

/// Tables of up to so many lines are not broken.
const TOGETHER: usize = 7;
/// Nor are tables that fit on a page, where only this share of it is left: a small gap is better than a broken table.
const SMALL_GAP: f32 = 0.2;
/// At least so many lines stand under the first header, and so many are left for the last page.
const FIRST_LINES: usize = 3;
const LAST_LINES: usize = 2;

/// A line of a table, as far as pages are concerned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) height: f32,
    /// Must it stand on the page of the next one?
    pub(super) stays: bool,
}

/// How many lines stand on each page, the first of which has `here` room and the others `fresh`; `tail` is what follows
/// the last line (totals, notes). 0 on the first: the table begins on the next page.
pub(super) fn break_lines(lines: &[Line], tail: f32, here: f32, fresh: f32) -> Vec<usize> {
    // Of tens of thousands of lines: a float of half the length would be off by some points.
    let sum = |lines: &[Line]| lines.iter().map(|line| f64::from(line.height)).sum::<f64>();
    let fits_a_page = sum(lines) + f64::from(tail) <= f64::from(fresh);
    let mut left = sum(lines);
    let mut counts = Vec::new();
    let mut start = 0;
    let mut room = here;
    loop {
        let rest = &lines[start..];
        if left + f64::from(tail) <= f64::from(room) || rest.len() <= 1 && !counts.is_empty() {
            counts.push(rest.len());
            return counts;
        }
        let mut used = 0.0;
        let fitting = rest
            .iter()
            .take_while(|line| {
                used += line.height;
                used <= room
            })
            .count();
        let most = fitting.min(rest.len().saturating_sub(LAST_LINES));
        let count = with_company(rest, most);
        let keep_together = fits_a_page && (lines.len() <= TOGETHER || here < fresh * SMALL_GAP);
        let begins_well = here >= fresh || (count >= FIRST_LINES && !keep_together);
        if counts.is_empty() && !begins_well {
            counts.push(0);
        } else {
            // Lines that stay together but are more than a page holds are broken all the same.
            let count = if count == 0 { most } else { count };
            let count = count.max(1).min(rest.len());
            counts.push(count);
            left -= sum(&rest[..count]);
            start += count;
            if start == lines.len() {
                return counts;
            }
        }
        room = fresh;
    }
}

/// The most lines, up to a number, after which the next one may stand on another page.
fn with_company(lines: &[Line], most: usize) -> usize {
    (1..=most).rev().find(|count| lines.get(count - 1).is_some_and(|last| !last.stays)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(count: usize, height: f32) -> Vec<Line> {
        vec![Line { height, stays: false }; count]
    }

    #[test]
    fn no_row_is_left_alone_and_every_row_is_drawn() {
        for rows in 1..140 {
            let lines = plain(rows, 14.0);
            for here in [0.0, 20.0, 50.0, 120.0, 333.0, 700.0] {
                for tail in [0.0, 15.0, 40.0] {
                    let counts = break_lines(&lines, tail, here, 700.0);
                    assert_eq!(counts.iter().sum::<usize>(), rows);
                    assert!(rows < 2 || counts.iter().all(|c| *c != 1), "{rows} rows: {counts:?}");
                    for (page, count) in counts.iter().enumerate() {
                        let room = if page == 0 { here } else { 700.0 };
                        let last = page + 1 == counts.len();
                        assert!(*count as f32 * 14.0 + if last { tail } else { 0.0 } <= room.max(14.0));
                    }
                    assert!(counts.iter().skip(1).all(|c| *c > 0));
                }
            }
        }
    }

    #[test]
    fn a_small_table_is_not_broken() {
        assert_eq!(break_lines(&plain(7, 14.0), 14.0, 80.0, 700.0), [0, 7]);
    }

    #[test]
    fn rows_higher_than_the_page_end_too() {
        assert_eq!(break_lines(&plain(3, 900.0), 0.0, 100.0, 700.0).iter().sum::<usize>(), 3);
    }

    #[test]
    fn no_page_ends_between_lines_that_stay_together() {
        for group in 3..12 {
            // The first row stays with the second, the last one with its subtotals.
            let stays = |at: usize| matches!(at % group, 0) || at % group == group - 2;
            let lines: Vec<Line> = (0..120).map(|at| Line { height: 14.0, stays: stays(at) }).collect();
            for here in [60.0, 200.0, 333.0, 700.0] {
                let counts = break_lines(&lines, 30.0, here, 700.0);
                assert_eq!(counts.iter().sum::<usize>(), lines.len());
                let mut last = 0;
                for count in &counts[..counts.len() - 1] {
                    last += count;
                    assert!(last == 0 || !lines[last - 1].stays, "groups of {group}, {here}: {counts:?}");
                }
            }
        }
    }

    #[test]
    fn lines_that_stay_together_but_fill_more_than_a_page_are_all_drawn() {
        let lines = vec![Line { height: 14.0, stays: true }; 130];
        let counts = break_lines(&lines, 0.0, 100.0, 700.0);
        assert_eq!(counts.iter().sum::<usize>(), 130);
        assert!(counts.iter().skip(1).all(|count| *count > 0));
    }
}
