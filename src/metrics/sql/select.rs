//! A query of an analyst's own as a tree. Never: what it reads beside the frames.

use super::{Bounds, DIALECT, columns_of, fold_case, parser_words, printed};
use crate::metrics::MetricsError;
use sqlparser::ast::{Query, SelectItem, SetExpr, Statement, TableFactor, Visit, Visitor};
use sqlparser::parser::Parser;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// Table functions of Polars that read files; no query of a report may.
const FRAME_HINT: &str = "a query reads the frames tasks, user_states, sellers, users, assignments and targets, and what it defines itself with `with`";

/// A query of an analyst's own.
#[derive(Debug, Clone)]
pub(in crate::metrics) struct Select {
    tree: Box<Query>,
}

impl Select {
    /// Reads one select (with `with`, joins and unions where wanted) that reads frames only.
    pub(in crate::metrics) fn parse(text: &str, subject: &str) -> Result<Self, MetricsError> {
        let fail = |what: String, hint: &str| MetricsError {
            subject: subject.to_owned(),
            what,
            hint: hint.to_owned(),
        };
        let mut statements = Parser::parse_sql(&DIALECT, text)
            .map_err(|e| fail(parser_words(&e), "write one `select ... from tasks ...`"))?;
        let count = statements.len();
        let Some(Statement::Query(mut tree)) = statements.pop().filter(|_| count == 1) else {
            return Err(fail("it is not one select".to_owned(), "a query only reads: write one `select`"));
        };
        if writes(&tree.body) {
            return Err(fail(
                "it is not a plain select".to_owned(),
                "a query only reads: write one `select`",
            ));
        }
        let mut check = TableFunctions;
        if let ControlFlow::Break(name) = Visit::visit(&tree, &mut check) {
            return Err(fail(format!("`{name}` is not a frame"), FRAME_HINT));
        }
        fold_case(&mut *tree);
        Ok(Self { tree })
    }

    /// Every column name in it; names that it gives itself are among them.
    pub(in crate::metrics) fn columns(&self) -> BTreeSet<String> {
        columns_of(&*self.tree)
    }

    /// Does it ask for all columns (`*`) anywhere? `count(*)` does not.
    pub(in crate::metrics) fn has_wildcard(&self) -> bool {
        Visit::visit(&*self.tree, &mut Wildcards).is_break()
    }

    /// The tables it names, its own `with` names among them.
    pub(in crate::metrics) fn tables(&self) -> BTreeSet<String> {
        let mut tables = BTreeSet::new();
        let _: ControlFlow<()> = sqlparser::ast::visit_relations(&*self.tree, |name| {
            tables.insert(name.to_string().trim_matches('"').to_lowercase());
            ControlFlow::Continue(())
        });
        tables
    }

    /// The query as an engine takes it.
    pub(in crate::metrics) fn bound(&self, bounds: &Bounds, subject: &str) -> Result<String, MetricsError> {
        let mut tree = self.tree.clone();
        bounds.bind(&mut *tree, subject)?;
        Ok(printed(*tree))
    }
}

fn writes(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => select.into.is_some(),
        SetExpr::Query(query) => writes(&query.body),
        SetExpr::SetOperation { left, right, .. } => writes(left) || writes(right),
        _ => true,
    }
}

/// Finds a table that is computed by a function: Polars has some that read files.
struct TableFunctions;

impl Visitor for TableFunctions {
    type Break = String;
    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<String> {
        match factor {
            TableFactor::Table { args: None, .. }
            | TableFactor::Derived { .. }
            | TableFactor::NestedJoin { .. } => ControlFlow::Continue(()),
            other => ControlFlow::Break(other.to_string()),
        }
    }
}

/// Finds a select list with a `*` in it.
struct Wildcards;

impl Visitor for Wildcards {
    type Break = ();
    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if selects_all(&query.body) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

fn selects_all(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => select
            .projection
            .iter()
            .any(|item| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..))),
        SetExpr::SetOperation { left, right, .. } => selects_all(left) || selects_all(right),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Expression;
    use super::*;

    #[test]
    fn what_reads_more_than_the_frames_is_refused() {
        for text in [
            "select * from read_csv('/etc/passwd')",
            "select * from tasks, read_parquet('x')",
            "select 1; select 2",
            "drop table tasks",
            "select * into x from tasks",
            "with t as (select * from read_csv('x')) select * from t",
        ] {
            assert!(Select::parse(text, "q").is_err(), "{text}");
        }
        assert!(Expression::parse("(select max(x) from tasks)", "m").is_err());
        assert!(Expression::parse("count(*), 1", "m").is_err());
        assert!(Expression::parse("count(*) filter (is_done)", "m").is_err());
    }
}
