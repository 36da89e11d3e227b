//! What a query's parts are called: its tables, their columns, the names that it gives itself. Never tells a problem.

use super::frames::{Columns, Frames, union, with};
use crate::definition::FrameName;
use sqlparser::ast::{
    Expr, Ident, ObjectName, Query, Select, SelectItem, SetExpr, TableAlias, TableFactor, TableWithJoins,
    WildcardAdditionalOptions,
};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Tables by name, as far as a place of the SQL can see them.
pub(super) type Tables = BTreeMap<String, Columns>;

/// What the parts of one query can name.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// Of its `with`.
    pub(super) steps: Tables,
    /// Of its `from`, by alias where there is one.
    pub(super) tables: Tables,
    /// Given in its select lists.
    pub(super) aliases: BTreeSet<String>,
}

/// A name as it is compared: without quotes it is in lower case.
pub(super) fn folded(name: &Ident) -> String {
    if name.quote_style.is_none() { name.value.to_lowercase() } else { name.value.clone() }
}

/// The frame of this name.
pub(super) fn frame(name: &str) -> Option<FrameName> {
    FrameName::ALL.into_iter().find(|frame| frame.as_str().eq_ignore_ascii_case(name))
}

/// The one word that a table is named with.
pub(super) fn plain_name(name: &ObjectName) -> Option<&Ident> {
    match name.0.as_slice() {
        [part] => part.as_ident(),
        _ => None,
    }
}

impl Scope {
    /// Of a query, with the `with` steps around it.
    pub(super) fn of(query: &Query, around: &Tables, frames: &Frames) -> Self {
        let mut visible = around.clone();
        let steps = steps(query, &mut visible, frames);
        let mut scope = Self { steps, ..Self::default() };
        scope.gather(&query.body, &visible, frames);
        scope
    }

    /// Every branch of a union: a name of one is not held against another.
    fn gather(&mut self, body: &SetExpr, visible: &Tables, frames: &Frames) {
        match body {
            SetExpr::Select(select) => {
                for (name, columns) in tables_of(select, visible, frames) {
                    let known = self.tables.remove(&name);
                    let both = known.map_or(columns.clone(), |known| union(known, columns));
                    self.tables.insert(name, both);
                }
                for item in &select.projection {
                    match item {
                        SelectItem::ExprWithAlias { alias, .. } => {
                            self.aliases.insert(folded(alias));
                        }
                        SelectItem::ExprWithAliases { aliases, .. } => {
                            self.aliases.extend(aliases.iter().map(folded));
                        }
                        SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options)
                            if renames(options) =>
                        {
                            self.tables.insert(String::new(), None);
                        }
                        _ => {}
                    }
                }
            }
            SetExpr::SetOperation { left, right, .. } => {
                self.gather(left, visible, frames);
                self.gather(right, visible, frames);
            }
            SetExpr::Query(query) => {
                let inner = Self::of(query, visible, frames);
                self.tables.extend(inner.tables);
                self.aliases.extend(inner.aliases);
            }
            _ => {
                self.tables.insert(String::new(), None);
            }
        }
    }
}

/// Does a `*` give names of its own?
fn renames(options: &WildcardAdditionalOptions) -> bool {
    options.opt_rename.is_some() || options.opt_replace.is_some() || options.opt_alias.is_some()
}

/// The steps of a query's `with`, which see those before them; one that may call itself can be anything.
fn steps(query: &Query, visible: &mut Tables, frames: &Frames) -> Tables {
    let mut steps = Tables::new();
    for step in query.with.iter().flat_map(|with| &with.cte_tables) {
        let recursive = query.with.as_ref().is_some_and(|with| with.recursive);
        let columns = if recursive { None } else { selected(&step.query, visible, frames) };
        let columns = renamed(&step.alias, columns);
        visible.insert(folded(&step.alias.name), columns.clone());
        steps.insert(folded(&step.alias.name), columns);
    }
    steps
}

/// The names of the columns that a query gives, as far as they are written; its tables may hold anything.
pub(super) fn selected_names(query: &Query) -> Columns {
    selected(query, &Tables::new(), &Frames::unknown())
}

fn selected(query: &Query, around: &Tables, frames: &Frames) -> Columns {
    let mut visible = around.clone();
    steps(query, &mut visible, frames);
    selected_by(&query.body, &visible, frames)
}

fn selected_by(body: &SetExpr, visible: &Tables, frames: &Frames) -> Columns {
    match body {
        SetExpr::Select(select) => {
            let mut names = BTreeSet::new();
            for item in &select.projection {
                match item {
                    SelectItem::UnnamedExpr(Expr::Identifier(name)) => {
                        names.insert(folded(name));
                    }
                    SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => {
                        names.extend(parts.last().map(folded));
                    }
                    SelectItem::ExprWithAlias { alias, .. } => {
                        names.insert(folded(alias));
                    }
                    SelectItem::Wildcard(options) if !renames(options) => {
                        let tables = tables_of(select, visible, frames).into_iter();
                        let all = tables.map(|(_, columns)| columns).fold(Some(Rc::default()), union)?;
                        names.extend(all.iter().cloned());
                    }
                    // What the engine calls an expression without a name is its own affair.
                    _ => return None,
                }
            }
            Some(Rc::new(names))
        }
        SetExpr::SetOperation { left, .. } => selected_by(left, visible, frames),
        SetExpr::Query(query) => selected(query, visible, frames),
        _ => None,
    }
}

fn tables_of(select: &Select, visible: &Tables, frames: &Frames) -> Vec<(String, Columns)> {
    let mut tables = Vec::new();
    for from in &select.from {
        joined(from, visible, frames, &mut tables);
    }
    tables
}

fn joined(from: &TableWithJoins, visible: &Tables, frames: &Frames, tables: &mut Vec<(String, Columns)>) {
    let factors = std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation));
    for factor in factors {
        let (name, columns, alias) = match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let name = plain_name(name).map(folded).unwrap_or_default();
                let columns = match (visible.get(&name), frame(&name)) {
                    (Some(columns), _) => columns.clone(),
                    (None, Some(frame)) => frames.of_frame(frame),
                    // That there is no such table is a problem of its own.
                    (None, None) => None,
                };
                (name, columns, alias)
            }
            TableFactor::Derived { subquery, alias, .. } => {
                (String::new(), selected(subquery, visible, frames), alias)
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                joined(table_with_joins, visible, frames, tables);
                continue;
            }
            _ => {
                tables.push((String::new(), None));
                continue;
            }
        };
        match alias {
            Some(alias) => tables.push((folded(&alias.name), renamed(alias, columns))),
            None => tables.push((name, columns)),
        }
    }
}

/// `t (a, b)` calls the first columns `a` and `b`.
fn renamed(alias: &TableAlias, columns: Columns) -> Columns {
    with(columns, alias.columns.iter().map(|column| folded(&column.name)))
}
