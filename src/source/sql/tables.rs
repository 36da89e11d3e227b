//! The tables of a database, and which of them a name in a definition means. Never: what is in them.

use crate::source::select::Dialect;

/// A table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source) struct Table {
    /// The schema (of MySQL the database) that it is in; `None`: there is no such thing.
    pub(in crate::source) schema: Option<String>,
    pub(in crate::source) name: String,
    /// It is found without its schema's name.
    pub(in crate::source) is_near: bool,
}

impl Table {
    /// One of a file, which has no schemas.
    pub(in crate::source) fn of_file(name: String) -> Self {
        Self { schema: None, name, is_near: true }
    }

    /// As a definition names it.
    pub(in crate::source) fn shown(&self) -> String {
        match &self.schema {
            Some(schema) if !self.is_near => format!("{schema}.{}", self.name),
            _ => self.name.clone(),
        }
    }

    /// As it stands in SQL.
    pub(in crate::source) fn sql(&self, dialect: &(impl Dialect + ?Sized)) -> String {
        let name = dialect.quoted(&self.name);
        match &self.schema {
            Some(schema) if !self.is_near => format!("{}.{name}", dialect.quoted(schema)),
            _ => name,
        }
    }

    /// Is it called so, whole or with its schema's name before it?
    fn is_called(&self, named: &str, is_same: impl Fn(&str, &str) -> bool) -> bool {
        let with_schema = || self.schema.as_ref().map(|schema| format!("{schema}.{}", self.name));
        self.is_near && is_same(&self.name, named) || with_schema().is_some_and(|name| is_same(&name, named))
    }

    /// Is that how SQL may write it, with quotes around the parts that need them?
    fn is_quoted_as(&self, named: &str, dialect: &(impl Dialect + ?Sized)) -> bool {
        let Some(schema) = &self.schema else { return false };
        let (quoted, name) = (dialect.quoted(schema), dialect.quoted(&self.name));
        let with_schema =
            [format!("{quoted}.{name}"), format!("{quoted}.{}", self.name), format!("{schema}.{name}")];
        self.is_near && name == named || with_schema.iter().any(|it| it == named)
    }
}

/// The table that is meant by a name. A dot may belong to the name of a table or stand behind that of a schema, so that a name is
/// taken whole first, of a table that is found without its schema; quotes say it in any case.
pub(in crate::source) fn meant<'t>(
    dialect: &(impl Dialect + ?Sized),
    tables: &'t [Table],
    named: &str,
) -> Option<&'t Table> {
    let near_first = |is: &dyn Fn(&Table) -> bool| {
        let by_place = |near: bool| tables.iter().find(|table| table.is_near == near && is(table));
        by_place(true).or_else(|| by_place(false))
    };
    let whole = tables.iter().find(|table| table.is_near && table.name == named);
    whole
        .or_else(|| near_first(&|table| table.is_called(named, |one, other| one == other)))
        .or_else(|| near_first(&|table| table.is_quoted_as(named, dialect)))
        .or_else(|| near_first(&|table| table.is_called(named, str::eq_ignore_ascii_case)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::select::Bound;

    struct Plain;

    impl Dialect for Plain {
        fn quoted(&self, name: &str) -> String {
            format!("\"{}\"", name.replace('"', "\"\""))
        }
        fn place_of(&self, number: usize, _value: &Bound) -> String {
            format!("?{number}")
        }
        fn bytewise(&self, sql: &str) -> String {
            sql.to_owned()
        }
    }

    #[test]
    fn a_name_with_a_dot_is_taken_whole_first_and_quotes_say_which_part_is_what() {
        let table = |schema: &str, name: &str, is_near| Table {
            schema: Some(schema.to_owned()),
            name: name.to_owned(),
            is_near,
        };
        let tables = [
            table("public", "tareas", true),
            table("public", "Tareas", true),
            table("public", "ventas.tareas", true),
            table("ventas", "tareas", false),
            table("ventas", "otras", false),
            table("a.b", "c", false),
            table("a", "b.c", false),
            table("it\"s", "x", false),
        ];
        let meant = |named: &str| meant(&Plain, &tables, named).map(|table| table.sql(&Plain));
        let is = |named: &str, sql: &str| assert_eq!(meant(named).as_deref(), Some(sql), "{named}");
        is("tareas", "\"tareas\"");
        is("Tareas", "\"Tareas\"");
        is("TAREAS", "\"tareas\"");
        is("public.tareas", "\"tareas\"");
        is("ventas.tareas", "\"ventas.tareas\"");
        is("\"ventas.tareas\"", "\"ventas.tareas\"");
        is("\"ventas\".\"tareas\"", "\"ventas\".\"tareas\"");
        is("ventas.\"tareas\"", "\"ventas\".\"tareas\"");
        is("ventas.otras", "\"ventas\".\"otras\"");
        is("VENTAS.otras", "\"ventas\".\"otras\"");
        is("\"a.b\".c", "\"a.b\".\"c\"");
        is("a.\"b.c\"", "\"a\".\"b.c\"");
        is("\"it\"\"s\".x", "\"it\"\"s\".\"x\"");
        assert_eq!(meant("otras"), None);
        assert_eq!(meant("nada.tareas"), None);
    }
}
