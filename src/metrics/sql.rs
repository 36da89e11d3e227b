//! The analysts' language as a tree: expressions and queries are parsed, checked, given the period's bounds as typed literals,
//! and printed for the engine that runs them. Nothing is ever put into them as text.

mod conditions;

use super::MetricsError;
use crate::calendar::Period;
use crate::definition::{AGGREGATES, MetricDefinition, ParamValue, Params};
use sqlparser::ast::{
    BinaryOperator, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    Ident, Query, SelectItem, SetExpr, Statement, TableFactor, TimezoneInfo, TypedString, UnaryOperator,
    Value, Visit, VisitMut, Visitor, visit_expressions, visit_expressions_mut,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// The dialect that Polars parses with.
const DIALECT: GenericDialect = GenericDialect {};

/// Table functions of Polars that read files; no query of a report may.
const FRAME_HINT: &str = "a query reads the frames tasks, user_states, sellers, users, assignments and targets, and what it defines itself with `with`";

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
        match Visit::visit(&expression.tree, &mut OutsideAggregates::default()) {
            ControlFlow::Continue(()) => Ok(expression),
            ControlFlow::Break(column) => Err(MetricsError {
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

    /// The aggregates that it is made of, as texts, in the order in which they stand; none stands in another one.
    pub(super) fn aggregates(&self) -> Vec<String> {
        let mut found = Outermost::default();
        let _: ControlFlow<()> = Visit::visit(&self.tree, &mut found);
        let mut seen = BTreeSet::new();
        found.aggregates.into_iter().filter(|text| seen.insert(text.clone())).collect()
    }

    /// What is divided by what, as texts, where the whole is a division.
    pub(super) fn division(&self) -> Option<(String, String)> {
        division(&self.tree).map(|(left, right)| (printed(left.clone()), printed(right.clone())))
    }

    /// What a share is a part of, as text: what its only division divides by, also where the share is taken from a number
    /// (`1 - a / b`). `Err`: something is divided in another way.
    pub(super) fn part_of(&self) -> Result<Option<String>, ()> {
        let mut found = Outermost::default();
        let _: ControlFlow<()> = Visit::visit(&self.tree, &mut found);
        let share = match unnested(&self.tree) {
            Expr::BinaryOp { left, op: BinaryOperator::Minus, right }
                if matches!(unnested(left), Expr::Value(_)) =>
            {
                right
            }
            other => other,
        };
        match (found.divisions, division(share)) {
            (0, _) => Ok(None),
            (1, Some((_, below))) => Ok(Some(printed(below.clone()))),
            _ => Err(()),
        }
    }

    /// The expression as Polars takes it: bounds put in; counts as signed numbers (so that a difference of counts may be negative); a
    /// quantile's FILTER, which Polars would apply to the 0.9 too, as a CASE.
    pub(super) fn bound(&self, bounds: &Bounds, subject: &str) -> Result<String, MetricsError> {
        let mut tree = self.tree.clone();
        bounds.bind(&mut tree, subject)?;
        let rewritten = visit_expressions_mut(&mut tree, |e| {
            let Expr::Function(function) = e else { return ControlFlow::Continue(()) };
            let new = match function.name.to_string().to_lowercase().as_str() {
                "count" if function.over.is_none() => signed(e.clone()),
                "quantile_cont" | "quantile_disc" => match filter_as_case(function) {
                    Ok(()) => return ControlFlow::Continue(()),
                    Err(error) => return ControlFlow::Break(error),
                },
                _ => return ControlFlow::Continue(()),
            };
            *e = new;
            ControlFlow::Continue(())
        });
        match rewritten {
            ControlFlow::Continue(()) => Ok(printed(tree)),
            ControlFlow::Break(e) => Err(MetricsError {
                subject: subject.to_owned(),
                what: parser_words(&e),
                hint: "write quantile_cont(column, 0.9) filter (where ...)".to_owned(),
            }),
        }
    }
}

fn signed(count: Expr) -> Expr {
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(count),
        data_type: DataType::BigInt(None),
        array: false,
        format: None,
    }
}

/// `f(x, q) filter (where c)` becomes `f(case when c then x end, q)`: nulls are not looked at.
fn filter_as_case(function: &mut Function) -> Result<(), sqlparser::parser::ParserError> {
    let FunctionArguments::List(arguments) = &mut function.args else { return Ok(()) };
    let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(value))) = arguments.args.first_mut() else {
        return Ok(());
    };
    if function.filter.is_none() {
        return Ok(());
    }
    // Trees are put together, never texts: a text would have to be escaped and read again.
    let mut case = Parser::new(&DIALECT).try_with_sql("case when true then null end")?.parse_expr()?;
    if let Expr::Case { conditions, .. } = &mut case
        && let Some(when) = conditions.first_mut()
        && let Some(condition) = function.filter.take()
    {
        when.condition = *condition;
        when.result = value.clone();
        *value = case;
    }
    Ok(())
}

/// A query of an analyst's own.
#[derive(Debug, Clone)]
pub(super) struct Select {
    tree: Box<Query>,
}

impl Select {
    /// Reads one select (with `with`, joins and unions where wanted) that reads frames only.
    pub(super) fn parse(text: &str, subject: &str) -> Result<Self, MetricsError> {
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
    pub(super) fn columns(&self) -> BTreeSet<String> {
        columns_of(&*self.tree)
    }

    /// Does it ask for all columns (`*`) anywhere? `count(*)` does not.
    pub(super) fn has_wildcard(&self) -> bool {
        Visit::visit(&*self.tree, &mut Wildcards).is_break()
    }

    /// The tables it names, its own `with` names among them.
    pub(super) fn tables(&self) -> BTreeSet<String> {
        let mut tables = BTreeSet::new();
        let _: ControlFlow<()> = sqlparser::ast::visit_relations(&*self.tree, |name| {
            tables.insert(name.to_string().trim_matches('"').to_lowercase());
            ControlFlow::Continue(())
        });
        tables
    }

    /// The query as an engine takes it.
    pub(super) fn bound(&self, bounds: &Bounds, subject: &str) -> Result<String, MetricsError> {
        let mut tree = self.tree.clone();
        bounds.bind(&mut *tree, subject)?;
        Ok(printed(*tree))
    }
}

/// What a name with a colon stands for: the period's bounds `:from`, `:to` (instants), `:first_day`, `:last_day` (civil
/// days), and the report's parameters.
pub(super) struct Bounds {
    named: Vec<(String, Option<Expr>)>,
}

impl Bounds {
    pub(super) fn of(period: &Period, params: &Params) -> Self {
        let instant = |at: chrono::DateTime<chrono::Utc>| {
            typed(DataType::Timestamp(None, TimezoneInfo::None), at.format("%Y-%m-%d %H:%M:%S").to_string())
        };
        let bounds = [
            (":from", instant(period.start())),
            (":to", instant(period.end())),
            (":first_day", typed(DataType::Date, period.from().to_string())),
            (":last_day", typed(DataType::Date, period.last().to_string())),
        ];
        let bounds = bounds.into_iter().map(|(name, value)| (name.to_owned(), Some(value)));
        let params = params.iter().map(|(param, value)| (format!(":{}", param.name), value.map(literal)));
        Self { named: bounds.chain(params).collect() }
    }

    fn bind<T: VisitMut>(&self, tree: &mut T, subject: &str) -> Result<(), MetricsError> {
        let bound = visit_expressions_mut(tree, |e| {
            let Expr::Value(value) = e else { return ControlFlow::Continue(()) };
            let Value::Placeholder(name) = &value.value else { return ControlFlow::Continue(()) };
            match self.named.iter().find(|(named, _)| named.eq_ignore_ascii_case(name)) {
                Some((_, Some(value))) => *e = value.clone(),
                Some((_, None)) => return ControlFlow::Break((name.clone(), true)),
                None => return ControlFlow::Break((name.clone(), false)),
            }
            ControlFlow::Continue(())
        });
        let (name, is_known) = match bound {
            ControlFlow::Continue(()) => return Ok(()),
            ControlFlow::Break(unbound) => unbound,
        };
        let (what, hint) = if is_known {
            let name = name.trim_start_matches(':');
            (format!("the parameter `{name}` has no value"), format!("give it one: --param {name}=..."))
        } else {
            let names: Vec<&str> = self.named.iter().map(|(name, _)| name.as_str()).collect();
            (format!("`{name}` stands for nothing"), format!("there is {}", names.join(", ")))
        };
        Err(MetricsError { subject: subject.to_owned(), what, hint })
    }
}

fn typed(data_type: DataType, text: String) -> Expr {
    let value = Value::SingleQuotedString(text).into();
    Expr::TypedString(TypedString { data_type, value, uses_odbc_syntax: false })
}

/// A parameter's value as a literal of its type. A negative number stands in parentheses: `x-:y` must not become the
/// beginning of a comment.
fn literal(value: &ParamValue) -> Expr {
    let number = |digits: String| match digits.strip_prefix('-') {
        None => Expr::Value(Value::Number(digits, false).into()),
        Some(positive) => Expr::Nested(Box::new(Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr: Box::new(Expr::Value(Value::Number(positive.to_owned(), false).into())),
        })),
    };
    match value {
        ParamValue::Text(text) => Expr::Value(Value::SingleQuotedString(text.clone()).into()),
        ParamValue::Integer(whole) => number(whole.to_string()),
        // Always with a point or an exponent, so that it is not taken for a whole number.
        ParamValue::Number(decimal) => number(format!("{decimal:?}")),
        ParamValue::Date(day) => typed(DataType::Date, day.to_string()),
        ParamValue::Boolean(truth) => Expr::Value(Value::Boolean(*truth).into()),
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

/// Finds a column that stands outside of every aggregate: Polars would answer with one value of the group, any.
#[derive(Default)]
struct OutsideAggregates {
    depth: usize,
}

impl Visitor for OutsideAggregates {
    type Break = String;
    fn pre_visit_expr(&mut self, e: &Expr) -> ControlFlow<String> {
        match e {
            e if aggregates(e) => self.depth += 1,
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) if self.depth == 0 => {
                return ControlFlow::Break(e.to_string());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
    fn post_visit_expr(&mut self, e: &Expr) -> ControlFlow<String> {
        if aggregates(e) {
            self.depth = self.depth.saturating_sub(1);
        }
        ControlFlow::Continue(())
    }
}

fn unnested(tree: &Expr) -> &Expr {
    match tree {
        Expr::Nested(inner) => unnested(inner),
        other => other,
    }
}

fn division(tree: &Expr) -> Option<(&Expr, &Expr)> {
    match unnested(tree) {
        Expr::BinaryOp { left, op: BinaryOperator::Divide, right } => Some((left, right)),
        _ => None,
    }
}

/// Collects the aggregates that stand in no other, and counts the divisions outside of them.
#[derive(Default)]
struct Outermost {
    depth: usize,
    aggregates: Vec<String>,
    divisions: usize,
}

impl Visitor for Outermost {
    type Break = ();
    fn pre_visit_expr(&mut self, e: &Expr) -> ControlFlow<()> {
        if aggregates(e) {
            if self.depth == 0 {
                self.aggregates.push(printed(e.clone()));
            }
            self.depth += 1;
        }
        if self.depth == 0 && matches!(e, Expr::BinaryOp { op: BinaryOperator::Divide, .. }) {
            self.divisions += 1;
        }
        ControlFlow::Continue(())
    }
    fn post_visit_expr(&mut self, e: &Expr) -> ControlFlow<()> {
        if aggregates(e) {
            self.depth = self.depth.saturating_sub(1);
        }
        ControlFlow::Continue(())
    }
}

fn aggregates(e: &Expr) -> bool {
    matches!(e, Expr::Function(f) if f.over.is_none()
        && AGGREGATES.iter().any(|name| f.name.to_string().eq_ignore_ascii_case(name)))
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
