//! Generated commerces, operators and retention statuses, with the words and names of the region.

use super::dice::Dice;
use super::generate::{Sizes, operator_id, stamp, user_id};
use super::listing::Listing;
use serde_json::{Value, json};

/// Codes and labels of why somebody is contacted.
pub(crate) const REASONS: &[(&str, &str)] = &[
    ("renewal", "Renovación de contrato"),
    ("low_stock", "Inventario bajo"),
    ("win_back", "Reactivación: «vuelve y gana»"),
    ("new_product", "Lanzamiento de la línea niños"),
    ("payment", "Cobro; segunda visita"),
    ("survey", "Encuesta de satisfacción"),
];
pub(crate) const LABELS: &[&str] =
    &["Visita semanal", "Llamada de reposición", "Oferta de mayo", "Bienvenida", "Pedido sugerido \"A+B\""];
const KINDS: &[&str] = &["Tienda", "Minimercado", "Almacén", "Botillería", "Panadería", "Mercearia"];
const NAMES: &[&str] = &[
    "La Esperanza",
    "El Peñón",
    "São João",
    "Doña Rosa",
    "Ñuñoa",
    "Los Ángeles",
    "Peñalolén",
    "D'Onofrio & Cía.",
];
const FIRST: &[&str] = &["José", "María Belén", "João", "Íngrid", "Andrés", "Lucía", "Nicolás", "Beatriz"];
const LAST: &[&str] = &["Muñoz", "Peña Rojas", "da Conceição", "Güell", "Ibáñez", "O'Higgins", "Quispe"];

/// Commerce number n has the `externalId` of user number n.
pub(crate) fn commerces(sizes: &Sizes) -> Vec<Value> {
    let mut dice = Dice::new(sizes.seed, 4);
    (0..sizes.commerces)
        .map(|number| {
            let made = -(dice.below(400_000) as i64);
            let mut at = |minutes| stamp(sizes, Listing::Commerces, minutes, &mut dice);
            let (made, updated) = (at(made), at(made + 60));
            let mut row = json!({
                "id": dice.uuid(),
                "name": format!("{} {}", dice.pick(KINDS), dice.pick(NAMES)),
                "externalId": user_id(number),
                "taxId": if dice.chance(80) { json!(format!("9{:08}-{}", dice.below(100_000_000), dice.below(10))) } else { Value::Null },
                "isActive": dice.chance(92),
                "isPlaceholder": dice.chance(4),
                "metadata": { "segmento": dice.pick(&["oro", "plata", "bronce"]) },
                "createdAt": made,
                "updatedAt": updated,
            });
            if number % 6 == 1 {
                row["globalExternalId"] = json!(format!("G-{:06}", number + 1));
            }
            row
        })
        .collect()
}

/// Operators have one name, or a first and a last one: pages of the documentation differ.
pub(crate) fn operators(sizes: &Sizes) -> Vec<Value> {
    let mut dice = Dice::new(sizes.seed, 5);
    (0..sizes.operators)
        .map(|number| {
            let made = -(dice.below(400_000) as i64);
            let mut at = |minutes| stamp(sizes, Listing::Operators, minutes, &mut dice);
            let (made, updated) = (at(made), at(made + 60));
            let (first, last) = (dice.pick(FIRST), dice.pick(LAST));
            let mut row = json!({
                "id": dice.uuid(),
                "email": format!("w{}@example.com", number + 1),
                "phone": if dice.chance(70) { json!(format!("+57300{:07}", dice.below(10_000_000))) } else { Value::Null },
                "type": dice.pick(&["SALESMAN", "SALESMAN", "ACTIVATOR", "CALLCENTER"]),
                "externalId": operator_id(number),
                "isActive": dice.chance(92),
                "isPlaceholder": false,
                "metadata": {},
                "createdAt": made,
                "updatedAt": updated,
            });
            if number % 2 == 0 {
                row["name"] = json!(format!("{first} {last}"));
            } else {
                row["firstName"] = json!(first);
                row["lastName"] = json!(last);
            }
            row
        })
        .collect()
}

/// The tenant's own codes; the last one is not used any more.
pub(crate) fn retention_statuses() -> Vec<Value> {
    let statuses = [
        ("active", "Activo", true),
        ("at_risk", "En riesgo", true),
        ("churned", "Perdido", true),
        ("legacy", "Clasificación anterior", false),
    ];
    let rows = statuses.iter().enumerate().map(|(number, (code, label, is_active))| {
        json!({
            "id": format!("00000000-0000-4000-8000-00000000000{}", number + 1),
            "code": code,
            "label": label,
            "description": if *is_active { Value::Null } else { json!("No usar") },
            "isActive": is_active,
            "createdAt": "2025-01-02T03:04:05.678Z",
            "updatedAt": "2025-06-02T03:04:05.678Z",
        })
    });
    rows.collect()
}
