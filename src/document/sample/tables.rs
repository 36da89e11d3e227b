//! The tables of the sample: with totals, long, a matrix, every type of column, empty, one row.

use super::{COUNT, PESOS, SHARE, TEAMS, day, number, owned, whole};
use crate::definition::ValueFormat;
use crate::document::{Column, Display, Locale, Table, Value, Values, rounding, state_label};

const SELLERS: [&str; 10] = [
    "José Muñoz",
    "María Fernanda Ibáñez de la Peña",
    "Íñigo Güell",
    "Ana Sofía Ordóñez",
    "Óscar Peñaranda",
    "Wilmer Andrés Quiñones Castañeda",
    "Lucía Zúñiga",
    "Ángela Ávila",
    "Raúl Núñez",
    "Nicolás Yáñez",
];

const STATES: [&str; 10] =
    ["sign_up", "setup", "aha", "casual", "habit", "core", "power", "dormant", "churned", "absent"];

pub(super) fn teams() -> Table {
    let mut names = owned(&TEAMS);
    names.extend(owned(&["Llanos Orientales", "Santanderes", "Pacífico", "Amazonía", "(sin equipo)"]));
    let planned = [903, 790, 1310, 560, 121, 530, 96, 0, 0, 0, 0, 0].map(whole).to_vec();
    let completed = [812, 640, 1240, 405, 96, 482, 0, 0, 0, 0, 0, 0].map(whole).to_vec();
    let sales = [
        Some(284_930_450.0),
        Some(190_400_000.0),
        Some(512_000_000.0),
        Some(181_600_000.0),
        Some(-1_250_000.0),
        Some(117_250_000.0),
        Some(0.0),
        None,
        None,
        None,
        None,
        None,
    ];
    let rates = planned.iter().zip(&completed).map(|(p, c)| ratio(*c, *p)).collect();
    Table::new(
        vec![
            dimension("team", "Equipo", names.into_iter().map(Some).collect()),
            metric("tasks_planned", "Tareas planificadas", COUNT, planned),
            metric("tasks_completed", "Tareas completadas", COUNT, completed),
            metric("completion_rate", "Tasa de cumplimiento", SHARE, rates),
            metric("sales_amount", "Ventas", PESOS, sales.to_vec()),
        ],
        Some(vec![
            None,
            Some(Value::Number(4310.0)),
            Some(Value::Number(3675.0)),
            Some(Value::Number(0.853)),
            Some(Value::Number(1_284_930_450.0)),
        ]),
    )
}

pub(super) fn sellers() -> Table {
    let rows = 70_u32;
    let planned: Vec<_> = (0..rows).map(|i| whole(40 + i * 7 % 53)).collect();
    let completed: Vec<_> = (0..rows).map(|i| whole(12 + i * 5 % 29)).collect();
    let rates = planned.iter().zip(&completed).map(|(p, c)| ratio(*c, *p)).collect();
    let at = |names: &'static [&'static str], i: u32| names[i as usize % names.len()];
    Table::new(
        vec![
            dimension("team", "Equipo", (0..rows).map(|i| Some(at(&TEAMS, i / 10).to_owned())).collect()),
            dimension(
                "seller",
                "Vendedor",
                (0..rows).map(|i| Some(format!("{} {}", at(&SELLERS, i), i + 1))).collect(),
            ),
            metric("tasks_planned", "Tareas planificadas", COUNT, planned),
            metric("tasks_completed", "Tareas completadas", COUNT, completed),
            metric("completion_rate", "Tasa de cumplimiento", SHARE, rates),
            metric(
                "handling_time",
                "Duración (mediana)",
                ValueFormat::Minutes(1),
                (0..rows).map(|i| (i % 9 != 4).then(|| f64::from(i * 13 % 400) / 10.0)).collect(),
            ),
            metric(
                "sales_amount",
                "Ventas",
                PESOS,
                (0..rows).map(|i| Some(f64::from(i * 977 % 1301) * 12_500.0)).collect(),
            ),
        ],
        None,
    )
}

/// Rows are states at the start, columns those at the end; a dash where nobody moved.
pub(super) fn matrix(locale: &Locale) -> Table {
    let size = 10_u32;
    let cell = |row: u32, column: u32| match row.abs_diff(column) {
        0 => Some(300 + row * 41),
        1 => Some(40 + column * 3),
        2 => Some(3 + row),
        _ => None,
    };
    let label = |i: u32| state_label(STATES[i as usize % STATES.len()], locale.language());
    let sum = |cells: Vec<Option<u32>>| Some(f64::from(cells.into_iter().flatten().sum::<u32>()));
    let mut columns =
        vec![dimension("state_start", "Estado al inicio", (0..size).map(|i| Some(label(i))).collect())];
    let mut totals = vec![None];
    for column in 0..size {
        let cells: Vec<_> = (0..size).map(|row| cell(row, column)).collect();
        totals.push(sum(cells.clone()).map(Value::Number));
        let id = format!("state_transitions_{}", STATES[column as usize % STATES.len()]);
        columns.push(metric(&id, &label(column), COUNT, cells.iter().map(|c| c.map(f64::from)).collect()));
    }
    let of_rows: Vec<_> = (0..size).map(|row| sum((0..size).map(|c| cell(row, c)).collect())).collect();
    totals.push(Some(Value::Number(of_rows.iter().flatten().sum())));
    columns.push(metric("state_transitions_total", "Total", COUNT, of_rows));
    Table::new(columns, Some(totals))
}

/// Every type of column, with texts that a spreadsheet would take for formulas.
pub(super) fn sales() -> Table {
    let users = [
        "Tienda La Peña",
        "@la_esquina",
        "=SUMA(A1:A9)",
        "+57 La Economía",
        "-10 % Descuentos",
        "Minimercado «El Ñato»; sucursal 2",
        "Víveres \"Don José\"",
        "Autoservicio Pingüino, S. A.",
        "Droguería\nSan Martín",
        "Supermercado y Panadería Nuestra Señora del Perpetuo Socorro de Chiquinquirá",
        "Ωmega & Cía <b>",
        "",
    ];
    let count = users.len() as u32;
    let at = |i: u32| day(2026, 11, 9 + i % 7);
    Table::new(
        vec![
            dimension(
                "user_name",
                "Cliente",
                users.iter().map(|u| (!u.is_empty()).then(|| (*u).to_owned())).collect(),
            ),
            Column::new(
                "scheduled_at",
                "Programada",
                Display::DateTime,
                true,
                Values::DateTime((0..count).map(|i| at(i).and_hms_opt(7 + i, 5 * i, 0)).collect()),
            ),
            Column::new(
                "date",
                "Fecha",
                Display::Date,
                true,
                Values::Date((0..count).map(|i| (i != 3).then(|| at(i))).collect()),
            ),
            Column::new(
                "is_done",
                "Hecha",
                Display::Boolean,
                true,
                Values::Boolean((0..count).map(|i| (i != 5).then_some(i % 2 == 0)).collect()),
            ),
            metric(
                "sales_amount",
                "Ventas",
                ValueFormat::Currency(2),
                (0..count).map(|i| Some(1_284_930.45 / f64::from(i + 1))).collect(),
            ),
            metric(
                "share",
                "Participación",
                SHARE,
                (0..count).map(|i| Some(0.3 / f64::from(i + 1))).collect(),
            ),
        ],
        None,
    )
}

pub(super) fn empty() -> Table {
    Table::new(
        vec![
            dimension("seller", "Vendedor", Vec::new()),
            metric("tasks_failed", "Tareas fallidas", COUNT, Vec::new()),
        ],
        None,
    )
}

pub(super) fn one_row() -> Table {
    Table::new(
        vec![
            Column::new("day", "Día", Display::Date, true, Values::Date(vec![Some(day(2026, 11, 11))])),
            metric("tasks_completed", "Tareas completadas", COUNT, vec![Some(717.0)]),
        ],
        Some(vec![None, Some(Value::Number(717.0))]),
    )
}

pub(super) fn dimension(id: &str, label: &str, values: Vec<Option<String>>) -> Column {
    Column::new(id, label, Display::Text, true, Values::Text(values))
}

pub(super) fn metric(id: &str, label: &str, format: ValueFormat, values: Vec<Option<f64>>) -> Column {
    let values = values.into_iter().map(|v| v.and_then(|v| rounding::rounded(v, format))).collect();
    let is_sum = matches!(format, ValueFormat::Integer | ValueFormat::Currency(_));
    Column { is_sum, ..Column::new(id, label, number(format), false, Values::Number(values)) }
}

pub(super) fn ratio(part: Option<f64>, of: Option<f64>) -> Option<f64> {
    part.zip(of).filter(|(_, of)| *of != 0.0).map(|(part, of)| part / of)
}
