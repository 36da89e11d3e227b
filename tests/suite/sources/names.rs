//! Names of tables with dots, and tables of the same name in several schemas: which one is read.

use super::types::{shown, tasks};
use crate::support::{DatabaseServer, MariaDb, database};

/// A table with one task, of this name.
fn one(table: &str, task: &str) -> String {
    format!(
        "create table {table} (task_id varchar(20), status varchar(20), scheduled_at varchar(40)); \
         insert into {table} values ('{task}', 'completed', '2026-03-02T14:00:00Z');\n"
    )
}

/// The task that is found in a table that the definition names so (as TOML writes it).
fn found(url: &str, table: &str) -> String {
    shown(&tasks(url, &format!("table = {table}")), "task_id").join(", ")
}

#[test]
fn postgresql_takes_a_name_whole_first_then_as_that_of_a_schema_and_quotes_decide() {
    let server = DatabaseServer::start();
    server.create("nombres");
    let script = [
        "set role parte; create schema ventas; create schema \"a.b\"; create schema a;\n".to_owned(),
        one("\"ventas.tareas\"", "whole"),
        one("ventas.tareas", "in a schema"),
        one("ventas.\"Otras\"", "with a capital"),
        one("\"a.b\".c", "of a.b"),
        one("a.\"b.c\"", "of a"),
        one("public.plain", "plain"),
    ]
    .concat();
    database::execute(server.port.number(), "nombres", &script);
    let url = format!("postgres://parte@127.0.0.1:{}/nombres", server.port);
    for (table, task) in [
        ("\"ventas.tareas\"", "whole"),
        ("'\"ventas.tareas\"'", "whole"),
        ("'\"ventas\".\"tareas\"'", "in a schema"),
        ("'ventas.\"tareas\"'", "in a schema"),
        ("\"ventas.Otras\"", "with a capital"),
        ("\"ventas.otras\"", "with a capital"),
        ("'\"a.b\".c'", "of a.b"),
        ("'a.\"b.c\"'", "of a"),
        ("\"plain\"", "plain"),
        ("\"public.plain\"", "plain"),
    ] {
        assert_eq!(found(&url, table), task, "{table}");
    }
    database::execute(server.port.number(), "nombres", "drop table \"ventas.tareas\"");
    assert_eq!(found(&url, "\"ventas.tareas\""), "in a schema", "where there is none of the whole name");
}

#[test]
fn mariadb_takes_a_name_whole_first_then_as_that_of_a_database_and_quotes_decide() {
    let server = MariaDb::start();
    server.execute(
        "",
        "create user abierto@'127.0.0.1'; grant select on *.* to abierto@'127.0.0.1'; create database otra;",
    );
    let script =
        [one("`otra.tareas`", "whole"), one("otra.tareas", "in a database"), one("`plain`", "plain")];
    server.execute("ventas", &script.concat());
    let url = format!("mysql://abierto@127.0.0.1:{}/ventas", server.port);
    for (table, task) in [
        ("\"otra.tareas\"", "whole"),
        ("\"`otra.tareas`\"", "whole"),
        ("\"`otra`.`tareas`\"", "in a database"),
        ("\"otra.`tareas`\"", "in a database"),
        ("\"plain\"", "plain"),
        ("\"ventas.plain\"", "plain"),
    ] {
        assert_eq!(found(&url, table), task, "{table}");
    }
    server.execute("ventas", "drop table `otra.tareas`");
    assert_eq!(found(&url, "\"otra.tareas\""), "in a database", "where there is none of the whole name");
}
