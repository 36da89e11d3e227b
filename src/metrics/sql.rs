//! The analysts' language as a tree: expressions and queries are parsed, checked, given the period's bounds as typed literals,
//! and printed for the engine that runs them. Nothing is ever put into them as text.

mod aggregates;
mod bounds;
mod conditions;
mod select;

pub(super) use aggregates::{Aggregate, Fold, OfRow};
pub(super) use bounds::Bounds;
pub(super) use select::Select;

use super::MetricsError;
use crate::definition::MetricDefinition;
use sqlparser::ast::{Expr, Ident, Value, Visit, VisitMut, visit_expressions, visit_expressions_mut};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// The dialect that Polars parses with.
const DIALECT: GenericDialect = GenericDialect {};

/// An expression over the rows of one relation.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    tree: Expr,
}

impl Expression {
    /// Reads one expression; `subject` says whose it is in the error.
    pub(super) fn parse(text: &str, subject: &str) -> Result<Self, MetricsError> {
        let fail = |what: String, hint: &str| MetricsError {
            subject: subject.to_owned(),
            what,
            hint: hint.to_owned(),
        };
        let written = || -> Result<Expr, sqlparser::parser::ParserError> {
            let mut parser = Parser::new(&DIALECT).try_with_sql(text)?;
            let tree = parser.parse_expr()?;
            parser.expect_token(&Token::EOF)?;
            Ok(tree)
        };
        let mut tree = written().map_err(|e| {
            fail(
                parser_words(&e),
                "write one SQL expression, for example: count(*) filter (where is_done) / count(*)",
            )
        })?;
        let subquery = visit_expressions(&tree, |e| match e {
            Expr::Subquery(_) | Expr::InSubquery { .. } | Expr::Exists { .. } => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        });
        if subquery.is_break() {
            return Err(fail(
                "a subquery stands in it".to_owned(),
                "an expression looks at the rows of its own relation only; use a section with `sql` for more",
            ));
        }
        fold_case(&mut tree);
        Ok(Self { tree })
    }

    /// Reads the expression of a metric: one value for any number of rows.
    pub(super) fn of_metric(metric: &MetricDefinition) -> Result<Self, MetricsError> {
        let subject = format!("metric `{}`", metric.id);
        let expression = Self::parse(&metric.expr, &subject)?;
        match aggregates::column_outside(&expression.tree) {
            None => Ok(expression),
            Some(column) => Err(MetricsError {
                subject,
                what: format!("`{column}` is not aggregated"),
                hint: "a metric is one value for many rows: count(...), sum(...), avg(...), median(...), or a ratio of them".to_owned(),
            }),
        }
    }

    /// The columns that it looks at.
    pub(super) fn columns(&self) -> BTreeSet<String> {
        columns_of(&self.tree)
    }

    /// The expression as an engine takes it, the bounds put in.
    pub(super) fn bound(&self, bounds: &Bounds, subject: &str) -> Result<String, MetricsError> {
        let mut tree = self.tree.clone();
        bounds.bind(&mut tree, subject)?;
        Ok(printed(tree))
    }
}

/// The tree as text. The parser's own printer leaves quotes alone that it takes for escaped ones (doubled, or after a
/// backslash), so that a text with such quotes would end early or lose one; every quote is doubled before it sees them.
fn printed<T: VisitMut + std::fmt::Display>(mut tree: T) -> String {
    let _: ControlFlow<()> = visit_expressions_mut(&mut tree, |e| {
        if let Expr::Value(value) = e
            && let Value::SingleQuotedString(text) = &mut value.value
            && text.contains('\'')
        {
            *text = text.replace('\'', "''");
        }
        ControlFlow::Continue(())
    });
    tree.to_string()
}

/// A name as the engine takes it.
pub(super) fn quoted(name: &str) -> String {
    Ident::with_quote('"', name).to_string()
}

/// Names written without quotes are lower case, as the columns are.
fn fold_case<T: VisitMut>(tree: &mut T) {
    let lower = |ident: &mut Ident| {
        if ident.quote_style.is_none() {
            ident.value = ident.value.to_lowercase();
        }
    };
    let _: ControlFlow<()> = visit_expressions_mut(tree, |e| {
        match e {
            Expr::Identifier(ident) => lower(ident),
            Expr::CompoundIdentifier(parts) => parts.iter_mut().for_each(lower),
            _ => {}
        }
        ControlFlow::Continue(())
    });
}

fn columns_of<T: Visit>(tree: &T) -> BTreeSet<String> {
    let mut columns = BTreeSet::new();
    let _: ControlFlow<()> = visit_expressions(tree, |e| {
        match e {
            Expr::Identifier(ident) => {
                columns.insert(ident.value.clone());
            }
            Expr::CompoundIdentifier(parts) => columns.extend(parts.last().map(|p| p.value.clone())),
            _ => {}
        }
        ControlFlow::Continue(())
    });
    columns
}

/// What the parser said, without its own preamble.
fn parser_words(e: &sqlparser::parser::ParserError) -> String {
    let text = e.to_string();
    let text = text.trim_start_matches("sql parser error: ");
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Period;
    use crate::definition::{ParamValue, Params};

    #[test]
    fn an_expression_knows_its_columns_and_not_its_functions() {
        let e = Expression::parse(
            "count(*) filter (where IS_done and \"x\" = 'y') / count(distinct t.user_id)",
            "m",
        )
        .expect("an expression");
        let columns: Vec<_> = e.columns().into_iter().collect();
        assert_eq!(columns, ["is_done", "user_id", "x"]);
    }

    fn params(values: &[(&str, ParamValue)]) -> Params {
        let param = |(name, value): &(&str, ParamValue)| crate::definition::Param {
            name: (*name).to_owned(),
            kind: crate::definition::ParamType::Text,
            default: Some(value.clone()),
            one_of: Vec::new(),
            label: None,
        };
        Params::new(values.iter().map(param).collect())
    }

    fn period() -> Period {
        Period::parse("2026-03-01..2026-04-01", chrono_tz::UTC).expect("a period")
    }

    /// The text literals of an expression, as the parser of the engine reads them from what is printed.
    fn texts_read_back(sql: &str) -> Vec<String> {
        let read = || -> Result<Expr, sqlparser::parser::ParserError> {
            let mut parser = Parser::new(&DIALECT).try_with_sql(sql)?;
            let tree = parser.parse_expr()?;
            parser.expect_token(&Token::EOF)?;
            Ok(tree)
        };
        let mut texts = Vec::new();
        let _: ControlFlow<()> = visit_expressions(&read().expect(sql), |e| {
            if let Expr::Value(value) = e
                && let Value::SingleQuotedString(text) = &value.value
            {
                texts.push(text.clone());
            }
            ControlFlow::Continue(())
        });
        texts
    }

    #[test]
    fn a_text_stays_one_text_whatever_stands_in_it() {
        let hostile = [
            "'",
            "''",
            "'''",
            r"\'",
            r"\''",
            r"\\'",
            r"\",
            "' or 1=1 --",
            r"\' or 1=1 --",
            "x'; drop table tasks; --",
            "/* ' */",
            "$$ ' $$",
            "\"",
            "Ñandú’ 日本 🦤",
            "%_",
            ":from",
            "",
        ];
        for text in hostile {
            let values = params(&[("x", ParamValue::Text(text.to_owned()))]);
            let bounds = Bounds::of(&period(), &values);
            for written in [
                "team = :x",
                "quantile_cont(a, 0.5) filter (where team = :x)",
                "count(*) filter (where team = :X)",
            ] {
                let expression = Expression::parse(written, "m").expect("an expression");
                let sql = expression.bound(&bounds, "m").expect("bound");
                assert_eq!(texts_read_back(&sql), [text], "{sql}");
            }
        }
    }

    #[test]
    fn quotes_that_analysts_write_stay_as_they_are() {
        let bounds = Bounds::of(&period(), &Params::default());
        let written = "a = 'it''s' or a = 'two '''' quotes'";
        let expression = Expression::parse(written, "m").expect("an expression");
        let sql = expression.bound(&bounds, "m").expect("bound");
        assert_eq!(texts_read_back(&sql), ["it's", "two '' quotes"]);
    }

    #[test]
    fn numbers_and_days_are_literals_of_their_type() {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 1, 1).expect("a day");
        let values = params(&[
            ("i", ParamValue::Integer(-5)),
            ("n", ParamValue::Number(1e300)),
            ("w", ParamValue::Number(2.0)),
            ("d", ParamValue::Date(day)),
            ("b", ParamValue::Boolean(true)),
        ]);
        let bounds = Bounds::of(&period(), &values);
        let expression =
            Expression::parse("a-:i < :n + :w and d >= :d and c = :b", "m").expect("an expression");
        assert_eq!(
            expression.bound(&bounds, "m").expect("bound"),
            "a - (-5) < 1e300 + 2.0 AND d >= DATE '2026-01-01' AND c = true"
        );
    }
}
