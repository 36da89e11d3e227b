//! The words of a template and their bytes: what it asks the engine for by name, and where it breaks. Never what its
//! variables stand for.

use super::problems::Place;
use crate::suggest;
use minijinja::machinery::{Span, Token, tokenize};
use minijinja::{Environment, ErrorKind};
use std::collections::BTreeMap;

/// How the engine starts when a text ends too early.
const ENDS_EARLY: &str = "unexpected end of input";

/// What the engine is asked for by name, in branches that no run takes too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `x | name`
    Filter,
    /// `x is name`
    Test,
}

impl Kind {
    /// Is there one of this name?
    fn exists(self, environment: &Environment<'_>, name: &str) -> bool {
        let mut state = environment.empty_state();
        // Called without what it needs, one that exists complains of something else.
        let complaint = match self {
            Self::Filter => state.apply_filter(name, &[]).err(),
            Self::Test => state.perform_test(name, &[]).err(),
        };
        complaint.and_then(|error| Self::missed(&error)) != Some(self)
    }

    /// What the engine did not find.
    pub(super) fn missed(error: &minijinja::Error) -> Option<Self> {
        match error.kind() {
            ErrorKind::UnknownFilter => Some(Self::Filter),
            ErrorKind::UnknownTest => Some(Self::Test),
            _ => None,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Test => "test",
        }
    }

    /// What to do without.
    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::Filter => {
                "a value stands alone in its braces, {{ sales_amount }}: it is written as its metric's format says"
            }
            Self::Test => "compare a value with <, > or ==: {% if sales_amount.value > 100 %}",
        }
    }

    /// The one that was probably meant: what the engine has is asked for, because it gives no list.
    pub(super) fn meant(self, environment: &Environment<'_>, name: &str) -> Option<String> {
        suggest::slips(name).find(|candidate| self.exists(environment, candidate))
    }
}

/// The words of a text, up to where it breaks.
pub(super) struct Tokens<'t> {
    text: &'t str,
    list: Vec<(Token<'t>, Place)>,
    stopped_at: Option<Place>,
}

impl<'t> Tokens<'t> {
    /// Takes a text apart.
    pub(super) fn of(environment: &Environment<'_>, text: &'t str) -> Self {
        let place = |span: Span| span.start_offset as usize..span.end_offset as usize;
        let mut stopped_at = None;
        let list = tokenize(text, false, environment.syntax().clone())
            .map_while(|token| token.map_err(|error| stopped_at = error.range()).ok())
            .map(|(token, span)| (token, place(span)))
            .collect();
        Self { text, list, stopped_at }
    }

    /// Filters and tests that do not exist.
    pub(super) fn unknown(&self, environment: &Environment<'_>) -> Vec<(Kind, String, Place)> {
        let named = (0..self.list.len()).filter_map(|at| Some((self.kind_after(at)?, self.name_at(at + 1)?)));
        named
            .map(|(kind, place)| (kind, self.text[place.clone()].split_whitespace().collect(), place))
            .filter(|(kind, name, _): &(Kind, String, Place)| !kind.exists(environment, name))
            .collect()
    }

    /// Is the name of a filter or test what follows the token?
    fn kind_after(&self, at: usize) -> Option<Kind> {
        match (self.token(at)?, at.checked_sub(1).and_then(|before| self.token(before))) {
            (Token::Pipe, _) | (Token::Ident("filter"), Some(Token::BlockStart)) => Some(Kind::Filter),
            (Token::Ident("is"), _) if !matches!(self.token(at + 1), Some(Token::Ident("not"))) => {
                Some(Kind::Test)
            }
            (Token::Ident("not"), Some(Token::Ident("is"))) => Some(Kind::Test),
            _ => None,
        }
    }

    /// A name, with its dots.
    fn name_at(&self, at: usize) -> Option<Place> {
        self.ident(at)?;
        let mut last = at;
        while matches!(self.token(last + 1), Some(Token::Dot)) && self.ident(last + 2).is_some() {
            last += 2;
        }
        Some(self.list[at].1.start..self.list[last].1.end)
    }

    fn token(&self, at: usize) -> Option<&Token<'t>> {
        self.list.get(at).map(|(token, _)| token)
    }

    fn ident(&self, at: usize) -> Option<&'t str> {
        match self.token(at)? {
            Token::Ident(name) => Some(name),
            _ => None,
        }
    }

    /// Where a variable is first named, or a part of it.
    pub(super) fn variable(&self, name: &str, part: Option<&str>) -> Place {
        let named = (0..self.list.len()).filter(|at| {
            let of_another = at.checked_sub(1).is_some_and(|before| {
                matches!(self.token(before), Some(Token::Dot)) || self.kind_after(before).is_some()
            });
            self.ident(*at) == Some(name) && !of_another
        });
        let mut places = named.filter_map(|at| match part {
            None => Some(&self.list[at].1),
            Some(part) if self.ident(at + 2) == Some(part) => Some(&self.list[at + 2].1),
            Some(_) => None,
        });
        places.next().cloned().unwrap_or(0..self.text.len())
    }

    /// Where a name is called: `name(...)`.
    pub(super) fn call(&self, name: &str) -> Option<Place> {
        let called = |at: &usize| {
            let is_method = at.checked_sub(1).is_some_and(|before| {
                matches!(self.token(before), Some(Token::Dot)) || self.kind_after(before).is_some()
            });
            let in_parentheses = matches!(self.token(at + 1), Some(Token::ParenOpen));
            self.ident(*at) == Some(name) && in_parentheses && !is_method
        };
        (0..self.list.len()).find(called).map(|at| self.list[at].1.clone())
    }

    /// What does not parse.
    pub(super) fn broken(&self, environment: &Environment<'_>, error: &minijinja::Error) -> Broken {
        let ends_early = error.detail().is_some_and(|detail| detail.starts_with(ENDS_EARLY));
        let unclosed = ends_early.then(|| self.open_braces().or_else(|| self.open_block(environment)));
        unclosed.flatten().or_else(|| self.no_token(error)).unwrap_or_else(|| {
            let place = error.range().unwrap_or(0..self.text.len());
            let hint = self.hint_at(place.start);
            Broken { place, label: "not understood", hint }
        })
    }

    /// What cannot be taken apart: a letter out of place, quotes or a comment without their end.
    fn no_token(&self, error: &minijinja::Error) -> Option<Broken> {
        if self.stopped_at.is_none() || self.stopped_at != error.range() {
            return None;
        }
        let taken = self.list.last().map_or(0, |(_, place)| place.end);
        let rest = self.text.get(taken..)?.trim_start();
        let start = self.text.len() - rest.len();
        let length = if rest.starts_with('{') { 2 } else { rest.chars().next()?.len_utf8() };
        let place = start..start + length;
        let unclosed = match self.text.get(place.clone())? {
            "\"" | "'" => Some("quotes end with the sign they began with"),
            "{#" => Some("a comment stands between {# and #}"),
            "{%" => Some("write {% endraw %} where it ends"),
            _ => None,
        };
        Some(match unclosed {
            Some(hint) => Broken { place, label: "never closed", hint: hint.to_owned() },
            None => Broken { place, label: "not understood", hint: self.hint_at(start) },
        })
    }

    /// How a value, or a statement, is written.
    fn hint_at(&self, at: usize) -> String {
        let before = self.list.iter().rfind(|(token, place)| is_brace(token) && place.start <= at);
        match before {
            Some((Token::BlockStart, _)) => {
                "a statement has an end: {% if sales_amount.value > 100 %}...{% endif %}"
            }
            _ => "a value stands in two braces on each side: {{ sales_amount }}",
        }
        .to_owned()
    }

    /// Braces that stand open where the text ends.
    fn open_braces(&self) -> Option<Broken> {
        let (last, place) = self.list.iter().rfind(|(token, _)| is_brace(token))?;
        let open = matches!(last, Token::VariableStart | Token::BlockStart);
        let hint = self.hint_at(place.start);
        open.then(|| Broken { place: place.clone(), label: "never closed", hint })
    }

    /// The innermost `{% if %}` without its end: the one whose end the engine would take next.
    fn open_block(&self, environment: &Environment<'_>) -> Option<Broken> {
        let takes = |end: &str| {
            let ended = format!("{}{{% {end} %}}", self.text);
            match environment.template_from_str(&ended).map(drop) {
                Ok(()) => true,
                Err(error) => error.detail().is_some_and(|detail| detail.starts_with(ENDS_EARLY)),
            }
        };
        let mut ended: BTreeMap<&str, usize> = BTreeMap::new();
        let starts =
            (0..self.list.len()).rev().filter(|at| matches!(self.token(*at), Some(Token::BlockStart)));
        for at in starts {
            let Some(word) = self.ident(at + 1) else { continue };
            if let Some(block) = word.strip_prefix("end") {
                *ended.entry(block).or_default() += 1;
            } else if let Some(count) = ended.get_mut(word).filter(|count| **count > 0) {
                *count -= 1;
            } else {
                let end = format!("end{word}");
                if takes(&end) {
                    let place = self.list[at].1.start..self.list[at + 1].1.end;
                    let hint = format!("write {{% {end} %}} where it ends");
                    return Some(Broken { place, label: "never closed", hint });
                }
            }
        }
        None
    }
}

/// The part of a text that does not parse.
pub(super) struct Broken {
    /// Its bytes.
    pub(super) place: Place,
    /// What stands at the caret.
    pub(super) label: &'static str,
    /// How it is written.
    pub(super) hint: String,
}

fn is_brace(token: &Token<'_>) -> bool {
    use Token::{BlockEnd, BlockStart, VariableEnd, VariableStart};
    matches!(token, VariableStart | VariableEnd | BlockStart | BlockEnd)
}

#[cfg(test)]
mod tests {
    use super::{Kind, Tokens};
    use minijinja::Environment;

    /// What does not exist in a text, with the bytes it is told at.
    fn unknown(text: &str) -> Vec<(Kind, String)> {
        let environment = Environment::new();
        environment.template_from_str(text).expect("a template");
        let tokens = Tokens::of(&environment, text);
        let found = tokens.unknown(&environment).into_iter();
        found
            .map(|(kind, name, place)| {
                assert_eq!(text[place].split_whitespace().collect::<String>(), name);
                (kind, name)
            })
            .collect()
    }

    #[test]
    fn filters_and_tests_are_seen_wherever_they_stand() {
        use Kind::{Filter, Test};
        for (text, kind, name) in [
            ("{% if false %}{{ x | monto }}{% endif %}", Filter, "monto"),
            ("{% for x in [] %}{{ 'ñ' ~ x|upper|monto(1) }}{% endfor %}", Filter, "monto"),
            ("{% filter monto %}a{% endfilter %}", Filter, "monto"),
            ("{% filter upper | monto %}a{% endfilter %}", Filter, "monto"),
            ("{% set x | monto %}a{% endset %}", Filter, "monto"),
            ("{% macro m(a) %}{{ a | monto }}{% endmacro %}", Filter, "monto"),
            ("{{ 1 if true else x | monto }}", Filter, "monto"),
            ("{{ '| upper' | a . b }}", Filter, "a.b"),
            ("{{ 1 if x is grande else 2 }}", Test, "grande"),
            ("{% if false and x is not grande %}{% endif %}", Test, "grande"),
            ("{% if x is divisibleby 3 and x is grande %}{% endif %}", Test, "grande"),
        ] {
            assert_eq!(unknown(text), [(kind, name.to_owned())], "{text}");
        }
        for text in [
            "| monto is grande",
            "{# | monto #}{% raw %}{{ x | monto }}{% endraw %}",
            "{{ '| monto' | upper }}",
            "{{ x is not defined or x is in [1] }}",
            "{{ x | map('upper') | select('odd') | list | length }}",
            "{% set x = 1 %}{% if x is eq(1) %}{{ range(3) }}{% endif %}",
        ] {
            assert_eq!(unknown(text), [], "{text}");
        }
    }

    #[test]
    fn what_was_meant_is_found_among_what_the_engine_has() {
        let environment = Environment::new();
        let filter = |name| Kind::Filter.meant(&environment, name);
        assert_eq!(filter("ruond").as_deref(), Some("round"));
        assert_eq!(filter("uppercase").as_deref(), Some("upper"));
        assert_eq!(filter("monto"), None);
        assert_eq!(Kind::Test.meant(&environment, "defind").as_deref(), Some("defined"));
        assert_eq!(Kind::Test.meant(&environment, "round"), None);
    }

    #[test]
    fn what_breaks_a_text_is_shown_where_it_stands() {
        let environment = Environment::new();
        for (text, shown, hint) in [
            ("a {{ x }", "}", "two braces"),
            ("a {{ x", "{{", "two braces"),
            ("{{ x }} {% if x", "{%", "a statement"),
            ("{{ x %}", "}", "two braces"),
            ("{% if x %}{% if y %}b{% endif %}", "{% if", "write {% endif %}"),
            ("{%- for x in y %}{% if x %}b{% endif %}", "{%- for", "write {% endfor %}"),
            ("{% if x %}{% set y = 1 %}{% else %} b", "{% if", "write {% endif %}"),
            ("{% if x %}{% set y %} b", "{% set", "write {% endset %}"),
            ("b { if x %} c {% endif %}", "endif", "a statement"),
            ("{% si x %}", "si", "a statement"),
            ("{{ ñ }}", "ñ", "two braces"),
            ("{{ x }} y {{ 'sin fin }}", "'", "quotes"),
            ("{{ x }} {# y", "{#", "a comment"),
            ("{{ x }} {% raw %} y", "{%", "{% endraw %}"),
        ] {
            let error = environment.template_from_str(text).map(drop).expect_err(text);
            let broken = Tokens::of(&environment, text).broken(&environment, &error);
            assert_eq!(text.get(broken.place), Some(shown), "{text}: {error}");
            assert!(broken.hint.contains(hint), "{text}: {}", broken.hint);
        }
    }

    #[test]
    fn variables_are_told_from_what_only_looks_like_them() {
        let environment = Environment::new();
        let text = "x {{ 'x' }}{{ a.x | x }}{% if b is x %}{{ x.y }}{% endif %}";
        let tokens = Tokens::of(&environment, text);
        let at = text.find("x.y").expect("it is there");
        assert_eq!(tokens.variable("x", None), at..at + 1);
        assert_eq!(tokens.variable("x", Some("y")), at + 2..at + 3);
        assert_eq!(tokens.variable("z", None), 0..text.len());
    }
}
