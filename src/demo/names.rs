//! Names of people and shops: Spanish and Latin American, with their accents.

use super::dice::Dice;

/// Given name and surname of the first sellers, as they stand in the shipped reports.
const SELLERS: [(&str, &str); 45] = [
    ("José", "Muñoz"),
    ("María Fernanda", "Rodríguez"),
    ("Andrés", "Peña"),
    ("Luz Marina", "Gutiérrez"),
    ("Óscar", "Ibáñez"),
    ("Ángela", "Castaño"),
    ("Julián", "Ordóñez"),
    ("Nubia", "Quiñones"),
    ("Héctor", "Zúñiga"),
    ("Yolanda", "Cárdenas"),
    ("Iván", "Montaño"),
    ("Rocío", "Avendaño"),
    ("Germán", "Bolaños"),
    ("Beatriz", "Núñez"),
    ("Fabián", "Londoño"),
    ("Mónica", "Patiño"),
    ("César", "Ocampo"),
    ("Verónica", "Cañón"),
    ("Raúl", "Escobar"),
    ("Inés", "Villaseñor"),
    ("Álvaro", "Rincón"),
    ("Sofía", "Marroquín"),
    ("Ramón", "Acuña"),
    ("Lucía", "Echeverría"),
    ("Jesús", "Galán"),
    ("Adriana", "Saldarriaga"),
    ("Nicolás", "Cifuentes"),
    ("Begoña", "Restrepo"),
    ("Simón", "Jaramillo"),
    ("Pilar", "Mejía"),
    ("Tomás", "Arboleda"),
    ("Graciela", "Buitrago"),
    ("Íngrid", "Vélez"),
    ("Martín", "Suárez"),
    ("Natalia", "Piñeros"),
    ("Sebastián", "Cortés"),
    ("Camila", "Muñetón"),
    ("Efraín", "Valderrama"),
    ("Valentina", "Niño"),
    ("Dámaso", "Briceño"),
    ("Teresa", "Hernández"),
    ("Rubén", "Gómez"),
    ("Consuelo", "Pérez"),
    ("Jairo", "Salazar"),
    ("Gloria", "Uribe"),
];

const GIVEN: [&str; 24] = [
    "Ana",
    "Belén",
    "Carlos",
    "Concepción",
    "Darío",
    "Emilia",
    "Esteban",
    "Félix",
    "Gabriela",
    "Hernán",
    "Irene",
    "Joaquín",
    "Karen",
    "Leonardo",
    "Matías",
    "Noemí",
    "Orlando",
    "Paula",
    "Rosalía",
    "Samuel",
    "Tatiana",
    "Úrsula",
    "Víctor",
    "Ximena",
];

const SURNAMES: [&str; 30] = [
    "Álvarez", "Arango", "Benítez", "Caicedo", "Chávez", "Córdoba", "Díaz", "Espinosa", "Fajardo", "Franco",
    "García", "Giraldo", "Guzmán", "Hoyos", "Jiménez", "López", "Márquez", "Mosquera", "Nariño", "Ospina",
    "Páez", "Quintero", "Ramírez", "Sánchez", "Solano", "Tobón", "Treviño", "Vásquez", "Yáñez", "Zapata",
];

/// The name of a person: the first ones are listed, later ones have two surnames; a thousand of them differ.
pub(super) fn person(index: usize) -> String {
    match SELLERS.get(index) {
        Some((given, surname)) => format!("{given} {surname}"),
        None => {
            let given = GIVEN[index % GIVEN.len()];
            let first = SURNAMES[(index + index / GIVEN.len()) % SURNAMES.len()];
            let second = SURNAMES[(index * 7 + index / 720 + 3) % SURNAMES.len()];
            format!("{given} {first} {second}")
        }
    }
}

/// `José Muñoz` as a mailbox: `jose.munoz`.
pub(super) fn mailbox(name: &str) -> String {
    name.to_lowercase()
        .chars()
        .map(|letter| match letter {
            'á' => 'a',
            'é' => 'e',
            'í' => 'i',
            'ó' => 'o',
            'ú' | 'ü' => 'u',
            'ñ' => 'n',
            ' ' => '.',
            other => other,
        })
        .collect()
}

/// Kinds of shops: trade channel, subchannel, how it is called, weight.
pub(super) const KINDS: [(u32, &str, &str, &str); 9] = [
    (340, "tradicional", "tienda", "Tienda"),
    (180, "tradicional", "minimercado", "Minimercado"),
    (90, "tradicional", "miscelánea", "Miscelánea"),
    (80, "tradicional", "licorera", "Licorera"),
    (70, "tradicional", "droguería", "Droguería"),
    (80, "moderno", "autoservicio", "Autoservicio"),
    (30, "moderno", "supermercado", "Supermercado"),
    (80, "horeca", "panadería", "Panadería"),
    (50, "horeca", "cafetería", "Cafetería"),
];

const OWN_NAMES: [&str; 48] = [
    "La Esperanza",
    "El Progreso",
    "San José",
    "La Economía",
    "El Triunfo",
    "La Bendición",
    "El Porvenir",
    "La Montaña",
    "El Ñato",
    "La Española",
    "El Peñón",
    "La Piñata",
    "Los Ángeles",
    "El Éxito del Barrio",
    "La Última Lágrima",
    "El Rincón Paisa",
    "La Esquina",
    "El Buen Precio",
    "La Colmena",
    "Santa Inés",
    "El Jardín",
    "La Sabrosura",
    "El Caimán",
    "La Guacamaya",
    "El Pilón",
    "La Niña Bonita",
    "El Compadre",
    "La Comadre",
    "El Arriero",
    "La Cabaña",
    "El Mañanero",
    "La Riqueza",
    "El Cóndor",
    "La Ceiba",
    "El Samán",
    "La Campiña",
    "El Viñedo",
    "Las Acacias",
    "El Dorado",
    "La Sultana",
    "El Ávila",
    "Villa del Río",
    "El Caney",
    "La Fe en Dios",
    "El Nuevo Milenio",
    "La Rebaja",
    "El Antojo",
    "La Vecindad",
];

const OWNERS_SHE: [&str; 12] = [
    "Nubia", "Rocío", "Inés", "Pilar", "Yolanda", "Begoña", "Lucía", "Graciela", "Mónica", "Ángela",
    "Consuelo", "Íngrid",
];

const OWNERS_HE: [&str; 12] = [
    "José", "Óscar", "Julián", "Héctor", "Germán", "Ramón", "Álvaro", "Efraín", "Jesús", "Tomás", "Rubén",
    "Jairo",
];

/// The name of a shop of a kind: `Tienda La Esperanza`, `Panadería Doña Nubia`, `Licorera Hermanos Peña`.
pub(super) fn shop(kind: &str, dice: &mut Dice) -> String {
    let own = match dice.below(10) {
        0 => format!("Doña {}", dice.pick(&OWNERS_SHE)),
        1 => format!("Don {}", dice.pick(&OWNERS_HE)),
        2 => format!("Hermanos {}", dice.pick(&SELLERS).1),
        3 => format!("{} y Cía.", dice.pick(&SURNAMES)),
        _ => dice.pick(&OWN_NAMES).to_owned(),
    };
    format!("{kind} {own}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_thousand_people_have_a_thousand_names() {
        let names: BTreeSet<String> = (0..1_000).map(person).collect();
        assert_eq!(names.len(), 1_000);
        assert_eq!(person(0), "José Muñoz");
        assert!(names.iter().all(|name| mailbox(name).is_ascii()), "{names:?}");
    }
}
