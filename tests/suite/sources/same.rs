//! The same data from different kinds of sources: the same report, byte by byte.

use super::Demo;
use crate::support::{DatabaseServer, MariaDb, database};

/// Says which file differs, and where.
pub(super) fn assert_same(of: &str, theirs: &[(String, Vec<u8>)], ours: &[(String, Vec<u8>)]) {
    let names = |all: &[(String, Vec<u8>)]| all.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(theirs), names(ours), "{of}");
    for ((name, one), (_, other)) in theirs.iter().zip(ours) {
        if one != other {
            let at = one.iter().zip(other).take_while(|(a, b)| a == b).count();
            let near = |bytes: &[u8]| {
                String::from_utf8_lossy(&bytes[at.saturating_sub(120)..(at + 120).min(bytes.len())])
                    .into_owned()
            };
            panic!("{of}: {name} differs at byte {at}:\n{}\n--- and not\n{}", near(other), near(one));
        }
    }
}

#[test]
fn the_shipped_reports_are_the_same_from_sqlite_postgresql_and_mariadb() {
    let demo = Demo::new();
    let expected = demo.reports("file", "[sources.demo]\nurl = \"sqlite:demo.db\"\n");
    assert!(expected.len() > 6, "{}", expected.len());
    let postgres = DatabaseServer::start();
    let mariadb = MariaDb::start();
    for how in ["typed", "text"] {
        postgres.create(&format!("ventas_{how}"));
        let script = format!("set role parte;\n{}", demo.sql("postgres", how));
        database::execute(postgres.port.number(), &format!("ventas_{how}"), &script);
        let url = format!("postgres://parte@127.0.0.1:{}/ventas_{how}", postgres.port);
        let ours = demo.reports(&format!("postgres-{how}"), &format!("[sources.demo]\nurl = \"{url}\"\n"));
        assert_same(&format!("PostgreSQL, {how}"), &expected, &ours);

        mariadb.execute("", "drop database ventas; create database ventas character set utf8mb4");
        mariadb.execute("ventas", &demo.sql("mariadb", how));
        let url = mariadb.url();
        let ours = demo.reports(&format!("mariadb-{how}"), &format!("[sources.demo]\nurl = \"{url}\"\n"));
        assert_same(&format!("MariaDB, {how}"), &expected, &ours);
    }
}

#[test]
fn frames_of_several_sources_make_the_report_that_one_source_makes() {
    let demo = Demo::new();
    let expected = demo.reports("file", "[sources.demo]\nurl = \"sqlite:demo.db\"\n");
    let postgres = DatabaseServer::start();
    postgres.create("ventas");
    let script = format!("set role parte;\n{}", demo.sql("postgres", "typed"));
    database::execute(postgres.port.number(), "ventas", &script);
    let mariadb = MariaDb::start();
    mariadb.execute("ventas", &demo.sql("mariadb", "typed"));
    // One has a file of its own and takes two frames from others, one of them by way of a third; one has nothing of its own.
    let others = format!(
        "[sources.crm]\nurl = \"postgres://parte@127.0.0.1:{}/ventas\"\n[sources.estados]\nurl = \"{}\"\n\
         [sources.paso]\nuser_states = \"estados\"\n",
        postgres.port,
        mariadb.url()
    );
    let with_file = "[sources.demo]\nurl = \"sqlite:demo.db\"\ntasks = \"crm\"\nuser_states = \"paso\"\n";
    let ours = demo.reports("mixed", &format!("{with_file}{others}"));
    assert_same("a file, PostgreSQL and MariaDB", &expected, &ours);
    let without = "[sources.demo]\ntasks = \"crm\"\nuser_states = \"estados\"\nsellers = \"estados\"\nusers = \"crm\"\n\
                   assignments = \"crm\"\ntargets = \"estados\"\n";
    let ours = demo.reports("servers", &format!("{without}{others}"));
    assert_same("PostgreSQL and MariaDB", &expected, &ours);
    let file = demo.define("online", &format!("{with_file}{others}"));
    let output = demo.parte(&file).args(["check", "--online"]).output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("read by way of `demo`"), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let output = demo
        .parte(&file)
        .args(["plan", "resumen-mensual", "--verbose"])
        .output()
        .expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("current_setting") && text.contains('`') && text.contains("select"), "{text}");
}
