//! A condition taken apart: what is joined by `and`, and which column has to have which one value.

use super::aggregates::unnested;
use super::{Bounds, Expression, MetricsError};
use sqlparser::ast::{BinaryOperator, Expr, Value};

impl Expression {
    /// The conditions of which all must hold.
    pub(in crate::metrics) fn conditions(&self) -> Vec<Self> {
        all_of(&self.tree).into_iter().map(|tree| Self { tree: tree.clone() }).collect()
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

/// What is joined by `and`, each by itself.
pub(super) fn all_of(tree: &Expr) -> Vec<&Expr> {
    match unnested(tree) {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            let mut all = all_of(left);
            all.extend(all_of(right));
            all
        }
        other => vec![other],
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
