//! Servers that do not do what they are asked for: what is said, and that nothing is sent.

use crate::cli::Workplace;
use crate::support::{Certificates, DatabaseServer, MariaDb, Port, database, open_folder};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Output;

/// The little data of a workplace, as tables of servers.
const TABLES: &str = "
create table sellers(seller_id varchar(20) primary key, full_name varchar(100), team varchar(20));
create table tasks(task_id varchar(20) primary key, type varchar(20), channel varchar(20), status varchar(20), seller_id varchar(20),
  user_id varchar(20), scheduled_at timestamp null, completed_at timestamp null, outcome varchar(20), sales_amount numeric(12,2),
  created_at timestamp null);
insert into sellers values ('s1', 'José Muñoz', 'Norte'), ('s2', 'Ana Peña', 'Norte');
insert into tasks values
 ('t1', 'visit', 'salesman', 'completed', 's1', 'u1', '2026-03-02 14:00:00', '2026-03-02 14:30:00', 'sale', 120.5, '2026-03-01 00:00:00'),
 ('t2', 'visit', 'salesman', 'pending', 's2', 'u2', '2026-03-03 14:00:00', null, null, null, '2026-03-01 00:00:00');
";

/// A workplace whose source is a server.
struct Placed(Workplace);

impl Placed {
    fn new(source: &str) -> Self {
        let place = Workplace::new();
        place.define("[sources.demo]\nurl = \"sqlite:data.db\"\n", source);
        Self(place)
    }

    fn run(&self, password: &str) -> (Option<i32>, String) {
        let output = crate::cli::parte(self.0.path())
            .args(["run", "semana", "--period", "2026-03-02..2026-03-09", "--quiet"])
            .env("DB_PASSWORD", password)
            .output()
            .expect("the program starts");
        self.told(&output)
    }

    fn online(&self, password: &str) -> (Option<i32>, String) {
        let output = crate::cli::parte(self.0.path())
            .args(["check", "--online"])
            .env("DB_PASSWORD", password)
            .output()
            .expect("the program starts");
        self.told(&output)
    }

    fn told(&self, output: &Output) -> (Option<i32>, String) {
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!text.contains("panicked"), "{text}");
        assert!(!text.contains("s3cret") && !text.contains("falsch"), "the password is told: {text}");
        (output.status.code(), text)
    }

    /// The run fails, says this, and sends nothing.
    fn fails(&self, password: &str, words: &[&str]) {
        let (exit, text) = self.run(password);
        println!("{text}");
        assert_eq!(exit, Some(4), "{text}");
        for word in words {
            assert!(text.contains(word), "{word:?} is not in:\n{text}");
        }
        assert!(self.0.files("out").is_empty(), "{:?}", self.0.files("out"));
    }
}

fn postgres() -> (DatabaseServer, String) {
    let server = DatabaseServer::start();
    let url = ready(&server);
    (server, url)
}

/// The url of a database with the data, which `careful` may read.
fn ready(server: &DatabaseServer) -> String {
    server.create("ventas");
    database::execute(
        server.port.number(),
        "ventas",
        &format!("set role parte; set timezone = 'UTC'; {TABLES}"),
    );
    database::execute(
        server.port.number(),
        "ventas",
        "grant select on all tables in schema public to careful, guest; grant connect on database ventas to careful, guest",
    );
    format!("postgres://careful:${{DB_PASSWORD}}@127.0.0.1:{}/ventas", server.port)
}

fn mariadb() -> (MariaDb, String) {
    let server = MariaDb::start();
    server.execute("ventas", &format!("set time_zone = '+00:00'; {TABLES}"));
    let url = server.url();
    (server, url)
}

fn source(url: &str, more: &str) -> String {
    format!("[sources.demo]\nurl = \"{url}\"\n{more}\n")
}

/// A port that passes everything on to a server until so many bytes have come back, and then hangs up.
fn cut_after(server: u16, bytes: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (Ok(mut client), Ok(mut server)) = (client, TcpStream::connect(("127.0.0.1", server))) else {
                return;
            };
            let (mut up, mut down) = (client.try_clone().expect("it"), server.try_clone().expect("it"));
            std::thread::spawn(move || std::io::copy(&mut up, &mut down));
            std::thread::spawn(move || {
                let (mut left, mut part) = (bytes, [0; 4096]);
                while let Ok(read @ 1..) = server.read(&mut part) {
                    if read >= left || client.write_all(&part[..read]).is_err() {
                        break;
                    }
                    left -= read;
                }
                let _ = client.shutdown(std::net::Shutdown::Both);
                let _ = server.shutdown(std::net::Shutdown::Both);
            });
        }
    });
    port
}

#[test]
fn a_server_that_is_away_refuses_or_falls_silent_is_told_with_what_to_do() {
    let nobody = Port::free();
    for kind in ["postgres", "mysql"] {
        let url = format!("{kind}://parte:${{DB_PASSWORD}}@127.0.0.1:{nobody}/ventas");
        Placed::new(&source(&url, ""))
            .fails("s3cret", &["cannot be reached", "refused", "no server listens there"]);
        // It takes the connection and says nothing.
        let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = silent.local_addr().expect("its address").port();
        let url = format!("{kind}://parte:${{DB_PASSWORD}}@127.0.0.1:{port}/ventas");
        Placed::new(&source(&url, "")).fails("s3cret", &["does not answer within 15 s"]);
    }
}

#[test]
fn a_wrong_password_and_a_database_that_is_not_there_are_told() {
    let (_postgres, url) = postgres();
    let place = Placed::new(&source(&url, ""));
    assert_eq!(place.run("s3cret").0, Some(0));
    Placed::new(&source(&url, "")).fails("falsch", &["does not let us in", "password of `careful` is wrong"]);
    let elsewhere = url.replace("/ventas", "/otra");
    Placed::new(&source(&elsewhere, "")).fails("s3cret", &["otra", "not exist", "check the database's name"]);
    let (_mariadb, url) = mariadb();
    let place = Placed::new(&source(&url, ""));
    assert_eq!(place.run("s3cret").0, Some(0));
    Placed::new(&source(&url, "")).fails("falsch", &["does not let us in", "password of `parte` is wrong"]);
    let elsewhere = url.replace("/ventas", "/otra");
    Placed::new(&source(&elsewhere, "")).fails("s3cret", &["does not let us in", "otra"]);
}

#[test]
fn a_certificate_that_is_not_of_the_server_is_refused_and_one_of_a_named_authority_is_taken() {
    let folder = open_folder();
    let certificates = Certificates::issue(folder.path());
    let authority = certificates.authority();
    for (name, fits) in [("good", true), ("wronghost", false), ("expired", false)] {
        let server = DatabaseServer::with_certificate(&certificates, name);
        let url = ready(&server).replace("/ventas", "/ventas?sslmode=verify-full");
        let place = Placed::new(&source(&url, &format!("ca = \"{}\"", authority.display())));
        if fits {
            assert_eq!(place.run("s3cret").0, Some(0));
            Placed::new(&source(&url, "")).fails("s3cret", &["cannot be reached", "certificate"]);
        } else {
            place.fails("s3cret", &["cannot be reached", "certificate"]);
        }
        let server = MariaDb::with_certificate(&certificates, name);
        server.execute("ventas", TABLES);
        let url = format!("{}?sslmode=verify-full", server.url());
        let place = Placed::new(&source(&url, &format!("ca = \"{}\"", authority.display())));
        if fits {
            assert_eq!(place.run("s3cret").0, Some(0));
            Placed::new(&source(&url, "")).fails("s3cret", &["cannot be reached", "certificate"]);
        } else {
            place.fails("s3cret", &["cannot be reached", "certificate"]);
        }
    }
}

#[test]
fn a_view_that_takes_longer_than_it_may_is_given_up_and_named() {
    let (server, url) = postgres();
    let slow = "create view lentas as select t.*, pg_sleep(5)::text as dormir from tasks t; grant select on lentas to careful";
    database::execute(server.port.number(), "ventas", slow);
    let place = Placed::new(&source(
        &url,
        "timeout = \"1s\"\n[sources.demo.tasks]\nquery = \"select * from lentas where dormir is not null\"",
    ));
    place.fails("s3cret", &["reading tasks", "took longer than 1 s", "raise `timeout`"]);
    let (server, url) = mariadb();
    server.execute("ventas", "create view lentas as select t.*, sleep(5) as dormir from tasks t");
    let place = Placed::new(&source(
        &url,
        "timeout = \"1s\"\n[sources.demo.tasks]\nquery = \"select * from lentas where dormir >= 0\"",
    ));
    place.fails("s3cret", &["reading tasks", "took longer than 1 s", "raise `timeout`"]);
}

#[test]
fn a_server_that_goes_away_in_the_middle_fails_the_run_as_a_whole() {
    let many = "insert into tasks select concat('x', n), 'visit', 'salesman', 'completed', 's1', 'u1', '2026-03-04 10:00:00', '2026-03-04 10:30:00', 'sale', 1, '2026-03-01 00:00:00' from ";
    let (server, url) = postgres();
    database::execute(
        server.port.number(),
        "ventas",
        &format!("set role parte; {many} generate_series(1, 20000) as n"),
    );
    for bytes in [200_000, 1_000_000] {
        let port = cut_after(server.port.number(), bytes);
        let url = url.replace(&format!(":{}/", server.port), &format!(":{port}/"));
        Placed::new(&source(&url, ""))
            .fails("s3cret", &["reading tasks", "broke off", "nothing was taken from it"]);
    }
    let (server, url) = mariadb();
    server.execute("ventas", &format!("{many} (select seq as n from seq_1_to_20000) as s"));
    for bytes in [200_000, 1_000_000] {
        let port = cut_after(server.port.number(), bytes);
        let url = url.replace(&format!(":{}/", server.port), &format!(":{port}/"));
        Placed::new(&source(&url, ""))
            .fails("s3cret", &["reading tasks", "broke off", "nothing was taken from it"]);
    }
}

#[test]
fn rights_tables_and_columns_that_are_missing_are_told_online_at_their_keys() {
    let (server, url) = postgres();
    let place = Placed::new(&source(&url, "[sources.demo.tasks]\ntable = \"tareas\"\n"));
    let (exit, text) = place.online("s3cret");
    assert_eq!(exit, Some(4), "{text}");
    assert!(
        text.contains("no table `tareas`") && text.contains("the tables there are: sellers, tasks"),
        "{text}"
    );
    let place = Placed::new(&source(&url, "[sources.demo.tasks]\ncolumns = { seller_id = \"vendedor\" }\n"));
    let (exit, text) = place.online("s3cret");
    assert_eq!(exit, Some(4), "{text}");
    assert!(text.contains("no column `vendedor` for tasks.seller_id"), "{text}");
    database::execute(server.port.number(), "ventas", "revoke select on tasks from careful");
    let place = Placed::new(&source(&url, "[sources.demo.tasks]\nquery = \"select * from tasks\"\n"));
    place.fails("s3cret", &["permission denied", "grant the user `select` on it"]);
    // Nothing is ever written, whatever a query calls.
    database::execute(
        server.port.number(),
        "ventas",
        "grant all on tasks to careful; create function borrar() returns setof tasks language sql as 'delete from tasks returning *'",
    );
    let place = Placed::new(&source(&url, "[sources.demo.tasks]\nquery = \"select * from borrar()\"\n"));
    place.fails("s3cret", &["read-only transaction", "leave out what writes"]);
    let (_server, url) = mariadb();
    let place = Placed::new(&source(&url, "[sources.demo.tasks]\ntable = \"tareas\"\n"));
    let (exit, text) = place.online("s3cret");
    assert_eq!(exit, Some(4), "{text}");
    assert!(
        text.contains("no table `tareas`") && text.contains("the tables there are: sellers, tasks"),
        "{text}"
    );
}
