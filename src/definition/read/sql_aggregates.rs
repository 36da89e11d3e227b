//! Aggregates and queries inside of an expression: where the first one stands, and what stands outside of all. Never says what is wrong.

use super::sql_scope::plain_name;
use crate::definition::AGGREGATES;
use sqlparser::ast::{Expr, Function, Ident, Query, Visitor};
use sqlparser::tokenizer::Span;
use std::ops::ControlFlow;

/// Is it a function that makes one value of many rows?
pub(super) fn is_aggregate(function: &Function) -> bool {
    let name = plain_name(&function.name).map(|name| name.value.to_lowercase());
    function.over.is_none() && name.is_some_and(|name| AGGREGATES.contains(&name.as_str()))
}

/// Finds an aggregate of the rows at hand; a query inside has rows of its own.
#[derive(Default)]
pub(super) struct FirstAggregate {
    inside: usize,
}

impl Visitor for FirstAggregate {
    type Break = Box<Ident>;
    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<Box<Ident>> {
        self.inside += 1;
        ControlFlow::Continue(())
    }
    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<Box<Ident>> {
        self.inside = self.inside.saturating_sub(1);
        ControlFlow::Continue(())
    }
    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Box<Ident>> {
        match expr {
            Expr::Function(function) if self.inside == 0 && is_aggregate(function) => {
                match plain_name(&function.name) {
                    Some(name) => ControlFlow::Break(Box::new(name.clone())),
                    None => ControlFlow::Continue(()),
                }
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

/// Finds a query.
pub(super) struct FirstQuery;

impl Visitor for FirstQuery {
    type Break = Span;
    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Span> {
        ControlFlow::Break(place_of(query))
    }
}

/// The word `select` of a query.
pub(super) fn place_of(query: &Query) -> Span {
    query.body.as_select().map_or_else(Span::empty, |select| select.select_token.0.span)
}

/// Finds a column that stands outside of every aggregate: it has another value in each row.
#[derive(Default)]
pub(super) struct OutsideAggregates {
    depth: usize,
}

impl OutsideAggregates {
    fn is_one(expr: &Expr) -> bool {
        matches!(expr, Expr::Function(function) if is_aggregate(function))
    }
}

impl Visitor for OutsideAggregates {
    type Break = Box<Ident>;
    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Box<Ident>> {
        match expr {
            one if Self::is_one(one) => self.depth += 1,
            Expr::Identifier(name) if self.depth == 0 => return ControlFlow::Break(Box::new(name.clone())),
            Expr::CompoundIdentifier(parts) if self.depth == 0 => {
                if let Some(name) = parts.last() {
                    return ControlFlow::Break(Box::new(name.clone()));
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
    fn post_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Box<Ident>> {
        if Self::is_one(expr) {
            self.depth = self.depth.saturating_sub(1);
        }
        ControlFlow::Continue(())
    }
}
