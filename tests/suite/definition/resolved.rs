//! What files without problems resolve to.

use super::{SMALL, catalogue, definitions_of, problems_of, report, shipped, shipped_definitions};
use chrono_tz::America::Bogota;
use parte::calendar::PeriodRule;
use parte::definition::{
    CatchUp, Comparison, Definitions, ElseTarget, Format, FrameName, Language, LedgerPlace, Overlap, Rows,
    SectionBody, SourceKind, Target, TlsMode, UploadAuth, UploadMethod, ValueFormat, Way, load,
};
use std::path::Path;
use std::time::Duration;

#[test]
fn the_shipped_file_resolves_to_what_it_says() {
    let definitions = shipped_definitions();
    let ids: Vec<&str> = definitions.reports.iter().map(|report| report.id.as_str()).collect();
    assert_eq!(ids, ["equipo-diario", "compromiso-semanal", "resumen-mensual"]);
    assert_eq!(definitions.brand.name, "Distribuciones Ñandú");
    assert_eq!(definitions.brand.color, [0x0b, 0x7a, 0x75]);
    assert!(matches!(&definitions.ledger.place, LedgerPlace::File(path) if path == Path::new("./parte.db")));

    let daily = report(&definitions, "equipo-diario");
    assert_eq!(
        (daily.zone, daily.locale.as_str(), daily.currency.as_deref()),
        (Bogota, "es-CO", Some("COP"))
    );
    assert_eq!(daily.title.in_language(Language::Pt), "Relatório diário das equipes");
    assert_eq!(daily.schedule.as_ref().map(|schedule| schedule.text()), Some("every workday at 07:00"));
    assert_eq!(daily.period, PeriodRule::PreviousWorkday);
    assert_eq!(daily.compare, [Comparison::Previous, Comparison::Target]);
    assert_eq!(daily.formats, [Format::Pdf, Format::Xlsx, Format::Csv]);
    assert_eq!((daily.catch_up, daily.overlap, daily.paused), (CatchUp::Latest, Overlap::Queue, false));
    let day = |text: &str| text.parse().expect("a day");
    assert!(daily.workdays.is_workday(day("2026-11-14")), "Saturdays are worked");
    assert!(daily.workdays.is_holiday(day("2026-12-25")), "the calendar was read");
    let names: Vec<&str> = daily.sections.iter().map(|section| section.id.as_str()).collect();
    let expected =
        ["kpis", "text", "tareas-por-equipo", "equipos", "vendedores-y-agentes", "las-diez-ventas-mas-altas"];
    assert_eq!(names, expected);
    let SectionBody::Table(teams) = &daily.sections[3].body else { panic!("a table") };
    assert_eq!(teams.sort, Some(("completion_rate".to_owned(), true)));
    assert!(teams.totals);
    let [mail, partner] = daily.deliver.as_slice() else { panic!("two deliveries") };
    assert_eq!(mail.to, ["Gerencia <gerencia@nandu.example>", "supervision@nandu.example"]);
    assert_eq!(mail.formats, [Format::Pdf, Format::Xlsx]);
    assert_eq!((partner.channel.as_str(), partner.to.len()), ("partner", 0));
}

#[test]
fn a_metric_of_the_file_comes_after_the_catalogue_or_in_the_place_of_its_own() {
    let shipped = shipped_definitions();
    let [.., first, last] = shipped.metrics.as_slice() else { panic!("metrics") };
    assert_eq!(
        (first.id.as_str(), first.rows, first.format),
        ("first_contact_sale_rate", Rows::Planned, ValueFormat::Percent(1))
    );
    assert_eq!(
        (last.id.as_str(), last.target),
        ("month_sales", Some(Target::FromTable(ElseTarget::Nothing)))
    );
    let rate = shipped.metrics.iter().find(|metric| metric.id == "completion_rate").expect("the rate");
    assert_eq!(rate.target, Some(Target::FromTable(ElseTarget::Always(0.85))));
    let own = "[metrics.tasks_planned]\nlabel = \"Plan\"\nexpr = \"count(*)\"\nformat = \"decimal\"\n";
    let definitions = definitions_of(&format!("{SMALL}\n{own}"));
    assert_eq!(definitions.metrics.len(), catalogue().len());
    assert_eq!(definitions.metrics[0].label.in_language(Language::En), "Plan");
    assert_eq!(definitions.metrics[0].format, ValueFormat::Decimal(2));
}

#[test]
fn channels_resolve_with_ports_logins_and_what_protects_them() {
    // A secret that is always there when cargo runs a test.
    let text = format!(
        "{SMALL}{}",
        r#"
[channels.mail]
url      = "smtp+starttls://informes%40nandu.example:${CARGO_PKG_NAME}@smtp.nandu.example"
from     = "Informes Ñandú <informes@nandu.example>"
timeout  = "2m"
[channels.secure]
url = "smtps://[::1]"
from = "a@nandu.example"
[channels.plain]
url = "smtp://localhost:2525"
from = "a@nandu.example"
[channels.ftp]
url = "ftp://ftp.socio.example/entrada/2026%20marzo/"
[channels.ftps]
url  = "ftps://nandu:${file:clave}@ftp.socio.example:2121"
file = "{report}.{ext}"
[channels.portal]
url    = "https://portal.nandu.example:8443/api/?a=1"
method = "multipart"
auth   = { api_key = "X-Api-Key: ${CARGO_PKG_NAME}" }
[channels.basic]
url = "http://parte:${CARGO_PKG_NAME}@127.0.0.1/api"
[channels.bearer]
url  = "https://portal.nandu.example/api"
auth = { bearer = "${CARGO_PKG_NAME}" }
[channels.folder]
url = "folder:salida/diaria"
"#
    );
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("reports.toml"), &text).expect("written");
    std::fs::write(folder.path().join("clave"), "de-un-archivo\n").expect("written");
    let definitions = load(&folder.path().join("reports.toml"), &catalogue())
        .unwrap_or_else(|problems| panic!("{}", problems.render(false, 120)));
    let channel = |id: &str| {
        let found = definitions.channels.iter().find(|(name, _)| name.as_str() == id);
        found.map(|(_, channel)| channel).expect("the channel")
    };
    let Way::Email(mail) = &channel("mail").way else { panic!("mail") };
    assert_eq!(
        (mail.server.host.as_str(), mail.server.port, mail.tls),
        ("smtp.nandu.example", 587, TlsMode::Explicit)
    );
    let (user, password) = mail.server.login.as_ref().expect("a login");
    assert_eq!(
        (user.as_str(), password.as_ref().map(|p| p.expose())),
        ("informes@nandu.example", Some("parte"))
    );
    assert_eq!(channel("mail").timeout, Duration::from_secs(120));
    assert_eq!(channel("mail").outbox, None);
    let Way::Email(secure) = &channel("secure").way else { panic!("mail") };
    assert_eq!(
        (secure.server.host.as_str(), secure.server.port, secure.tls),
        ("::1", 465, TlsMode::Implicit)
    );
    assert!(secure.server.login.is_none());
    let Way::Email(plain) = &channel("plain").way else { panic!("mail") };
    assert_eq!((plain.server.port, plain.tls), (2525, TlsMode::Off));
    let Way::Ftp(ftp) = &channel("ftp").way else { panic!("ftp") };
    assert_eq!((ftp.server.port, ftp.tls, ftp.folder.as_str()), (21, TlsMode::Off, "entrada/2026 marzo"));
    let Way::Ftp(ftps) = &channel("ftps").way else { panic!("ftps") };
    assert_eq!((ftps.server.port, ftps.tls, ftps.folder.as_str()), (2121, TlsMode::Explicit, ""));
    let password = ftps.server.login.as_ref().and_then(|(_, password)| password.as_ref());
    assert_eq!(password.map(|password| password.expose()), Some("de-un-archivo"));
    let Way::Upload(portal) = &channel("portal").way else { panic!("upload") };
    assert_eq!(portal.endpoint.url.as_str(), "https://portal.nandu.example:8443/api/?a=1");
    assert_eq!(portal.method, UploadMethod::Multipart);
    assert!(
        matches!(&portal.endpoint.auth, UploadAuth::ApiKey(header, Some(key)) if header == "X-Api-Key" && key.expose() == "parte")
    );
    let Way::Upload(basic) = &channel("basic").way else { panic!("upload") };
    assert_eq!(basic.endpoint.url.as_str(), "http://127.0.0.1/api");
    assert!(matches!(&basic.endpoint.auth, UploadAuth::Basic(user, Some(_)) if user == "parte"));
    let Way::Upload(bearer) = &channel("bearer").way else { panic!("upload") };
    assert!(matches!(&bearer.endpoint.auth, UploadAuth::Bearer(Some(_))));
    let Way::Folder(out) = &channel("folder").way else { panic!("folder") };
    assert_eq!(out.path, folder.path().join("salida/diaria"));
    let debug = format!("{definitions:?}");
    assert!(!debug.contains("de-un-archivo") && debug.contains("***"), "a secret is printed");
}

#[test]
fn sources_say_how_their_tables_differ() {
    let text = SMALL.replace("formats =", "source = \"crm\"\nformats =")
        + r#"
[sources.crm]
url = "sqlite:datos/crm.db"
  [sources.crm.tasks]
  table    = "tareas"
  timezone = "America/Bogota"
  columns  = { seller_id = "Vendedor (código)" }
  status   = { open = ["pendiente", "READY"], done = ["hecha"] }
  [sources.crm.users]
  query = "select id as user_id, [nombre completo] as name from clientes"
"#;
    let definitions = definitions_of(&text);
    let source = &definitions.sources[&report(&definitions, "ventas").source];
    assert!(
        matches!(&source.kind, SourceKind::Sqlite(path) if *path == definitions.root.join("datos/crm.db"))
    );
    let tasks = &source.frames[&FrameName::Tasks];
    assert_eq!((tasks.table.as_deref(), tasks.zone), (Some("tareas"), Some(Bogota)));
    assert_eq!(tasks.columns["seller_id"], "Vendedor (código)");
    let status = tasks.status.as_ref().expect("a mapping");
    assert_eq!((status.open.len(), status.done.len(), status.failed.len()), (2, 1, 0));
    assert!(source.frames[&FrameName::Users].query.is_some());
    assert!(!source.frames.contains_key(&FrameName::Sellers));
}

#[test]
fn a_report_says_otherwise_than_the_defaults() {
    let own = "timezone = \"Europe/Madrid\"\nlocale = \"en-US\"\ncurrency = \"USD\"\nweek_start = \"sunday\"\n\
               workdays = { days = \"sun-thu\", holidays = [2026-12-25] }\npaused = true\ncatch_up = \"none\"\noverlap = \"skip\"\n\
               cron = \"30 6 * * 1\"\nwhere = \"channel = 'salesman'\"\nformats =";
    let definitions = definitions_of(&SMALL.replace("formats =", own));
    let report = report(&definitions, "ventas");
    assert_eq!((report.zone, report.locale.as_str()), (chrono_tz::Europe::Madrid, "en-US"));
    assert_eq!((report.currency.as_deref(), report.week_start), (Some("USD"), chrono::Weekday::Sun));
    let day = |text: &str| text.parse().expect("a day");
    assert!(report.workdays.is_workday(day("2026-12-27")) && !report.workdays.is_workday(day("2026-12-25")));
    assert_eq!((report.paused, report.catch_up, report.overlap), (true, CatchUp::None, Overlap::Skip));
    assert_eq!(report.schedule.as_ref().map(|schedule| schedule.text()), Some("30 6 * * 1"));
    assert_eq!(report.filter.as_deref(), Some("channel = 'salesman'"));
}

#[test]
fn line_ends_and_marks_of_other_editors_change_nothing() {
    let windows = format!("\u{feff}{}", shipped().replace("templates/", "").replace('\n', "\r\n"));
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::copy("templates/holidays-co.ics", folder.path().join("holidays-co.ics")).expect("copied");
    std::fs::copy("templates/logo.svg", folder.path().join("logo.svg")).expect("copied");
    std::fs::write(folder.path().join("reports.toml"), windows).expect("written");
    let loaded = load(&folder.path().join("reports.toml"), &catalogue()).expect("no problems");
    let sql = |definitions: &Definitions| match &definitions.reports[0].sections[5].body {
        SectionBody::Sql(sql) => sql.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(sql(&loaded), sql(&shipped_definitions()));

    let broken = std::fs::read_to_string("tests/definitions/sql-many-lines.toml").expect("the file");
    let unix = problems_of(&broken);
    let windows = problems_of(&format!("\u{feff}{}", broken.replace('\n', "\r\n")));
    assert_eq!(windows.problems, unix.problems);
}

#[test]
fn the_shipped_file_loads_with_the_shipped_catalogue() {
    let builtin = parte::metrics::catalogue();
    assert!(!builtin.is_empty(), "the catalogue cannot be read");
    let definitions = load(Path::new("reports.toml"), builtin)
        .unwrap_or_else(|problems| panic!("{}", problems.render(false, 120)));
    // Two of its own, and one in the place of a built-in.
    assert_eq!(definitions.metrics.len(), builtin.len() + 2);
}

#[test]
fn a_target_is_a_number_one_for_each_kind_of_period_or_what_rows_of_the_source_say() {
    let of = |written: &str| {
        let metric = format!(
            "[metrics.aim]\nlabel = \"A\"\nexpr = \"count(*)\"\nformat = \"integer\"\ntarget = {written}\n[[report]]"
        );
        let definitions = definitions_of(&SMALL.replace("[[report]]", &metric));
        let aim = definitions.metrics.iter().find(|metric| metric.id == "aim").expect("the metric");
        aim.target.expect("a target")
    };
    let day = parte::calendar::Period::parse("2026-03-02..2026-03-03", Bogota).expect("a day");
    // As plans tell what became of a target, and what holds where no row says anything.
    for (written, told, of_day) in [
        ("20", "20", Some(20.0)),
        ("{ day = 20, week = 100 }", "day 20, week 100", Some(20.0)),
        ("{ from = \"targets\" }", "from targets", None),
        ("{ from = \"targets\", otherwise = 7 }", "from targets, otherwise 7", Some(7.0)),
        (
            "{ from = \"targets\", otherwise = { day = 3, month = 60 } }",
            "from targets, otherwise day 3, month 60",
            Some(3.0),
        ),
    ] {
        let target = of(written);
        assert_eq!((target.to_string().as_str(), target.of(&day)), (told, of_day), "{written}");
        assert_eq!(target.is_from_table(), written.contains("from"), "{written}");
    }
}
