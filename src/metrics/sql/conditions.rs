//! A condition taken apart: what is joined by `and`, and which column has to have which one value.

use super::aggregates::unnested;
use super::{Bounds, Expression, MetricsError};
use sqlparser::ast::{BinaryOperator, Expr, Value};

impl Expression {
    /// The conditions of which all must hold.
    pub(in crate::metrics) fn conditions(&self) -> Vec<Self> {
        fn of(tree: &Expr, found: &mut Vec<Expression>) {
            match unnested(tree) {
                Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                    of(left, found);
                    of(right, found);
                }
                other => found.push(Expression { tree: other.clone() }),
            }
        }
        let mut found = Vec::new();
        of(&self.tree, &mut found);
        found
    }

    /// The column that has to have one value and no other, and that value as text.
    ///
    /// # Errors
    /// A parameter without a value.
    pub(in crate::metrics) fn equality(
        &self,
        bounds: &Bounds,
        subject: &str,
    ) -> Result<Option<(String, String)>, MetricsError> {
        let mut tree = self.tree.clone();
        bounds.bind(&mut tree, subject)?;
        Ok(match unnested(&tree) {
            Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
                pair(left, right).or_else(|| pair(right, left))
            }
            Expr::InList { expr, list, negated: false } => match list.as_slice() {
                [one] => pair(expr, one),
                _ => None,
            },
            _ => None,
        })
    }
}

fn pair(column: &Expr, value: &Expr) -> Option<(String, String)> {
    let Expr::Identifier(column) = unnested(column) else { return None };
    let Expr::Value(value) = unnested(value) else { return None };
    match &value.value {
        Value::SingleQuotedString(text) => Some((column.value.clone(), text.clone())),
        Value::Number(digits, _) => Some((column.value.clone(), digits.clone())),
        _ => None,
    }
}
