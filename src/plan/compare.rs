//! How two values, two lists or two sets of facts differ. Knows nothing of what they stand for.

use super::{Change, Mark};

/// Names of things and what is said about each, in order.
pub(super) type Facts = Vec<(String, String)>;

/// A fact that changed; nothing when it did not.
pub(super) fn value(what: &str, before: Option<String>, after: Option<String>) -> Option<Change> {
    let mark = match (&before, &after) {
        (before, after) if before == after => return None,
        (None, Some(_)) => Mark::Added,
        (Some(_), None) => Mark::Removed,
        _ => Mark::Changed,
    };
    Some(Change { mark, what: what.to_owned(), before, after })
}

/// Facts that changed, in the order of the later ones, those that are gone last.
pub(super) fn facts(before: &Facts, after: &Facts) -> Vec<Change> {
    let find = |facts: &Facts, name: &str| {
        facts.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    };
    let names = after.iter().chain(before.iter().filter(|(name, _)| find(after, name).is_none()));
    names.filter_map(|(name, _)| value(name, find(before, name), find(after, name))).collect()
}

/// Things of a list that came, went, or stand elsewhere than the others say.
pub(super) fn list(what: &str, before: &[String], after: &[String]) -> Vec<Change> {
    let one = |mark, before: Option<&String>, after: Option<&String>| Change {
        mark,
        what: what.to_owned(),
        before: before.cloned(),
        after: after.cloned(),
    };
    let mut changes: Vec<Change> = after
        .iter()
        .filter(|item| !before.contains(item))
        .map(|item| one(Mark::Added, None, Some(item)))
        .collect();
    changes.extend(
        before.iter().filter(|item| !after.contains(item)).map(|item| one(Mark::Removed, Some(item), None)),
    );
    let places: Vec<usize> =
        after.iter().filter_map(|item| before.iter().position(|known| known == item)).collect();
    changes.extend(moved(&places).into_iter().map(|place| {
        let item = before.get(place);
        one(Mark::Moved, item, item)
    }));
    changes
}

/// Of places in an earlier order, listed in the later order: those that moved, so that as few as possible did.
pub(super) fn moved(places: &[usize]) -> Vec<usize> {
    // The longest run of places that still rises stays; everything else has moved.
    let mut longest: Vec<(usize, Option<usize>)> = Vec::with_capacity(places.len());
    for (index, place) in places.iter().enumerate() {
        let best =
            (0..index).filter(|earlier| places[*earlier] < *place).max_by_key(|earlier| longest[*earlier].0);
        longest.push((best.map_or(1, |earlier| longest[earlier].0 + 1), best));
    }
    let mut stays = Vec::new();
    let mut at = (0..places.len()).max_by_key(|index| longest[*index].0);
    while let Some(index) = at {
        stays.push(places[index]);
        at = longest[index].1;
    }
    places.iter().copied().filter(|place| !stays.contains(place)).collect()
}

/// SQL with its blanks and line ends as one blank each, where they stand in no quotes.
pub(super) fn squeezed(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut quote = None;
    for c in sql.trim().chars() {
        match quote {
            Some(open) => {
                text.push(c);
                if c == open {
                    quote = None;
                }
            }
            None if c.is_whitespace() => {
                if !text.ends_with(' ') {
                    text.push(' ');
                }
            }
            None => {
                text.push(c);
                if c == '\'' || c == '"' {
                    quote = Some(c);
                }
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn marks(before: &str, after: &str) -> Vec<(Mark, String)> {
        let item = |change: Change| (change.mark, change.after.or(change.before).unwrap_or_default());
        list("column", &words(before), &words(after)).into_iter().map(item).collect()
    }

    #[test]
    fn one_thing_that_went_to_the_front_is_one_move() {
        assert_eq!(marks("a b c d", "d a b c"), [(Mark::Moved, "d".to_owned())]);
        assert_eq!(marks("a b c d", "b c d a"), [(Mark::Moved, "a".to_owned())]);
        assert_eq!(marks("a b c", "a b c"), []);
    }

    #[test]
    fn what_comes_and_goes_moves_nothing_else() {
        assert_eq!(marks("a b c", "x a c"), [(Mark::Added, "x".to_owned()), (Mark::Removed, "b".to_owned())]);
    }

    #[test]
    fn line_ends_between_words_of_a_query_are_no_change_and_those_in_a_text_are() {
        assert_eq!(squeezed("select  a,\n  b from t "), "select a, b from t");
        assert_ne!(squeezed("select 'a  b'"), squeezed("select 'a b'"));
    }
}
