//! What SQL can say and the engine that runs the queries cannot do, each with the way around. Never tells a problem.

use super::sql_scope::folded;
use sqlparser::ast::{
    BinaryOperator, Expr, Function, GroupByExpr, JoinConstraint, JoinOperator, Query, Select, SelectItem,
    SetExpr, SetOperator, TableFactor, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowType,
    visit_expressions,
};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// Something that cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit {
    /// The word at which it stands in the SQL, in lower case.
    pub(super) word: &'static str,
    /// What it is called, after "the SQL of reports has no".
    pub(super) what: &'static str,
    /// The way around.
    pub(super) hint: &'static str,
}

const fn limit(word: &'static str, what: &'static str, hint: &'static str) -> Limit {
    Limit { word, what, hint }
}

const RECURSIVE: Limit = limit(
    "recursive",
    "steps that call themselves",
    "write one step for each level, or make a view of it in the source",
);
const EXCEPT: Limit = limit("except", "`except`", "write `where user_id not in (select user_id from ...)`");
const INTERSECT: Limit =
    limit("intersect", "`intersect`", "write `where user_id in (select user_id from ...)`");
const EXISTS: Limit =
    limit("exists", "`exists`", "write `where user_id in (select user_id from ...)`, or `not in`");
const QUALIFY: Limit = limit(
    "qualify",
    "`qualify` by columns that it does not select",
    "number the rows in a step and choose among them after it: with r as (select *, row_number() over (...) as n from tasks) \
     select * from r where n = 1",
);
const TOTALS: &str =
    "a `table` with totals = true shows groups and their total; or put two queries together with `union all`";
const ROLLUP: Limit = limit("rollup", "`rollup`", TOTALS);
const CUBE: Limit = limit("cube", "`cube`", TOTALS);
const GROUPING: Limit = limit("grouping", "`grouping sets`", TOTALS);
const WITH_TOTALS: Limit = limit("totals", "`with totals`", TOTALS);
const FRAME_HINT: &str = "there are whole groups, over (partition by x), and sums from the first row to this one, over (order by \
                          x rows between unbounded preceding and current row); a few rows back: lag(x, 1), lag(x, 2)";
const ROWS: Limit = limit("rows", "window that moves with the rows", FRAME_HINT);
const RANGE: Limit = limit("range", "window of a range of values", FRAME_HINT);
const GROUPS: Limit = limit("groups", "window of groups", FRAME_HINT);
const FILTER_OVER: Limit = limit(
    "filter",
    "`filter` together with `over`",
    "put the condition inside: sum(case when is_done then 1 else 0 end) over (...)",
);
const WITHIN: Limit =
    limit("within", "`within group`", "write median(x), or quantile_cont(x, 0.9) for another share");
const LATERAL: Limit = limit("lateral", "`lateral`", "compute it in a step of its own, and join that");
const JOIN_KIND: Limit = limit(
    "join",
    "join of this kind",
    "there are inner, left, right, full and cross joins; for rows that have no partner: left join ... where x is null",
);
const JOIN_CONDITION: Limit = limit(
    "on",
    "join on a condition that is not between columns of both sides",
    "join on equal columns, a.x = b.x and a.y = b.y, and put what else must hold into `where`, or into a step before the join",
);
/// The engine would take it for a condition on the joined rows, and lose those without a partner.
const OUTER_CONDITION: Limit = limit(
    "on",
    "outer join on more than equal columns",
    "choose the rows in a step, with s as (select * from sellers where ...), and join that on equal columns",
);
/// A query that stands for one value.
pub(super) const SCALAR: Limit = limit(
    "select",
    "query in the place of one value",
    "compute it in a step and join that: with m as (select avg(sales_amount) as mean from tasks) select ... from tasks cross join m",
);
/// A query that looks at the rows around it.
pub(super) const CORRELATED: Limit = limit(
    "select",
    "query that looks at the rows of the one around it",
    "compute it for all in a step, and join that: with t as (select user_id, count(*) as n from tasks group by user_id) select \
     ... from users join t using (user_id)",
);

/// What a query as a whole asks for in vain.
pub(super) fn of_query(query: &Query) -> Option<Limit> {
    if query.with.as_ref().is_some_and(|with| with.recursive) {
        return Some(RECURSIVE);
    }
    of_body(&query.body)
}

fn of_body(body: &SetExpr) -> Option<Limit> {
    let SetExpr::SetOperation { op, left, right, .. } = body else { return None };
    match op {
        SetOperator::Except | SetOperator::Minus => Some(EXCEPT),
        SetOperator::Intersect => Some(INTERSECT),
        SetOperator::Union => of_body(left).or_else(|| of_body(right)),
    }
}

/// What a select asks for in vain.
pub(super) fn of_select(select: &Select) -> Option<Limit> {
    if select.qualify.as_ref().is_some_and(|condition| !is_selected(select, condition)) {
        return Some(QUALIFY);
    }
    let modifiers = match &select.group_by {
        GroupByExpr::All(modifiers) | GroupByExpr::Expressions(_, modifiers) => modifiers,
    };
    if let Some(modifier) = modifiers.first() {
        let written = modifier.to_string().to_lowercase();
        let known = [ROLLUP, CUBE, GROUPING].into_iter().find(|limit| written.contains(limit.word));
        return Some(known.unwrap_or(WITH_TOTALS));
    }
    select.from.iter().flat_map(|from| &from.joins).find_map(|join| of_join(&join.join_operator))
}

/// Does a select show every column that its `qualify` names?
fn is_selected(select: &Select, condition: &Expr) -> bool {
    let mut shown = BTreeSet::new();
    for item in &select.projection {
        match item {
            SelectItem::UnnamedExpr(Expr::Identifier(name)) => shown.insert(folded(name)),
            SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => {
                parts.last().is_some_and(|name| shown.insert(folded(name)))
            }
            SelectItem::ExprWithAlias { alias, .. } => shown.insert(folded(alias)),
            SelectItem::UnnamedExpr(_) => false,
            _ => return true,
        };
    }
    let unseen = visit_expressions(condition, |expr| {
        let name = match expr {
            Expr::Identifier(name) => Some(name),
            Expr::CompoundIdentifier(parts) => parts.last(),
            _ => None,
        };
        match name {
            Some(name) if !shown.contains(&folded(name)) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    });
    unseen.is_continue()
}

fn of_join(join: &JoinOperator) -> Option<Limit> {
    match join {
        JoinOperator::Join(JoinConstraint::On(condition))
        | JoinOperator::Inner(JoinConstraint::On(condition)) => {
            (!of_columns(condition, false)).then_some(JOIN_CONDITION)
        }
        JoinOperator::Left(JoinConstraint::On(condition))
        | JoinOperator::LeftOuter(JoinConstraint::On(condition))
        | JoinOperator::Right(JoinConstraint::On(condition))
        | JoinOperator::RightOuter(JoinConstraint::On(condition))
        | JoinOperator::FullOuter(JoinConstraint::On(condition)) => {
            (!of_columns(condition, true)).then_some(OUTER_CONDITION)
        }
        JoinOperator::Join(_)
        | JoinOperator::Inner(_)
        | JoinOperator::Left(_)
        | JoinOperator::LeftOuter(_)
        | JoinOperator::Right(_)
        | JoinOperator::RightOuter(_)
        | JoinOperator::FullOuter(_) => None,
        JoinOperator::CrossJoin(JoinConstraint::None) => None,
        _ => Some(JOIN_KIND),
    }
}

/// Comparisons of columns or expressions, any number of them; or only equal ones.
fn of_columns(condition: &Expr, only_equal: bool) -> bool {
    let is_value = |side: &Expr| matches!(side, Expr::Value(_) | Expr::TypedString(_));
    let Expr::BinaryOp { left, op, right } = condition else {
        return matches!(condition, Expr::Nested(inner) if of_columns(inner, only_equal));
    };
    match op {
        BinaryOperator::And => of_columns(left, only_equal) && of_columns(right, only_equal),
        BinaryOperator::Eq => !is_value(left) && !is_value(right),
        BinaryOperator::Lt
        | BinaryOperator::LtEq
        | BinaryOperator::Gt
        | BinaryOperator::GtEq
        | BinaryOperator::NotEq => !only_equal && !is_value(left) && !is_value(right),
        _ => false,
    }
}

/// What a table of a `from` asks for in vain.
pub(super) fn of_table(factor: &TableFactor) -> Option<Limit> {
    matches!(factor, TableFactor::Derived { lateral: true, .. }).then_some(LATERAL)
}

/// What an expression asks for in vain.
pub(super) fn of_expression(expr: &Expr) -> Option<Limit> {
    match expr {
        Expr::Exists { .. } => Some(EXISTS),
        Expr::Rollup(_) => Some(ROLLUP),
        Expr::Cube(_) => Some(CUBE),
        Expr::GroupingSets(_) => Some(GROUPING),
        Expr::Function(function) => of_function(function),
        _ => None,
    }
}

fn of_function(function: &Function) -> Option<Limit> {
    if !function.within_group.is_empty() {
        return Some(WITHIN);
    }
    let over = function.over.as_ref()?;
    if function.filter.is_some() {
        return Some(FILTER_OVER);
    }
    match over {
        WindowType::WindowSpec(spec) => spec.window_frame.as_ref().and_then(of_frame),
        WindowType::NamedWindow(_) => None,
    }
}

fn of_frame(frame: &WindowFrame) -> Option<Limit> {
    let to_here = matches!(
        (&frame.start_bound, &frame.end_bound),
        (WindowFrameBound::Preceding(None), None | Some(WindowFrameBound::CurrentRow))
    );
    match frame.units {
        WindowFrameUnits::Rows => (!to_here).then_some(ROWS),
        WindowFrameUnits::Range => Some(RANGE),
        WindowFrameUnits::Groups => Some(GROUPS),
    }
}

/// Functions of other engines, and what does the same here.
const ELSEWHERE: [(&[&str], &str); 14] = [
    (&["date_trunc", "datetrunc", "date_bin", "time_bucket"], "use the columns `day`, `week` and `month`"),
    (
        &[
            "year",
            "month",
            "quarter",
            "week",
            "day",
            "dayofweek",
            "weekday",
            "hour",
            "minute",
            "dayofyear",
            "datepart",
        ],
        "write date_part('year', x), or use the columns `day`, `week` and `month`",
    ),
    (
        &[
            "percentile_cont",
            "percentile_disc",
            "percentile",
            "approx_percentile",
            "quantile",
            "approx_quantile",
        ],
        "write median(x), or quantile_cont(x, 0.9) for another share",
    ),
    (
        &["datediff", "date_diff", "timestampdiff", "age", "julianday"],
        "subtract one from the other, completed_at - scheduled_at; or use the column `hours_to_complete`",
    ),
    (
        &["dateadd", "date_add", "date_sub", "timestampadd"],
        "add an interval: scheduled_at + interval '1 day'",
    ),
    (
        &["to_char", "date_format", "format_date", "format", "to_date", "str_to_date", "to_timestamp"],
        "write strftime(x, '%Y-%m') for a text of an instant, strptime(text, '%Y-%m-%d') for the reverse",
    ),
    (&["nvl", "isnull", "zeroifnull"], "write coalesce(x, 0)"),
    (&["iif", "decode"], "write case when ... then ... else ... end"),
    (&["countif", "count_if", "sumif", "sum_if"], "write count(*) filter (where is_done)"),
    (&["len"], "write length(x)"),
    (&["instr", "charindex", "locate"], "write strpos(text, part)"),
    (&["substring_index"], "write split_part(text, '-', 1)"),
    (
        &["regexp_replace", "regexp_extract", "regexp_substr", "regexp_matches"],
        "there is regexp_like(text, pattern), replace and split_part",
    ),
    (
        &["ntile", "percent_rank", "cume_dist", "nth_value"],
        "there are row_number, rank, dense_rank, lag, lead, first_value and last_value",
    ),
];

/// What to write instead of a function of another engine.
pub(super) fn instead_of(function: &str) -> Option<&'static str> {
    ELSEWHERE.iter().find(|(names, _)| names.contains(&function)).map(|(_, hint)| *hint)
}
