//! SQL inside a definition: does it parse, is it one select. Never runs it, never knows its columns (`sql_names` does).

use super::literal::{locate, offset_of};
use super::problems::{Place, Read, Reported};
use super::table::{Page, Spot};
use crate::definition::SourceKind;
use sqlparser::ast::{Expr, Query, SetExpr, Statement, Visit as _, Visitor};
use sqlparser::dialect::{Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, Tokenizer};
use std::ops::ControlFlow;

/// Longer SQL belongs into a view of the source; and a parser that descends needs an end.
const LONGEST: usize = 20_000;

/// Words whose misspelling the parser takes for a name.
const KEYWORDS: [&str; 20] = [
    "select", "from", "where", "group", "order", "having", "limit", "join", "inner", "union", "with",
    "filter", "over", "between", "distinct", "case", "when", "then", "else", "using",
];

/// Checks a condition or an aggregate expression in the dialect that polars speaks.
pub(super) fn expression(page: &Page<'_>, spot: &Spot<String>, example: &str) -> Read<Expr> {
    readable(page, spot, example)?;
    let mut parser = parser(page, spot, &GenericDialect)?;
    let first = parser.peek_token();
    if matches!(&first.token, Token::Word(word) if matches!(word.keyword, Keyword::SELECT | Keyword::WITH)) {
        let what = "this is a query, and one expression belongs here";
        let hint = format!("write, for example, {example}");
        let part = word_at(&spot.value, first.span.start);
        return Err(page.problems.add("bad-sql", &caret(page, spot, part), what, "a query", hint));
    }
    let tree = parser.parse_expr().map_err(|error| parse_error(page, spot, &GenericDialect, &error))?;
    let next = parser.peek_token();
    if next.token == Token::EOF {
        return Ok(tree);
    }
    let hint = format!("write one expression, for example {example}");
    let what = format!("the expression should end before `{}`", next.token);
    Err(unexpected(page, spot, &GenericDialect, next.span.start, what, hint))
}

/// Checks a query over the frames, in the dialect that polars speaks.
pub(super) fn select(page: &Page<'_>, spot: &Spot<String>) -> Read<Box<Query>> {
    one_select(page, spot, &GenericDialect)
}

/// Who is asked a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Sqlite,
    Postgres,
    MySql,
}

impl Asked {
    /// The one that a source is; `None`: it has no SQL.
    pub(super) fn of(kind: &SourceKind) -> Option<Self> {
        match kind {
            // The copy of an API is such a file.
            SourceKind::Sqlite(_) | SourceKind::Api(_) => Some(Self::Sqlite),
            SourceKind::Postgres(_) => Some(Self::Postgres),
            SourceKind::MySql(_) => Some(Self::MySql),
            SourceKind::Files(_) => None,
            SourceKind::Several(several) => several.own.as_deref().and_then(Self::of),
        }
    }
}

/// Checks a query that a source is asked, in its own dialect.
pub(super) fn select_of_source(page: &Page<'_>, spot: &Spot<String>, asked: Asked) -> Read<()> {
    match asked {
        Asked::Sqlite => one_select(page, spot, &SQLiteDialect {}),
        Asked::Postgres => one_select(page, spot, &PostgreSqlDialect {}),
        Asked::MySql => one_select(page, spot, &MySqlDialect {}),
    }
    .map(|_| ())
}

fn one_select(page: &Page<'_>, spot: &Spot<String>, dialect: &dyn Dialect) -> Read<Box<Query>> {
    readable(page, spot, "select seller_id, count(*) from tasks group by seller_id")?;
    let mut parser = parser(page, spot, dialect)?;
    let first = parser.peek_token().span;
    let statement = parser.parse_statement().map_err(|error| parse_error(page, spot, dialect, &error))?;
    let reads = only_reads(&statement);
    let Some(tree) = query_of(statement).filter(|_| reads) else {
        let what = "only a query may stand here: data is never changed".to_owned();
        let part = word_at(&spot.value, first.start);
        let begins_well =
            ["select", "with"].iter().any(|word| spot.value[part.clone()].eq_ignore_ascii_case(word));
        let (label, hint) = match begins_well {
            true => ("more than a query", "leave out what writes: `into`, `insert`, `update`, `delete`"),
            false => ("not a query", "write one query that begins with `select` or `with`"),
        };
        return Err(page.problems.add("bad-sql", &caret(page, spot, part), what, label, hint));
    };
    let mut ended = false;
    while parser.consume_token(&Token::SemiColon) {
        ended = true;
    }
    let next = parser.peek_token();
    if next.token == Token::EOF {
        return Ok(tree);
    }
    if ended {
        let hint = "keep one query; another one needs a section of its own";
        let part = word_at(&spot.value, next.span.start);
        let what = "there is a second statement";
        return Err(page.problems.add("bad-sql", &caret(page, spot, part), what, "one too many", hint));
    }
    let hint = "check this word and what stands before it: a missing comma, operator or keyword".to_owned();
    let what = format!("the SQL cannot be read: `{}` cannot stand here", next.token);
    Err(unexpected(page, spot, dialect, next.span.start, what, hint))
}

fn readable(page: &Page<'_>, spot: &Spot<String>, example: &str) -> Read<()> {
    if spot.value.trim().is_empty() {
        let hint = format!("write, for example, {example}");
        return Err(page.problems.add("bad-sql", &spot.place, "the SQL text is empty", "nothing here", hint));
    }
    if spot.value.len() > LONGEST {
        let what = format!("the SQL text is longer than {LONGEST} bytes");
        let hint = "make a view of it in the source, and query that";
        return Err(page.problems.add("bad-sql", &spot.place, what, "too long", hint));
    }
    Ok(())
}

fn parser<'d>(page: &Page<'_>, spot: &Spot<String>, dialect: &'d dyn Dialect) -> Read<Parser<'d>> {
    Parser::new(dialect).try_with_sql(&spot.value).map_err(|error| parse_error(page, spot, dialect, &error))
}

fn query_of(statement: Statement) -> Option<Box<Query>> {
    if let Statement::Query(tree) = statement { Some(tree) } else { None }
}

/// Is it a query, and is every query inside it one too?
fn only_reads(statement: &Statement) -> bool {
    struct Writes;
    impl Visitor for Writes {
        type Break = ();
        fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
            if matches!(statement, Statement::Query(_)) {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        }
        fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
            if reads(&query.body) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        }
    }
    statement.visit(&mut Writes).is_continue()
}

fn reads(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => select.into.is_none(),
        SetExpr::Query(_) | SetExpr::Values(_) | SetExpr::Table(_) => true,
        SetExpr::SetOperation { left, right, .. } => reads(left) && reads(right),
        _ => false,
    }
}

/// The parser's message, with the caret where its text says: `... at Line: 1, Column: 8`.
fn parse_error(page: &Page<'_>, spot: &Spot<String>, dialect: &dyn Dialect, error: &ParserError) -> Reported {
    let (ParserError::ParserError(message) | ParserError::TokenizerError(message)) = error else {
        let hint = "split it into named steps: with step as (select ...) select ... from step";
        let what = "the SQL is nested too deeply";
        return page.problems.add("bad-sql", &spot.place, what, "too deep", hint);
    };
    let hint = "check for a missing comma, quote or parenthesis at or before the caret".to_owned();
    let (words, place) = match message.rsplit_once(" at Line: ") {
        Some((words, place)) => (words, location(place)),
        None => (message.as_str(), None),
    };
    let what = format!("the SQL cannot be read: {}", plain_words(words));
    match place {
        Some(place) => unexpected(page, spot, dialect, place, what, hint),
        // Without a place the text ended too early.
        None => {
            let end = spot.value.trim_end().len();
            match slip(&spot.value, dialect, spot.value.len()) {
                Some((part, meant)) => misspelt(page, spot, part, meant),
                None => {
                    page.problems.add("bad-sql", &caret(page, spot, end..end), what, "ends too early", hint)
                }
            }
        }
    }
}

fn location(text: &str) -> Option<Location> {
    let (line, column) = text.split_once(", Column: ")?;
    Some(Location { line: line.parse().ok()?, column: column.trim().parse().ok()? })
}

/// `Expected: ), found: EOF` as `expected `)`, found the end`.
fn plain_words(words: &str) -> String {
    let end = |found: &str| if found == "EOF" { "the end".to_owned() } else { format!("`{found}`") };
    match words.strip_prefix("Expected: ").and_then(|rest| rest.split_once(", found: ")) {
        Some((expected, found)) if expected.contains(' ') => {
            format!("expected {expected}, found {}", end(found))
        }
        Some((expected, found)) => format!("expected `{expected}`, found {}", end(found)),
        None => {
            let mut letters = words.chars();
            letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
        }
    }
}

/// A problem at a place of the SQL where it stops making sense. Where that word, or the one before it, is a keyword
/// with a slip of the pen, the caret stands there.
fn unexpected(
    page: &Page<'_>,
    spot: &Spot<String>,
    dialect: &dyn Dialect,
    place: Location,
    what: String,
    hint: String,
) -> Reported {
    let part = word_at(&spot.value, place);
    match slip(&spot.value, dialect, part.start) {
        Some((part, meant)) => misspelt(page, spot, part, meant),
        None => {
            page.problems.add("bad-sql", &caret(page, spot, part), what, "not understood from here on", hint)
        }
    }
}

fn misspelt(page: &Page<'_>, spot: &Spot<String>, part: Place, meant: &str) -> Reported {
    let what = format!("the SQL cannot be read: `{}` is not a keyword", &spot.value[part.clone()]);
    let hint = format!("did you mean `{meant}`?");
    page.problems.add("bad-sql", &caret(page, spot, part), what, "a slip of the pen?", hint)
}

fn caret(page: &Page<'_>, spot: &Spot<String>, part: Place) -> Place {
    locate(page.text, &spot.place, &spot.value, part)
}

/// The word, or the sign, at a place of the SQL.
fn word_at(sql: &str, place: Location) -> Place {
    let number = |number: u64| usize::try_from(number).unwrap_or(1);
    let start = offset_of(sql, number(place.line), number(place.column));
    let word = sql[start..].find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(sql.len() - start);
    let sign = sql[start..].chars().next().map_or(0, char::len_utf8);
    start..start + word.max(sign)
}

/// A name at `at`, or the word before it, that is nearly a keyword; and that keyword.
fn slip(sql: &str, dialect: &dyn Dialect, at: usize) -> Option<(Place, &'static str)> {
    let tokens = Tokenizer::new(dialect, sql).tokenize_with_location().ok()?;
    let words = tokens.iter().filter(|token| !matches!(token.token, Token::Whitespace(_) | Token::EOF));
    let mut last_two = words
        .map(|token| (word_at(sql, token.span.start), &token.token))
        .take_while(|(place, _)| place.start <= at)
        .collect::<Vec<_>>();
    last_two.drain(..last_two.len().saturating_sub(2));
    last_two.into_iter().find_map(|(place, token)| {
        let Token::Word(word) = token else { return None };
        let name = word.quote_style.is_none() && word.keyword == Keyword::NoKeyword;
        let meant = KEYWORDS.into_iter().find(|keyword| {
            // A letter more, less, other or swapped.
            strsim::damerau_levenshtein(keyword, &word.value.to_lowercase()) == 1
        });
        meant.filter(|_| name).map(|meant| (place, meant))
    })
}
