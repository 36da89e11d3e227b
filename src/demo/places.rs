//! Where shops are and which team works there.

/// A team of sellers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Team {
    Norte,
    Centro,
    Occidente,
    Sur,
    CallCenter,
}

impl Team {
    pub(super) const ALL: [Self; 5] =
        [Self::Norte, Self::Centro, Self::Occidente, Self::Sur, Self::CallCenter];
    /// The teams that visit.
    pub(super) const FIELD: [Self; 4] = [Self::Norte, Self::Centro, Self::Occidente, Self::Sur];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Norte => "Norte",
            Self::Centro => "Centro",
            Self::Occidente => "Occidente",
            Self::Sur => "Sur",
            Self::CallCenter => "Call center",
        }
    }

    /// The first part of its routes.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Norte => "NOR",
            Self::Centro => "CEN",
            Self::Occidente => "OCC",
            Self::Sur => "SUR",
            Self::CallCenter => "CC",
        }
    }

    /// Where its people live.
    pub(super) fn seat(self) -> &'static str {
        match self {
            Self::Norte => "Barranquilla",
            Self::Centro | Self::CallCenter => "Bogotá",
            Self::Occidente => "Medellín",
            Self::Sur => "Cali",
        }
    }

    /// Which part of its plan it is to complete.
    pub(super) fn plan_to_complete(self) -> f64 {
        match self {
            Self::Norte => 0.88,
            Self::Centro => 0.9,
            Self::Occidente => 0.88,
            Self::Sur => 0.86,
            Self::CallCenter => 0.8,
        }
    }

    /// How much more (or less) of its plan it completes than others, in ten thousandths.
    pub(super) fn diligence(self) -> i64 {
        match self {
            Self::Norte => 100,
            Self::Centro => 250,
            Self::Occidente => 0,
            Self::Sur => -350,
            Self::CallCenter => -450,
        }
    }
}

/// A region: its team, its weight among shops, its cities with their weights.
pub(super) struct Region {
    pub(super) name: &'static str,
    pub(super) team: Team,
    pub(super) weight: u32,
    pub(super) cities: &'static [(u32, &'static str)],
}

pub(super) const REGIONS: [Region; 6] = [
    Region {
        name: "Caribe",
        team: Team::Norte,
        weight: 15,
        cities: &[
            (30, "Barranquilla"),
            (22, "Cartagena"),
            (12, "Santa Marta"),
            (10, "Montería"),
            (8, "Valledupar"),
            (6, "Sincelejo"),
            (4, "Riohacha"),
            (3, "Ciénaga"),
        ],
    },
    Region {
        name: "Santanderes",
        team: Team::Norte,
        weight: 10,
        cities: &[
            (30, "Bucaramanga"),
            (22, "Cúcuta"),
            (10, "Floridablanca"),
            (8, "Barrancabermeja"),
            (7, "Ocaña"),
            (6, "Girón"),
            (3, "San Gil"),
        ],
    },
    Region {
        name: "Bogotá y Sabana",
        team: Team::Centro,
        weight: 25,
        cities: &[
            (60, "Bogotá"),
            (12, "Soacha"),
            (6, "Chía"),
            (6, "Zipaquirá"),
            (5, "Facatativá"),
            (5, "Fusagasugá"),
            (5, "Tunja"),
            (3, "Duitama"),
        ],
    },
    Region {
        name: "Antioquia",
        team: Team::Occidente,
        weight: 15,
        cities: &[
            (40, "Medellín"),
            (12, "Bello"),
            (10, "Itagüí"),
            (8, "Envigado"),
            (6, "Rionegro"),
            (5, "Apartadó"),
            (3, "El Peñol"),
        ],
    },
    Region {
        name: "Eje Cafetero",
        team: Team::Occidente,
        weight: 10,
        cities: &[
            (20, "Pereira"),
            (18, "Manizales"),
            (12, "Armenia"),
            (6, "Dosquebradas"),
            (4, "Chinchiná"),
            (3, "Calarcá"),
        ],
    },
    Region {
        name: "Pacífico y Sur",
        team: Team::Sur,
        weight: 25,
        cities: &[
            (40, "Cali"),
            (10, "Palmira"),
            (9, "Pasto"),
            (9, "Ibagué"),
            (8, "Neiva"),
            (7, "Popayán"),
            (5, "Tuluá"),
            (4, "Buga"),
            (4, "Buenaventura"),
            (3, "Jamundí"),
        ],
    },
];
