//! The aggregates of a metric's expression, and what is made of them.

use super::conditions::all_of;
use super::{Bounds, DIALECT, Expression, columns_of, printed};
use crate::definition::AGGREGATES;
use crate::metrics::MetricsError;
use sqlparser::ast::{
    BinaryOperator, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    Ident, Value, Visit, VisitMut, Visitor, VisitorMut, visit_expressions,
};
use sqlparser::parser::Parser;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// An aggregate of rows.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::metrics) struct Aggregate {
    /// As the engine takes it; two of the same text are the same.
    pub(in crate::metrics) text: String,
    pub(in crate::metrics) fold: Fold,
    /// Which rows it looks at: those for which all of these are true.
    pub(in crate::metrics) filter: Vec<OfRow>,
}

/// An expression whose value follows from one row alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::metrics) struct OfRow {
    /// As the engine takes it.
    pub(in crate::metrics) text: String,
    /// The columns that it looks at.
    pub(in crate::metrics) columns: Vec<String>,
}

impl OfRow {
    fn new(tree: &Expr) -> Self {
        Self { text: printed(tree.clone()), columns: columns_of(tree).into_iter().collect() }
    }
}

impl Aggregate {
    /// The column with the values of the aggregate at a place of the list.
    pub(in crate::metrics) fn name(place: usize) -> String {
        format!("aggregate {place}")
    }
}

/// What becomes of the rows, whose values are expressions.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::metrics) enum Fold {
    /// How many there are.
    Rows,
    /// How many have a value.
    Values(OfRow),
    /// How many different values (of several expressions together) there are; a row without one of them has none.
    Distinct(Vec<OfRow>),
    Sum(OfRow),
    Mean(OfRow),
    Least(OfRow),
    Greatest(OfRow),
    /// A quantile between 0 and 1, between two values by the straight line.
    Quantile(OfRow, f64),
    /// A quantile that is one of the values.
    QuantileOfValues(OfRow, f64),
    /// What only the engine knows.
    Engine,
}

impl Expression {
    /// The expression as one of a row, the bounds put in.
    ///
    /// # Errors
    /// A parameter without a value.
    pub(in crate::metrics) fn of_row(&self, bounds: &Bounds, subject: &str) -> Result<OfRow, MetricsError> {
        let mut tree = self.tree.clone();
        bounds.bind(&mut tree, subject)?;
        Ok(OfRow::new(&tree))
    }

    /// The aggregates that it is made of, as texts, in the order in which they stand; none stands in another one.
    pub(in crate::metrics) fn aggregates(&self) -> Vec<String> {
        let mut found = Outermost::default();
        let _: ControlFlow<()> = Visit::visit(&self.tree, &mut found);
        let mut seen = BTreeSet::new();
        found.aggregates.into_iter().filter(|text| seen.insert(text.clone())).collect()
    }

    /// What is divided by what, as texts, where the whole is a division.
    pub(in crate::metrics) fn division(&self) -> Option<(String, String)> {
        division(&self.tree).map(|(left, right)| (printed(left.clone()), printed(right.clone())))
    }

    /// What a share is a part of, as text: what its only division divides by, also where the share is taken from a number
    /// (`1 - a / b`). `Err`: something is divided in another way.
    pub(in crate::metrics) fn part_of(&self) -> Result<Option<String>, ()> {
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

    /// The expression taken apart, the bounds put in: what is computed from the values of its aggregates, which are columns by the names
    /// of [`Aggregate::name`]. Those that are not among `all` yet are added.
    pub(in crate::metrics) fn apart(
        &self,
        bounds: &Bounds,
        all: &mut Vec<Aggregate>,
        subject: &str,
    ) -> Result<String, MetricsError> {
        let mut outside = self.tree.clone();
        bounds.bind(&mut outside, subject)?;
        match VisitMut::visit(&mut outside, &mut Apart { all }) {
            ControlFlow::Continue(()) => Ok(printed(outside)),
            ControlFlow::Break(e) => Err(MetricsError {
                subject: subject.to_owned(),
                what: super::parser_words(&e),
                hint: "write quantile_cont(column, 0.9) filter (where ...)".to_owned(),
            }),
        }
    }
}

/// A column that stands outside of every aggregate.
pub(super) fn column_outside(tree: &Expr) -> Option<String> {
    match Visit::visit(tree, &mut OutsideAggregates::default()) {
        ControlFlow::Continue(()) => None,
        ControlFlow::Break(column) => Some(column),
    }
}

/// Takes the aggregates out, and leaves the names of columns with their values.
struct Apart<'a> {
    all: &'a mut Vec<Aggregate>,
}

impl VisitorMut for Apart<'_> {
    type Break = sqlparser::parser::ParserError;
    fn pre_visit_expr(&mut self, e: &mut Expr) -> ControlFlow<Self::Break> {
        if !aggregates(e) {
            return ControlFlow::Continue(());
        }
        let Expr::Function(function) = e else { return ControlFlow::Continue(()) };
        let aggregate = match aggregate(function) {
            Ok(aggregate) => aggregate,
            Err(error) => return ControlFlow::Break(error),
        };
        let known = self.all.iter().position(|it| it.text == aggregate.text);
        let place = known.unwrap_or(self.all.len());
        if known.is_none() {
            self.all.push(aggregate);
        }
        *e = Expr::Identifier(Ident::with_quote('"', Aggregate::name(place)));
        ControlFlow::Continue(())
    }
}

fn aggregate(function: &mut Function) -> Result<Aggregate, sqlparser::parser::ParserError> {
    let fold = fold_of(function).unwrap_or(Fold::Engine);
    let filter = function
        .filter
        .as_deref()
        .map_or_else(Vec::new, |it| all_of(it).into_iter().map(OfRow::new).collect());
    let name = function.name.to_string().to_lowercase();
    if name == "quantile_cont" || name == "quantile_disc" {
        filter_as_case(function)?;
    }
    Ok(Aggregate { text: printed(Expr::Function(function.clone())), fold, filter })
}

/// What is known to be computed here; `None`: only the engine can tell.
fn fold_of(function: &Function) -> Option<Fold> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let is_plain = list.clauses.is_empty()
        && function.within_group.is_empty()
        && function.null_treatment.is_none()
        && matches!(function.parameters, FunctionArguments::None)
        && only_of_a_row(function);
    if !is_plain {
        return None;
    }
    let is_distinct = matches!(list.duplicate_treatment, Some(DuplicateTreatment::Distinct));
    let values: Option<Vec<&Expr>> = list
        .args
        .iter()
        .map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value),
            _ => None,
        })
        .collect();
    let name = function.name.to_string().to_lowercase();
    let Some(values) = values else {
        // Only what counts rows has another argument than a value: the `*`.
        let counts = matches!(list.args.as_slice(), [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]);
        return (counts && name == "count" && !is_distinct).then_some(Fold::Rows);
    };
    let of_row = |value: &Expr| OfRow::new(value);
    Some(match (name.as_str(), is_distinct, values.as_slice()) {
        ("count", false, []) => Fold::Rows,
        ("count", false, [value]) => Fold::Values(of_row(value)),
        ("count", true, [_, ..]) => Fold::Distinct(values.iter().map(|value| of_row(value)).collect()),
        ("sum", false, [value]) => Fold::Sum(of_row(value)),
        ("avg", false, [value]) => Fold::Mean(of_row(value)),
        ("min", false, [value]) => Fold::Least(of_row(value)),
        ("max", false, [value]) => Fold::Greatest(of_row(value)),
        ("median", false, [value]) => Fold::Quantile(of_row(value), 0.5),
        ("quantile_cont", false, [value, at]) => Fold::Quantile(of_row(value), part_of_one(at)?),
        ("quantile_disc", false, [value, at]) => Fold::QuantileOfValues(of_row(value), part_of_one(at)?),
        _ => return None,
    })
}

/// Does everything in it follow from one row alone? An aggregate or a window within looks at others.
fn only_of_a_row(function: &Function) -> bool {
    let looks_at_others = |e: &Expr| match e {
        Expr::Function(inner) if inner.over.is_some() || aggregates(e) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    visit_expressions(&function.args, looks_at_others).is_continue()
        && visit_expressions(&function.filter, looks_at_others).is_continue()
}

fn part_of_one(at: &Expr) -> Option<f64> {
    let Expr::Value(value) = at else { return None };
    let Value::Number(digits, _) = &value.value else { return None };
    digits.parse().ok().filter(|at| (0.0..=1.0).contains(at))
}

/// `f(x, q) filter (where c)` becomes `f(case when c then x end, q)`, since Polars would apply the filter to the q too. Nulls are not looked
/// at.
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

pub(super) fn unnested(tree: &Expr) -> &Expr {
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
