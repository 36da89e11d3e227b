//! What a name with a colon stands for in an expression or a query: typed literals, put into the tree.

use crate::calendar::Period;
use crate::definition::{ParamValue, Params};
use crate::metrics::MetricsError;
use sqlparser::ast::{
    DataType, Expr, TimezoneInfo, TypedString, UnaryOperator, Value, VisitMut, visit_expressions_mut,
};
use std::ops::ControlFlow;

/// What a name with a colon stands for: the period's bounds `:from`, `:to` (instants), `:first_day`, `:last_day` (civil
/// days), and the report's parameters.
pub(in crate::metrics) struct Bounds {
    named: Vec<(String, Option<Expr>)>,
}

impl Bounds {
    pub(in crate::metrics) fn of(period: &Period, params: &Params) -> Self {
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

    pub(super) fn bind<T: VisitMut>(&self, tree: &mut T, subject: &str) -> Result<(), MetricsError> {
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
