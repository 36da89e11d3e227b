//! What is told of a table once it was read: keys that nobody asked for, and keys that are missing.

use super::Table;
use crate::suggest;

impl Drop for Table<'_> {
    /// Tells of keys nobody asked for, and of missing ones that none of those was meant to be.
    fn drop(&mut self) {
        if self.judged.get() {
            return;
        }
        let asked = self.asked.borrow();
        let mut meant: Vec<&str> = Vec::new();
        for (key, _) in self.entries {
            let word = key.get_ref().as_ref();
            if asked.contains(&word) {
                continue;
            }
            let known = || asked.iter().copied();
            let free = asked.iter().copied().filter(|known| !self.entries.contains_key(*known));
            let hint = match self.refused.iter().find(|(refused, _)| *refused == word) {
                Some((_, hint)) => (*hint).to_owned(),
                None => match suggest::closest(word, free).or_else(|| suggest::closest(word, known())) {
                    Some(close) => {
                        meant.push(close);
                        format!("did you mean `{close}`?")
                    }
                    None => suggest::one_of(known()),
                },
            };
            let what = format!("{} has no key `{word}`", self.name);
            self.page.problems.add("unknown-key", &key.span(), what, "unknown key", hint);
        }
        for (key, hint) in self.missing.borrow().iter() {
            if meant.contains(key) {
                continue;
            }
            let what = format!("{} has no `{key}`", self.name);
            match &self.place {
                Some(place) => {
                    let label = format!("`{key}` is missing");
                    self.page.problems.add("missing-key", place, what, label, *hint);
                }
                None => {
                    self.page.problems.add_to_file("missing-key", what, *hint);
                }
            }
        }
    }
}
