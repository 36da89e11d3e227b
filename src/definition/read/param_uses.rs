//! Where a report names its parameters: `:team` in SQL and in the metrics it shows, `{{ params.team }}` in texts. Never
//! how they are declared.

use super::civil::part_of;
use super::file::Known;
use super::literal::offset_of;
use super::metric::is_column_name;
use super::params::BOUNDS;
use super::problems::{Place, Read, Reported};
use super::table::{Page, Spot, Table};
use super::{template, words};
use crate::definition::{ParamType, Params};
use crate::suggest;
use sqlparser::ast::{Expr, Statement, Value, Visit, visit_expressions};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// The parameters that a report names somewhere.
pub(super) type Used = BTreeSet<String>;

/// Checks every place of a report that may name a parameter. Other faults of these places are told by who reads them.
pub(super) fn check(report: &Table<'_>, params: &Params, known: &Known<'_>) -> Read<Used> {
    let id = report.string("id").ok().flatten().map_or_else(|| report.name().to_owned(), |id| id.value);
    let mut uses = Uses { report: &id, params, known, used: BTreeSet::new(), fault: None };
    if let Ok(Some(spot)) = report.string("where") {
        uses.sql(report.page(), &spot, names_of_expression(&spot.value));
    }
    for key in ["title", "subtitle"] {
        uses.text(report, key);
    }
    for section in report.tables("section", "[[report.section]]", &[]).unwrap_or_default() {
        section.leave_everything_unjudged();
        uses.section(&section);
    }
    for deliver in report.tables("deliver", "[[report.deliver]]", &[]).unwrap_or_default() {
        deliver.leave_everything_unjudged();
        uses.text(&deliver, "subject");
    }
    uses.fault.map_or(Ok(uses.used), Err)
}

/// Warns of parameters that a run may be given and that change nothing. Only for a report without other faults: where a
/// part of it could not be read, that part may name them.
pub(super) fn warn_of_unused(report: &Table<'_>, used: &Used) {
    let Ok(Some(params)) = report.table("params", "params", "", &[]) else { return };
    for (name, _) in params.named_values() {
        let written = &name.value;
        if used.contains(written) || report.page().lost_mentions(written) {
            continue;
        }
        let what = format!("nothing in this report uses the parameter `{written}`");
        let hint =
            format!("name it, :{written} in SQL or {{{{ params.{written} }}}} in a text, or delete it");
        params.problems().warn("unused-param", &name.place, what, "not used", hint);
    }
}

struct Uses<'a> {
    report: &'a str,
    params: &'a Params,
    known: &'a Known<'a>,
    used: Used,
    fault: Option<Reported>,
}

impl Uses<'_> {
    fn section(&mut self, section: &Table<'_>) {
        if let Ok(Some(spot)) = section.string("sql") {
            self.sql(section.page(), &spot, names_of_query(&spot.value));
        }
        if let Ok(Some(inner)) = section.table("detail", "detail", "", &[]) {
            inner.leave_everything_unjudged();
            if let Ok(Some(spot)) = inner.string("where") {
                self.sql(inner.page(), &spot, names_of_expression(&spot.value));
            }
        }
        self.text(section, "text");
        if !section.holds_a_table("kpis") {
            self.metrics(section, "kpis");
        }
        for key in ["kpis", "table", "chart"] {
            if !section.holds_a_table(key) {
                continue;
            }
            if let Ok(Some(inner)) = section.table(key, key, "", &[]) {
                inner.leave_everything_unjudged();
                self.metrics(&inner, "metrics");
                if let Ok(Some(spot)) = inner.string("having") {
                    self.sql(inner.page(), &spot, names_of_expression(&spot.value));
                }
            }
        }
    }

    fn declares(&mut self, name: &str) -> bool {
        let declared = self.params.declared().iter().any(|param| param.name == name);
        if declared {
            self.used.insert(name.to_owned());
        }
        declared
    }

    fn is_text(&self, name: &str) -> bool {
        self.params.declared().iter().any(|param| param.name == name && param.kind == ParamType::Text)
    }

    /// What to write instead of a name that nothing has.
    fn hint(&self, name: &str) -> String {
        let names = self.params.declared().iter().map(|param| param.name.as_str());
        match suggest::closest(name, names) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("write params = {{ {} = ... }} in the report", plain(name)),
        }
    }

    /// `:team` in a query or condition.
    fn sql(&mut self, page: &Page<'_>, spot: &Spot<String>, names: BTreeSet<String>) {
        for written in names {
            let name = written.strip_prefix(':').unwrap_or(&written).to_lowercase();
            let bound = written.starts_with(':') && BOUNDS.contains(&name.as_str());
            if bound || (written.starts_with(':') && self.declares(&name)) {
                continue;
            }
            let all = BOUNDS.into_iter().chain(self.params.declared().iter().map(|p| p.name.as_str()));
            let all: Vec<String> = all.map(|name| format!(":{name}")).collect();
            let hint = match suggest::closest(&written, all.iter().map(String::as_str)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if written.starts_with(':') => self.hint(&name),
                None => suggest::one_of(all.iter().map(String::as_str)),
            };
            let what = format!("`{written}` is no parameter of report `{}`", self.report);
            let part = placeholder_in(&spot.value, &written).unwrap_or(0..spot.value.len());
            let place = part_of(page, spot, part);
            let label = "stands for nothing";
            self.fault = Some(page.problems.add("unknown-param", &place, what, label, hint));
        }
    }

    /// Metrics in a list: those that are computed with a parameter need it.
    fn metrics(&mut self, table: &Table<'_>, key: &'static str) {
        if !self.known.has_placeholders() {
            return;
        }
        let Ok(Some(list)) = table.strings(key) else { return };
        for spot in list.value {
            self.metric(table.page(), &spot.value, &spot.place);
        }
    }

    fn metric(&mut self, page: &Page<'_>, id: &str, place: &Place) {
        for written in self.known.placeholders(id).into_iter().flatten() {
            let name = written.strip_prefix(':').unwrap_or(written).to_lowercase();
            if written.starts_with(':') && (BOUNDS.contains(&name.as_str()) || self.declares(&name)) {
                continue;
            }
            let what = format!(
                "the metric `{id}` is computed with `{written}`, and report `{}` has no such parameter",
                self.report
            );
            let hint = if written.starts_with(':') {
                self.hint(&name)
            } else {
                "write a parameter as :name in the metric's `expr`".to_owned()
            };
            self.fault = Some(page.problems.add("unknown-param", place, what, "needs a parameter", hint));
        }
    }

    /// `{{ params.team }}`, and metrics that need parameters.
    fn text(&mut self, table: &Table<'_>, key: &'static str) {
        let Ok(Some(text)) = words::text(table, key) else { return };
        for version in text.versions().filter(|version| template::has_parts(&version.value)) {
            let Ok(template) = self.known.environment.template_from_str(&version.value) else { continue };
            for path in template.undeclared_variables(true) {
                let mut parts = path.split('.');
                let first = parts.next().unwrap_or_default();
                if first == "params" {
                    self.path(table.page(), version, &path, parts.next(), parts.next());
                } else {
                    let place = version.place.clone();
                    self.metric(table.page(), first, &place);
                }
            }
        }
    }

    fn path(
        &mut self,
        page: &Page<'_>,
        version: &Spot<String>,
        path: &str,
        name: Option<&str>,
        part: Option<&str>,
    ) {
        let start = version.value.find(path).unwrap_or(0);
        let place = part_of(page, version, start..start + path.len().min(version.value.len() - start));
        let (what, hint) = match (name, part) {
            (None, _) => ("`params` alone has no value".to_owned(), "name one: {{ params.team }}".to_owned()),
            (Some(name), _) if !self.declares(name) => {
                (format!("`{name}` is no parameter of report `{}`", self.report), self.hint(name))
            }
            (Some(_), None) => return,
            (Some(name), Some("value")) if !self.is_text(name) => return,
            (Some(name), Some(part)) => {
                let hint = if self.is_text(name) {
                    format!("write params.{name}, to show it and to compare it")
                } else {
                    format!("write params.{name} to show it, params.{name}.value to compare it")
                };
                (format!("a parameter has no `{part}`"), hint)
            }
        };
        self.fault = Some(page.problems.add("unknown-param", &place, what, "nothing to put here", hint));
    }
}

/// A name as a key of TOML can be shown.
fn plain(name: &str) -> &str {
    if is_column_name(name) { name } else { "name" }
}

/// What stands for a value in an expression: `:team`. Empty where it does not parse: that is told elsewhere.
pub(super) fn names_of_expression(sql: &str) -> BTreeSet<String> {
    // Most expressions name none.
    if !sql.contains([':', '@', '$', '?']) {
        return BTreeSet::new();
    }
    let parsed = || Parser::new(&GenericDialect {}).try_with_sql(sql)?.parse_expr();
    parsed().map(|tree: Expr| names_in(&tree)).unwrap_or_default()
}

fn names_of_query(sql: &str) -> BTreeSet<String> {
    let parsed = Parser::parse_sql(&GenericDialect {}, sql);
    parsed.map(|statements: Vec<Statement>| names_in(&statements)).unwrap_or_default()
}

fn names_in<T: Visit>(tree: &T) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let _: ControlFlow<()> = visit_expressions(tree, |e| {
        if let Expr::Value(value) = e
            && let Value::Placeholder(name) = &value.value
        {
            names.insert(name.clone());
        }
        ControlFlow::Continue(())
    });
    names
}

/// Where `:team` first stands in the text, outside of quotes and comments.
fn placeholder_in(sql: &str, written: &str) -> Option<Place> {
    let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize_with_location().ok()?;
    let at = |token: &sqlparser::tokenizer::TokenWithSpan| {
        let number = |number: u64| usize::try_from(number).unwrap_or(1);
        offset_of(sql, number(token.span.start.line), number(token.span.start.column))
    };
    tokens.iter().enumerate().find_map(|(index, token)| {
        let whole = match (&token.token, tokens.get(index + 1).map(|next| &next.token)) {
            (Token::Placeholder(name), _) => name.clone(),
            (Token::Colon | Token::AtSign, Some(Token::Word(word))) => {
                format!("{}{}", token.token, word.value)
            }
            _ => return None,
        };
        let start = at(token);
        (whole == written && sql[start..].starts_with(written)).then(|| start..start + written.len())
    })
}
