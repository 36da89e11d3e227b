//! A document with everything that pages must hold: long names, long amounts, changes of all kinds, empty sections.

use chrono::{DateTime, NaiveDate, Utc};
use parte::definition::{Comparison, ValueFormat};
use parte::document::{
    Body, Change, Chart, ChartStyle, Column, Direction, Display, Document, Kpi, Locale, Section, Series,
    Table, Value, Values, Verdict,
};

pub(crate) fn integer() -> Display {
    Display::Number { format: ValueFormat::Integer, currency: None }
}

pub(crate) fn percent() -> Display {
    Display::Number { format: ValueFormat::Percent(1), currency: None }
}

pub(crate) fn amount() -> Display {
    Display::Number { format: ValueFormat::Currency(0), currency: Some("COP".to_owned()) }
}

fn change(text: &str, direction: Direction, verdict: Verdict) -> Change {
    Change {
        with: Comparison::Previous,
        against: "día anterior".to_owned(),
        reference: Some(1.0),
        absolute: Some(1.0),
        relative: Some(0.1),
        attainment: None,
        text: text.to_owned(),
        direction,
        verdict,
    }
}

fn kpi(label: &str, value: Option<f64>, display: Display, changes: Vec<Change>) -> Kpi {
    Kpi { metric: "m".to_owned(), label: label.to_owned(), value, display, changes, spark: None }
}

pub(crate) fn kpis() -> Vec<Kpi> {
    use {Direction::*, Verdict::*};
    let target = |t: &str| change(t, Up, Good);
    vec![
        kpi(
            "Tareas planificadas",
            Some(1284.0),
            integer(),
            vec![change("3,1 % frente al día laborable anterior", Up, Neutral)],
        ),
        kpi(
            "Tareas completadas",
            Some(1047.0),
            integer(),
            vec![
                change("8,4 % frente al día laborable anterior", Up, Good),
                target("47 sobre el objetivo (1.000)"),
            ],
        ),
        kpi(
            "Cumplimiento",
            Some(0.815),
            percent(),
            vec![
                change("1,7 p. p. frente al día laborable anterior", Down, Bad),
                target("3,5 p. p. bajo el objetivo (85,0 %)"),
            ],
        ),
        kpi(
            "Puntualidad",
            Some(0.9),
            percent(),
            vec![
                change("sin cambio frente al día laborable anterior", Level, Neutral),
                target("en el objetivo (90,0 %)"),
            ],
        ),
        kpi(
            "Efectividad de visita",
            Some(0.423),
            percent(),
            vec![change("0,4 p. p. frente al día laborable anterior", Up, Good)],
        ),
        kpi(
            "Tasa de contacto efectivo con el cliente",
            None,
            percent(),
            vec![change("sin dato con que comparar", Level, Neutral)],
        ),
        kpi(
            "Ventas",
            Some(184_930_450.0),
            amount(),
            vec![change("12,0 % frente al día laborable anterior", Up, Good)],
        ),
        kpi(
            "Tareas vencidas",
            Some(37.0),
            integer(),
            vec![change("15,6 % frente al día laborable anterior", Up, Bad)],
        ),
    ]
}

pub(crate) fn column(label: &str, display: Display, is_dimension: bool, values: Values) -> Column {
    Column::new(label.to_lowercase(), label, display, is_dimension, values)
}

pub(crate) fn texts(values: impl IntoIterator<Item = impl Into<String>>) -> Values {
    Values::Text(values.into_iter().map(|v| Some(v.into())).collect())
}

pub(crate) fn sellers(rows: usize) -> Table {
    let names = [
        "Ana Muñoz",
        "José Ángel Íñiguez de la Torre y Peñaranda",
        "Lucía Güémez",
        "Óscar Nuñez",
        "María del Carmen Rodríguez Villanueva",
        "Iker Ibáñez",
    ];
    let teams = ["Norte", "Sur", "Centro histórico y alrededores", "Televenta"];
    let number = |f: &dyn Fn(usize) -> Option<f64>| Values::Number((0..rows).map(f).collect());
    Table {
        columns: vec![
            column("Equipo", Display::Text, true, texts((0..rows).map(|i| teams[i * 4 / rows.max(1) % 4]))),
            column(
                "Vendedor",
                Display::Text,
                true,
                texts((0..rows).map(|i| format!("{} {}", names[i % 6], i + 1))),
            ),
            column("Tareas planificadas", integer(), false, number(&|i| Some((i * 37 % 91 + 4) as f64))),
            column("Tareas completadas", integer(), false, number(&|i| Some((i * 31 % 83) as f64))),
            column(
                "Cumplimiento",
                percent(),
                false,
                number(&|i| if i % 9 == 4 { None } else { Some((i * 13 % 100) as f64 / 100.0) }),
            ),
            column("Puntualidad", percent(), false, number(&|i| Some((i * 29 % 1000) as f64 / 1000.0))),
            column("Conversión", percent(), false, number(&|i| Some((i * 7 % 600) as f64 / 1000.0))),
            column(
                "Ventas",
                amount(),
                false,
                number(&|i| Some((i as f64 * 7_919_123.0) % 48_000_000.0 - 2_000_000.0)),
            ),
        ],
        totals: Some(vec![
            None,
            None,
            Some(Value::Number(1284.0)),
            Some(Value::Number(1047.0)),
            Some(Value::Number(0.815)),
            Some(Value::Number(0.9)),
            Some(Value::Number(0.423)),
            Some(Value::Number(184_930_450.0)),
        ]),
        groups: Vec::new(),
    }
}

fn matrix() -> Table {
    let states = [
        "Prospecto",
        "Nuevo",
        "Activo",
        "Comprometido",
        "Campeón",
        "En riesgo",
        "Dormido",
        "Perdido",
        "Reactivado",
        "Bloqueado",
    ];
    let mut columns = vec![column("Estado inicial", Display::Text, true, texts(states))];
    for (c, state) in states.iter().enumerate() {
        let values = (0..10)
            .map(|r| if (r * 7 + c * 3) % 5 == 1 { None } else { Some(((r * 131 + c * 977) % 4211) as f64) })
            .collect();
        columns.push(column(state, integer(), false, Values::Number(values)));
    }
    columns.push(column(
        "Total",
        integer(),
        false,
        Values::Number((0..10).map(|r| Some(f64::from(r) * 1017.0)).collect()),
    ));
    let totals =
        columns.iter().map(|c| if c.is_dimension { None } else { Some(Value::Number(9_137.0)) }).collect();
    Table::new(columns, Some(totals))
}

pub(crate) fn chart(
    style: ChartStyle,
    categories: Vec<String>,
    series: Vec<(&str, Vec<Option<f64>>)>,
    display: Display,
) -> Chart {
    let series = series.into_iter().map(|(label, values)| Series::new(label, values)).collect();
    Chart {
        style,
        x_label: "Día".to_owned(),
        series_label: None,
        categories,
        series,
        display,
        alt: "gráfico".to_owned(),
    }
}

pub(crate) fn section(id: &str, title: Option<&str>, body: Body) -> Section {
    Section { id: id.to_owned(), title: title.map(str::to_owned), only: Vec::new(), body, notes: Vec::new() }
}

pub(crate) fn document(sections: Vec<Section>) -> Document {
    let day = NaiveDate::from_ymd_opt(2026, 3, 13).unwrap();
    Document {
        parameters: Vec::new(),
        report: "equipo-diario".to_owned(),
        brand: "Distribuciones Ñandú".to_owned(),
        logo: None,
        color: [0x0b, 0x7a, 0x75],
        footer: Some("Confidencial · ¿Dudas? informes@nandu.example".to_owned()),
        title: "Parte diario de equipos".to_owned(),
        subtitle: Some("Qué se planificó ayer, qué se hizo y quién".to_owned()),
        locale: Locale::parse("es-CO").unwrap(),
        period: "viernes, 13 de marzo de 2026".to_owned(),
        days: (day, day),
        zone: chrono_tz::America::Bogota,
        generated: day.succ_opt().unwrap().and_hms_opt(7, 0, 0).unwrap(),
        generated_utc: "2026-03-14T12:00:00Z".parse::<DateTime<Utc>>().unwrap(),
        summary: Vec::new(),
        sections,
        warnings: Vec::new(),
        remarks: Vec::new(),
        definitions: Vec::new(),
        totals: Vec::new(),
    }
}

pub(crate) fn rich() -> Document {
    let teams: Vec<String> =
        ["Norte", "Sur", "Centro histórico y alrededores", "Televenta", "Sabana y Cundinamarca"]
            .map(str::to_owned)
            .to_vec();
    let days: Vec<String> = (1..=31)
        .map(|d| format!("{} {d}", ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"][d % 7]))
        .collect();
    let weeks: Vec<String> = (0..6).map(|w| format!("sem. {} mar", 2 + 7 * w)).collect();
    let some = |v: &[f64]| v.iter().map(|x| Some(*x)).collect::<Vec<_>>();
    let sales: Vec<Option<f64>> = (0..31)
        .map(|d| if d % 7 == 5 { None } else { Some(9_000_000.0 + ((d * 2_654_435) % 6_100_000) as f64) })
        .collect();
    let mut top = section(
        "ventas",
        Some("Las diez ventas más altas"),
        Body::Table(Table {
            columns: vec![
                column(
                    "Cliente",
                    Display::Text,
                    true,
                    texts((0..10).map(|i| format!("Tienda La Esquina de Doña Begoña n.º {}", i + 1))),
                ),
                column(
                    "Ciudad",
                    Display::Text,
                    true,
                    texts((0..10).map(|i| ["Bogotá", "Chía", "Zipaquirá"][i % 3])),
                ),
                column(
                    "Venta",
                    amount(),
                    false,
                    Values::Number((0..10).map(|i| Some(9_876_543.0 - 512_345.0 * f64::from(i))).collect()),
                ),
            ],
            totals: None,
            groups: Vec::new(),
        }),
    );
    top.notes = vec!["Se muestran 10 de 214 filas; el archivo de Excel las tiene todas.".to_owned()];
    let mut document = document(vec![
        section("kpis", None, Body::Kpis(kpis())),
        section("texto", None, Body::Text("El viernes, 13 de marzo de 2026 se completaron 1.047 de 1.284 tareas (81,5 %), con ventas por $ 184.930.450. La señal más débil llega de Televenta, donde la puntualidad cayó por tercera semana consecutiva.".to_owned())),
        section("equipos", Some("Tareas por equipo"), Body::Chart(chart(ChartStyle::Bars, teams.clone(), vec![("Tareas planificadas", some(&[412.0, 310.0, 288.0, 196.0, 78.0])), ("Tareas completadas", some(&[371.0, 251.0, 240.0, 131.0, 54.0]))], integer()))),
        section("vendedores", Some("Vendedores y agentes"), Body::Table(sellers(46))),
        section("tipos", Some("Tareas completadas por semana"), Body::Chart(chart(ChartStyle::StackedBars, weeks, vec![("Visita", some(&[220.0, 241.0, 198.0, 260.0, 233.0, 120.0])), ("Llamada", some(&[120.0, 98.0, 134.0, 160.0, 150.0, 66.0])), ("Encuesta", some(&[12.0, 30.0, 41.0, 22.0, 35.0, 9.0])), ("Cobro", some(&[40.0, 42.0, 39.0, 51.0, 45.0, 18.0]))], integer()))),
        section("dias", Some("Ventas por día"), Body::Chart(chart(ChartStyle::Line, days, vec![("Ventas", sales)], amount()))),
        section("matriz", Some("De qué estado a cuál"), Body::Table(matrix())),
        top,
        section("vacia", Some("Antigüedad de lo pendiente"), Body::Table(Table { columns: vec![column("Edad", Display::Text, true, texts(Vec::<String>::new()))], totals: None, groups: Vec::new() })),
    ]);
    document.remarks = vec![
        "3 tareas no tienen vendedor: aparecen como «sin asignar».".to_owned(),
        "12 tareas se completaron antes de su hora de inicio; su tiempo de gestión no se cuenta, y no entran en el promedio que se muestra en los indicadores de esta página ni en las tablas.".to_owned(),
    ];
    document.definitions = [("Tareas planificadas", "tareas con fecha en el periodo, sin las anuladas"), ("Cumplimiento", "tareas hechas / tareas planificadas"), ("Puntualidad", "hechas a más tardar en su hora límite / hechas con hora límite; las que no tienen hora límite no cuentan"), ("Efectividad de visita", "visitas con venta / visitas hechas"), ("Ventas", "suma del valor de las ventas de tareas hechas en el periodo")]
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .to_vec();
    document
}
