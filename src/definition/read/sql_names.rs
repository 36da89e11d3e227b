//! Names inside of SQL: is there such a column, table, function, and may an aggregate stand here. A name that cannot
//! be judged from the file is let through. Never parses, never runs anything.

use super::frames::{Columns, Frames};
use super::literal::{locate, offset_of};
use super::metric::is_column_name;
use super::problems::{Place, Read, Reported};
use super::sql_aggregates::{FirstAggregate, FirstQuery, OutsideAggregates, is_aggregate, place_of};
use super::sql_functions::{FUNCTIONS, NOW};
use super::sql_limits::{self, Limit};
use super::sql_scope::{Scope, Tables, folded, frame, plain_name};
use super::table::{Page, Spot};
use crate::definition::{FrameName, frame_columns};
use crate::suggest;
use sqlparser::ast::{Expr, Function, Ident, Query, Select, TableFactor, Visit, Visitor};
use sqlparser::dialect::GenericDialect;
use sqlparser::tokenizer::{Span, Token, Tokenizer};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::rc::Rc;

/// Checks a query over the frames.
pub(super) fn query(page: &Page<'_>, spot: &Spot<String>, tree: &Query, frames: &Frames) -> Read<()> {
    let mut names = Names::new(page, spot, frames);
    names.is_query = true;
    let _ = tree.visit(&mut names);
    names.ended()
}

/// Checks a condition over single rows.
pub(super) fn condition(page: &Page<'_>, spot: &Spot<String>, tree: &Expr, frames: &Frames) -> Read<()> {
    condition_on(page, spot, tree, frames, frames.of_anything())
}

/// Checks a condition over single rows with these columns.
pub(super) fn condition_on(
    page: &Page<'_>,
    spot: &Spot<String>,
    tree: &Expr,
    frames: &Frames,
    columns: Columns,
) -> Read<()> {
    let mut names = Names::new(page, spot, frames);
    names.rows(columns);
    names.no_subquery(tree);
    names.no_aggregate(
        tree,
        "a condition looks at one row at a time",
        "ask for a property of the row, for example is_done, or put it into a metric",
    );
    let _ = tree.visit(&mut names);
    names.ended()
}

/// Checks a condition over the groups of a table with these columns.
pub(super) fn condition_on_groups(
    page: &Page<'_>,
    spot: &Spot<String>,
    tree: &Expr,
    columns: BTreeSet<String>,
) -> Read<()> {
    let frames = Frames::unknown();
    let mut names = Names::new(page, spot, &frames);
    names.otherwise = Some(format!(
        "it looks at the table's own columns: {}",
        columns.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    ));
    names.rows(Some(Rc::new(columns)));
    names.no_subquery(tree);
    names.no_aggregate(
        tree,
        "the groups of a table are computed already",
        "name a metric of the table, for example tasks_planned >= 5",
    );
    let _ = tree.visit(&mut names);
    names.ended()
}

/// Checks the expression of a metric: one value for any number of rows with these columns.
pub(super) fn metric(page: &Page<'_>, spot: &Spot<String>, tree: &Expr, columns: Columns) -> Read<()> {
    let frames = Frames::unknown();
    let mut names = Names::new(page, spot, &frames);
    names.rows(columns);
    names.no_subquery(tree);
    let _ = tree.visit(&mut names);
    names.ended()?;
    let mut outside = OutsideAggregates::default();
    if let ControlFlow::Break(name) = tree.visit(&mut outside) {
        let what = format!("`{name}` is not aggregated", name = name.value);
        let name_of = &name.value;
        let example = if name_of.starts_with("is_") {
            format!("count(*) filter (where {name_of})")
        } else {
            format!("sum({name_of}), avg({name_of}), count(distinct {name_of})")
        };
        let hint = format!("a metric is one value for many rows: {example}, or a ratio of such");
        return Err(names.tell("not-aggregated", name.span, what, "a value of each single row", hint));
    }
    Ok(())
}

/// What to do about a column that only the source has.
pub(super) fn declare_it(name: &str) -> String {
    let frames = FrameName::ALL.into_iter().filter(|frame| frame_columns(*frame).contains(&name));
    let frames: Vec<&str> = frames.map(FrameName::as_str).collect();
    if !frames.is_empty() {
        return format!("it is a column of other rows: of {}", frames.join(", "));
    }
    let name = if is_column_name(name) { name } else { "name" };
    format!(
        "if the source has such a column, declare it: [sources.NAME.tasks], columns = {{ {name} = \"its name in the source\" }}"
    )
}

/// A walk through the tree, with what each query around the present place can name.
struct Names<'p> {
    page: &'p Page<'p>,
    spot: &'p Spot<String>,
    frames: &'p Frames,
    scopes: Vec<Scope>,
    /// A query, not an expression, in which queries are told of as such.
    is_query: bool,
    /// What to do about a column that nothing has, where it is not to declare it.
    otherwise: Option<String>,
    fault: Cell<Option<Reported>>,
}

impl<'p> Names<'p> {
    fn new(page: &'p Page<'p>, spot: &'p Spot<String>, frames: &'p Frames) -> Self {
        Self {
            page,
            spot,
            frames,
            scopes: Vec::new(),
            is_query: false,
            otherwise: None,
            fault: Cell::new(None),
        }
    }

    /// An expression stands over rows with these columns.
    fn rows(&mut self, columns: Columns) {
        self.scopes.push(Scope { tables: Tables::from([(String::new(), columns)]), ..Scope::default() });
    }

    fn ended(&self) -> Read<()> {
        self.fault.get().map_or(Ok(()), Err)
    }

    fn tell(&self, code: &'static str, place: Span, what: String, label: &str, hint: String) -> Reported {
        let place = self.place(place);
        let reported = self.page.problems.add(code, &place, what, label, hint);
        self.fault.set(Some(reported));
        reported
    }

    /// The bytes of the file behind a place of the tree; all of the SQL where the tree does not say.
    fn place(&self, span: Span) -> Place {
        let sql = &self.spot.value;
        if span.start.line == 0 {
            return self.spot.place.clone();
        }
        let number = |number: u64| usize::try_from(number).unwrap_or(1);
        let start = offset_of(sql, number(span.start.line), number(span.start.column));
        let end = offset_of(sql, number(span.end.line), number(span.end.column)).max(start);
        locate(self.page.text, &self.spot.place, sql, start..end)
    }

    /// Something that the engine cannot do; at the word that asks for it.
    fn beyond(&self, limit: Option<Limit>) {
        if let Some(limit) = limit {
            self.told_at(limit, self.word(limit.word), "cannot be done");
        }
    }

    fn told_at(&self, limit: Limit, place: Span, label: &str) {
        let what = format!("the SQL of reports has no {}", limit.what);
        self.tell("unsupported-sql", place, what, label, limit.hint.to_owned());
    }

    /// Where an unquoted word first stands in the SQL.
    fn word(&self, word: &str) -> Span {
        let tokens = Tokenizer::new(&GenericDialect {}, &self.spot.value).tokenize_with_location();
        let is_it = |token: &Token| matches!(token, Token::Word(it) if it.quote_style.is_none() && it.value.eq_ignore_ascii_case(word));
        let found = tokens.ok().and_then(|tokens| tokens.into_iter().find(|token| is_it(&token.token)));
        found.map_or_else(Span::empty, |token| token.span)
    }

    /// Does only a query around the present one have this name?
    fn is_of_a_query_around(&self, has: impl Fn(&Scope) -> Option<bool>) -> bool {
        let Some((own, around)) = self.scopes.split_last() else { return false };
        has(own) == Some(false) && around.iter().any(|scope| has(scope) == Some(true))
    }

    fn steps(&self) -> Tables {
        self.scopes.iter().flat_map(|scope| scope.steps.clone()).collect()
    }

    /// A name without a table before it.
    fn column(&self, name: &Ident) {
        let wanted = folded(name);
        let mut known: BTreeSet<&str> = BTreeSet::new();
        for scope in &self.scopes {
            known.extend(scope.aliases.iter().map(String::as_str));
            for columns in scope.tables.values() {
                let Some(columns) = columns else { return };
                known.extend(columns.iter().map(String::as_str));
            }
        }
        if !known.contains(wanted.as_str()) {
            self.no_column(name, &format!("there is no column `{}`", name.value), &known);
        } else if self.is_of_a_query_around(|scope| {
            let mut all = scope.tables.values();
            let named = scope.aliases.contains(&wanted);
            all.try_fold(named, |known, columns| {
                columns.as_ref().map(|columns| known || columns.contains(&wanted))
            })
        }) {
            self.told_at(sql_limits::CORRELATED, name.span, "of the query around");
        }
    }

    /// `t.name`
    fn column_of(&self, table: &Ident, name: &Ident) {
        let wanted = folded(table);
        let found = self.scopes.iter().rev().find_map(|scope| scope.tables.get(&wanted));
        match found {
            Some(Some(columns)) if !columns.contains(&folded(name)) => {
                let known = columns.iter().map(String::as_str).collect();
                self.no_column(name, &format!("`{}` has no column `{}`", table.value, name.value), &known);
            }
            Some(_) if self.is_of_a_query_around(|scope| Some(scope.tables.contains_key(&wanted))) => {
                self.told_at(sql_limits::CORRELATED, table.span, "of the query around");
            }
            Some(_) => {}
            None => {
                let mut tables = self.scopes.iter().flat_map(|scope| scope.tables.iter());
                let open = self.scopes.iter().any(|scope| scope.tables.contains_key(""));
                if open || tables.any(|(_, columns)| columns.as_ref().is_none_or(|all| all.contains(&wanted)))
                {
                    return;
                }
                let known = self.scopes.iter().flat_map(|scope| scope.tables.keys().map(String::as_str));
                let what = format!("nothing in this query is called `{}`", table.value);
                let hint = suggest::hint(&wanted, known.collect::<Vec<_>>());
                self.tell("unknown-table", table.span, what, "which table?", hint);
            }
        }
    }

    fn no_column(&self, name: &Ident, what: &str, known: &BTreeSet<&str>) {
        let hint = match suggest::closest(&folded(name), known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if name.quote_style == Some('"') => {
                format!("text stands in single quotes: '{}'", name.value)
            }
            None => self.otherwise.clone().unwrap_or_else(|| declare_it(&folded(name))),
        };
        self.tell("unknown-column", name.span, what.to_owned(), "no such column", hint);
    }

    fn is_known(function: &Function) -> bool {
        plain_name(&function.name).is_none_or(|name| FUNCTIONS.contains(&name.value.to_lowercase().as_str()))
    }

    fn function(&self, function: &Function) {
        let Some(name) = plain_name(&function.name) else { return };
        let word = name.value.to_lowercase();
        if FUNCTIONS.contains(&word.as_str()) {
            return;
        }
        let what = format!("there is no function `{}`", name.value);
        let hint = if NOW.contains(&word.as_str()) {
            "a report never asks what time it is: :from and :to are the bounds of its period".to_owned()
        } else if let Some(instead) = sql_limits::instead_of(&word) {
            instead.to_owned()
        } else {
            match suggest::closest(&word, FUNCTIONS.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "common ones: count, sum, avg, min, max, median, round, coalesce, lower, substr, date_part, strftime".to_owned(),
            }
        };
        self.tell("unknown-function", name.span, what, "no such function", hint);
    }

    fn no_aggregate(&self, tree: &impl Visit, what: &str, hint: &str) {
        if let ControlFlow::Break(name) = tree.visit(&mut FirstAggregate::default()) {
            let what = format!("`{}` is computed over many rows, but {what}", name.value);
            self.tell("misplaced-aggregate", name.span, what, "an aggregate", hint.to_owned());
        }
    }

    fn no_subquery(&self, tree: &Expr) {
        if let ControlFlow::Break(span) = tree.visit(&mut FirstQuery) {
            let what = "a query cannot stand inside of this expression".to_owned();
            let hint =
                "it looks at the rows of its own frame only; a section with sql = \"select ...\" can do more";
            self.tell("bad-sql", span, what, "a query of its own", hint.to_owned());
        }
    }
}

impl Visitor for Names<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let scope = Scope::of(query, &self.steps(), self.frames);
        self.scopes.push(scope);
        self.beyond(sql_limits::of_query(query));
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.beyond(sql_limits::of_select(select));
        if let Some(condition) = &select.selection {
            let hint = "put a condition on groups into `having`, after `group by`";
            self.no_aggregate(condition, "`where` looks at one row at a time", hint);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        self.beyond(sql_limits::of_table(factor));
        let TableFactor::Table { name, args, .. } = factor else { return ControlFlow::Continue(()) };
        let Some(word) = name.0.last().and_then(|part| part.as_ident()) else {
            return ControlFlow::Continue(());
        };
        let wanted = folded(word);
        let steps = self.steps();
        let known = plain_name(name).is_some() && (steps.contains_key(&wanted) || frame(&wanted).is_some());
        if args.is_some() || !known {
            let mut names: Vec<&str> = FrameName::ALL.into_iter().map(|frame| frame.as_str()).collect();
            names.extend(steps.keys().map(String::as_str));
            let what = format!("there is no table `{name}` here");
            // Who writes `tareas` means tasks.
            let meant = |name: &&str| *name != FrameName::Targets.as_str() || wanted.starts_with("targ");
            let hint = match suggest::closest(&wanted, names.iter().copied().filter(meant)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!(
                    "a query reads the frames, whatever their tables are called in the source: {}",
                    names.join(", ")
                ),
            };
            self.tell("unknown-table", word.span, what, "no frame", hint);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        // In a metric or condition, that there is a query at all is told.
        if self.is_query || matches!(expr, Expr::Function(_)) {
            let misnamed = matches!(expr, Expr::Function(function) if !Self::is_known(function));
            match expr {
                Expr::Subquery(query) => self.told_at(sql_limits::SCALAR, place_of(query), "one value"),
                _ => self.beyond(sql_limits::of_expression(expr).filter(|_| !misnamed)),
            }
        }
        match expr {
            Expr::Identifier(name) => self.column(name),
            Expr::CompoundIdentifier(parts) => {
                if let [table, name] = parts.as_slice() {
                    self.column_of(table, name);
                }
            }
            Expr::Function(function) => {
                self.function(function);
                if is_aggregate(function) {
                    let hint = "compute the inner one in a step of its own: with step as (select ...) select ... from step";
                    self.no_aggregate(&function.args, "it stands inside of another aggregate", hint);
                }
            }
            // Its parameters are names that it gives itself.
            Expr::Lambda(_) => return ControlFlow::Break(()),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
