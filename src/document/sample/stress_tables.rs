//! Tables that strain layouts: groups within groups, groups of one row, marks of every kind over negative and missing values, names of
//! two hundred letters, many columns, many rows, a matrix with a scale.

use super::tables::{dimension, metric, ratio};
use super::{COUNT, PESOS, SHARE};
use crate::definition::{Better, Bound, Side, ValueFormat};
use crate::document::marks::{Judged, Mark, Rule, Span};
use crate::document::{Body, Column, Locale, RowGroup, Section, Table, Value, Values, Verdict, rounding};

const LONG: &str = "Distribuidora y Comercializadora de Productos de Consumo Masivo, Lácteos, Víveres y Rancho del Altiplano \
                    Cundiboyacense y los Llanos Orientales, Sociedad por Acciones Simplificada en Reorganización Empresarial";

const NAMES: [&str; 9] = [
    "José Muñoz",
    "María Fernanda Ibáñez de la Peña",
    "Íñigo Güell",
    "Ana Sofía Ordóñez",
    "Óscar Peñaranda",
    "Wilmer Andrés Quiñones Castañeda",
    "Lucía Zúñiga",
    "Ángela Ávila",
    "Raúl Núñez",
];

/// Sections with such tables, in es-CO; their ids begin with `tabla-`.
#[must_use]
pub fn stress_tables(locale: &Locale) -> Vec<Section> {
    let section = |id: &str, title: &str, table: Table, notes: &[&str]| Section {
        id: format!("tabla-{id}"),
        title: Some(title.to_owned()),
        only: Vec::new(),
        body: Body::Table(table),
        notes: notes.iter().map(|note| (*note).to_owned()).collect(),
    };
    vec![
        section(
            "grupos",
            "Vendedores por equipo",
            teams(),
            &[
                "Se muestran hasta 4 vendedores de cada grupo: 12 de 15. «Otros» reúne el resto de su grupo, calculado de sus filas.",
                "Cumplimiento: ✗ por debajo de 60,0\u{a0}%, ✓ desde 80,0\u{a0}%.",
                "Ventas: ✓ alcanza su objetivo, ✗ no lo alcanza.",
            ],
        ),
        section("niveles", "Regiones, equipos y vendedores", levels(), &[]),
        section(
            "marcas",
            "Marcas con negativos y huecos",
            marked(),
            &["Puntualidad: ✗ por debajo de 80,0\u{a0}%."],
        ),
        section("nombres", "Nombres de doscientas letras", long_names(), &[]),
        section("ancha", "Veinticuatro columnas", wide(), &[]),
        section("larga", "Ciento cincuenta filas en grupos", long(), &["Cumplimiento: ✓ desde 70,0\u{a0}%."]),
        section("matriz", "De qué estado a cuál, en colores", scaled(super::tables::matrix(locale)), &[]),
    ]
}

/// What one row is made of.
struct Row {
    names: Vec<String>,
    planned: Option<f64>,
    completed: Option<f64>,
    sales: Option<f64>,
}

fn row(names: &[&str], planned: u32, completed: u32, sales: f64) -> Row {
    Row {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        planned: Some(f64::from(planned)),
        completed: Some(f64::from(completed)),
        sales: Some(sales),
    }
}

/// Counts, a share and an amount by dimensions, with subtotals of the leading ones (all but the last) and totals: sums for what sums, the
/// share from its parts.
fn by_groups(dimensions: &[(&str, &str)], rows: &[Row]) -> Table {
    let come_to = |rows: &[Row]| {
        let sum = |of: fn(&Row) -> Option<f64>| {
            let there: Vec<f64> = rows.iter().filter_map(of).collect();
            (!there.is_empty()).then(|| there.iter().sum::<f64>())
        };
        let (planned, completed) = (sum(|row| row.planned), sum(|row| row.completed));
        let share = ratio(completed, planned).and_then(|share| rounding::rounded(share, SHARE));
        [planned, completed, share, sum(|row| row.sales)].map(|number| number.map(Value::Number))
    };
    let of = |value: fn(&Row) -> Option<f64>| rows.iter().map(value).collect::<Vec<_>>();
    let mut columns: Vec<Column> = dimensions
        .iter()
        .enumerate()
        .map(|(at, (id, label))| {
            dimension(id, label, rows.iter().map(|row| row.names.get(at).cloned()).collect())
        })
        .collect();
    columns.extend([
        metric("tasks_planned", "Tareas planificadas", COUNT, of(|row| row.planned)),
        metric("tasks_completed", "Tareas completadas", COUNT, of(|row| row.completed)),
        metric("completion_rate", "Cumplimiento", SHARE, of(|row| ratio(row.completed, row.planned))),
        metric("sales_amount", "Ventas", PESOS, of(|row| row.sales)),
    ]);
    let depth = dimensions.len() - 1;
    let mut groups = Vec::new();
    let mut starts = vec![0; depth];
    for end in 1..=rows.len() {
        let same = rows.get(end).map_or(0, |next| {
            next.names.iter().zip(&rows[end - 1].names).take_while(|(next, own)| next == own).count()
        });
        for level in (same.min(depth)..depth).rev() {
            let start = std::mem::replace(&mut starts[level], end);
            let named = |at: usize| (at <= level).then(|| Value::Text(rows[start].names[at].clone()));
            let cells = (0..dimensions.len()).map(named).chain(come_to(&rows[start..end])).collect();
            groups.push(RowGroup { level, rows: start..end, is_whole: true, cells });
        }
    }
    let totals = vec![None; dimensions.len()].into_iter().chain(come_to(rows)).collect();
    Table { groups, ..Table::new(columns, Some(totals)) }
}

/// Three teams, one of them of a single seller, with the others of a limit.
fn teams() -> Table {
    let rows = [
        row(&["Eje Cafetero", "José Muñoz"], 120, 110, 84_500_000.0),
        row(&["Eje Cafetero", "María Fernanda Ibáñez de la Peña"], 98, 71, 61_250_000.0),
        row(&["Eje Cafetero", "Íñigo Güell"], 87, 40, 12_000_000.0),
        row(&["Eje Cafetero", "Ana Sofía Ordóñez"], 60, 48, 9_800_000.0),
        row(&["Eje Cafetero", "Otros"], 44, 30, 4_000_000.0),
        row(&["Norte", "Óscar Peñaranda"], 140, 133, 55_300_000.0),
        row(&["Norte", "Wilmer Andrés Quiñones Castañeda"], 90, 45, 20_000_000.0),
        row(&["Norte", "Lucía Zúñiga"], 31, 30, 18_750_000.0),
        row(
            &["Distribuidores mayoristas de la Costa Caribe y San Andrés", "Ángela Ávila"],
            75,
            52,
            33_900_000.0,
        ),
        row(&["(sin equipo)", "(sin vendedor)"], 12, 3, -450_000.0),
        row(&["(sin equipo)", "Raúl Núñez"], 8, 8, 0.0),
    ];
    let mut table = by_groups(&[("team", "Equipo"), ("seller", "Vendedor")], &rows);
    mark(&mut table, "tasks_completed", Kind::Bar);
    mark(
        &mut table,
        "completion_rate",
        Kind::Bounds(vec![bound(Side::Below, 0.6, false), bound(Side::From, 0.8, true)]),
    );
    mark(&mut table, "sales_amount", Kind::Targets(vec![Some(20_000_000.0), Some(9_800_000.0), None]));
    table
}

/// Groups within groups, one of them with a single group in it.
fn levels() -> Table {
    let mut rows = Vec::new();
    for (region, team, sellers) in [
        ("Andina", "Bogotá", 3),
        ("Andina", "Medellín", 2),
        ("Caribe", "Barranquilla", 4),
        ("Pacífica", "Cali", 1),
        ("Pacífica", "Pasto", 2),
    ] {
        for at in 0..sellers {
            let planned = 40 + 7 * rows.len() as u32;
            rows.push(row(
                &[region, team, NAMES[rows.len() % NAMES.len()]],
                planned,
                planned - 5 * at,
                f64::from(planned) * 125_000.5,
            ));
        }
    }
    let dimensions = [("region", "Región"), ("team", "Equipo"), ("seller", "Vendedor")];
    let mut table = by_groups(&dimensions, &rows);
    mark(&mut table, "completion_rate", Kind::Scale);
    table
}

/// Every mark over values below 0 and over gaps.
fn marked() -> Table {
    let values =
        [Some(-12_500_000.0), Some(48_000_000.0), None, Some(0.0), Some(7_250_000.0), Some(-900_000.0)];
    let shares = [Some(0.91), Some(0.8), Some(0.799), None, Some(0.12), Some(1.0)];
    let changes = [Some(-0.4), Some(0.031), None, Some(0.0), Some(1.25), Some(-0.007)];
    let teams = ["Norte", "Sur", "Eje Cafetero", "Telemercadeo", "Peñalolén–Ñuñoa", "Amazonía"];
    let columns = vec![
        dimension("team", "Equipo", teams.map(|team| Some(team.to_owned())).to_vec()),
        metric("net_amount", "Ventas netas", PESOS, values.to_vec()),
        metric("on_time_rate", "Puntualidad", SHARE, shares.to_vec()),
        metric("growth", "Crecimiento", SHARE, changes.to_vec()),
        metric(
            "sales_per_visit",
            "Ventas por visita",
            ValueFormat::Currency(2),
            values.iter().map(|v| v.map(|v| v / 37.0)).collect(),
        ),
    ];
    let totals = vec![
        None,
        Some(Value::Number(41_850_000.0)),
        Some(Value::Number(0.742)),
        None,
        Some(Value::Number(1_131_081.08)),
    ];
    let mut table = Table::new(columns, Some(totals));
    mark(&mut table, "net_amount", Kind::Bar);
    mark(&mut table, "on_time_rate", Kind::Bounds(vec![bound(Side::Below, 0.8, false)]));
    mark(&mut table, "growth", Kind::Scale);
    mark(&mut table, "sales_per_visit", Kind::Targets(vec![Some(100_000.0)]));
    table
}

fn long_names() -> Table {
    let rows = [
        row(&[LONG, "José Muñoz"], 12, 7, 1_000_000.0),
        row(&[LONG, &LONG.to_uppercase()], 10, 10, 2_000_000.0),
        row(&["Norte", LONG], 9, 2, 250_000.0),
        row(&["Norte", &"Ñ".repeat(200)], 4, 1, 125_000.0),
    ];
    let mut table = by_groups(&[("team", "Equipo"), ("user_name", "Cliente")], &rows);
    mark(&mut table, "sales_amount", Kind::Bar);
    table
}

fn wide() -> Table {
    let rows: Vec<Row> = (0..10_u32)
        .map(|at| {
            row(
                &[["Norte", "Sur"][at as usize / 5], NAMES[at as usize % NAMES.len()]],
                50 + at,
                40 + at,
                3e6 * f64::from(at),
            )
        })
        .collect();
    let mut table = by_groups(&[("team", "Equipo"), ("seller", "Vendedor")], &rows);
    for number in 7..=24_u32 {
        let values =
            (0..10).map(|at| (at % 4 != 3).then(|| f64::from(at * number) * 1234.0 - 9000.0)).collect();
        let mut column =
            metric(&format!("metric_{number}"), &format!("Indicador número {number}"), COUNT, values);
        column.is_sum = number % 2 == 0;
        let sum = |column: &Column, rows: std::ops::Range<usize>| {
            let Values::Number(values) = &column.values else { return None };
            Some(Value::Number(values[rows].iter().flatten().sum()))
        };
        for group in &mut table.groups {
            group.cells.push(sum(&column, group.rows.clone()));
        }
        if let Some(totals) = &mut table.totals {
            totals.push(sum(&column, 0..10));
        }
        table.columns.push(column);
    }
    mark(&mut table, "metric_9", Kind::Scale);
    mark(&mut table, "metric_12", Kind::Bar);
    table
}

fn long() -> Table {
    let teams = [
        "Norte",
        "Sur",
        "Eje Cafetero",
        "Costa Caribe",
        "Altiplano",
        "Telemercadeo",
        "Santanderes",
        "Pacífico",
        "Llanos",
    ];
    let rows: Vec<Row> = (0..150_u32)
        .map(|at| {
            let (team, planned) = (teams[at as usize * 9 / 150], 40 + at * 7 % 53);
            let name = format!("{} {}", NAMES[at as usize % NAMES.len()], at + 1);
            let sales = f64::from(at * 977 % 1301) * 12_500.0;
            Row {
                sales: (at % 11 != 4).then_some(sales),
                ..row(&[team, &name], planned, 12 + at * 5 % 29, sales)
            }
        })
        .collect();
    let mut table = by_groups(&[("team", "Equipo"), ("seller", "Vendedor")], &rows);
    mark(&mut table, "completion_rate", Kind::Bounds(vec![bound(Side::From, 0.7, true)]));
    mark(&mut table, "sales_amount", Kind::Bar);
    table
}

/// The cells of a matrix, measured together; the totals of its rows are not.
fn scaled(mut table: Table) -> Table {
    let cells = table.columns.len() - 1;
    let values = |column: &Column| {
        if let Values::Number(values) = &column.values { values.clone() } else { Vec::new() }
    };
    let span = Span::of(table.columns.iter().take(cells).flat_map(values).flatten());
    for column in table.columns.iter_mut().take(cells).filter(|column| !column.is_dimension) {
        column.mark = span.map(Mark::Scale);
    }
    table
}

/// A mark to be.
enum Kind {
    Bar,
    Scale,
    Bounds(Vec<Bound>),
    /// Of each group, by its place; rows have that of theirs.
    Targets(Vec<Option<f64>>),
}

fn bound(side: Side, at: f64, is_good: bool) -> Bound {
    Bound { side, at, is_good }
}

fn mark(table: &mut Table, id: &str, kind: Kind) {
    let Some(at) = table.columns.iter().position(|column| column.id == id) else { return };
    let values =
        if let Values::Number(values) = &table.columns[at].values { values.clone() } else { Vec::new() };
    let number = |cell: Option<&Option<Value>>| match cell {
        Some(Some(Value::Number(number))) => Some(*number),
        _ => None,
    };
    let subtotals: Vec<Option<f64>> = table.groups.iter().map(|group| number(group.cells.get(at))).collect();
    let total = number(table.totals.as_ref().and_then(|totals| totals.get(at)));
    let span = || Span::of(values.iter().flatten().copied());
    table.columns[at].mark = match kind {
        Kind::Bar => span().map(|span| Mark::Bar(span.with_zero())),
        Kind::Scale => span().map(Mark::Scale),
        Kind::Bounds(bounds) => {
            let verdict = |value: Option<f64>| Rule::by_bounds(&bounds, value);
            Some(Mark::Judged(Judged {
                rows: values.iter().map(|value| verdict(*value)).collect(),
                subtotals: subtotals.iter().map(|value| verdict(*value)).collect(),
                total: verdict(total),
                by: Rule::Bounds(bounds),
            }))
        }
        Kind::Targets(targets) => {
            let of_row = |row: usize| {
                let group = table.groups.iter().position(|group| group.rows.contains(&row)).unwrap_or(0);
                targets.get(group).copied().flatten()
            };
            let of_rows: Vec<Option<f64>> = (0..values.len()).map(of_row).collect();
            let verdict =
                |value: Option<f64>, target: Option<f64>| Rule::by_target(Better::Higher, value, target);
            Some(Mark::Judged(Judged {
                rows: values.iter().zip(&of_rows).map(|(value, target)| verdict(*value, *target)).collect(),
                subtotals: subtotals.iter().map(|value| verdict(*value, Some(60_000_000.0))).collect(),
                total: Verdict::Neutral,
                by: Rule::Targets { better: Better::Higher, rows: of_rows },
            }))
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_that_strain_hold_together() {
        let locale = Locale::parse("es-CO").expect("a locale");
        for section in stress_tables(&locale) {
            let Body::Table(table) = &section.body else { panic!("{} is a table", section.id) };
            let width = table.columns.len();
            assert!(table.columns.iter().all(|column| column.values.len() == table.len()), "{}", section.id);
            assert!(table.totals.as_ref().is_none_or(|totals| totals.len() == width), "{}", section.id);
            for group in &table.groups {
                assert!(
                    group.cells.len() == width && group.rows.end <= table.len(),
                    "{}: {group:?}",
                    section.id
                );
            }
            assert!(table.groups.is_sorted_by_key(|group| group.rows.end), "{}", section.id);
        }
        assert!(LONG.chars().count() >= 200);
    }
}
