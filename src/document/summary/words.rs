//! How findings are said. Labels are of any gender and number, so no sentence makes a verb or an article agree with one.

use super::movers::{Mover, Movers};
use super::outliers::LEAST_ROWS;
use super::records::{Rank, Span};
use super::targets::Side;
use crate::calendar::PeriodKind;
use crate::definition::Language;
use crate::document::Locale;
use crate::document::listing::listed;
use crate::document::words::pick;
use chrono::NaiveDate;

/// `Tareas completadas: 8,4 % menos que la semana anterior (de 1.402 a 1.284)`
pub(super) fn changed(label: &str, change: &str, from: &str, to: &str, language: Language) -> String {
    match language {
        Language::Es => format!("{label}: {change} (de {from} a {to})"),
        Language::En => format!("{label}: {change} (from {from} to {to})"),
        Language::Pt => format!("{label}: {change} (de {from} para {to})"),
    }
}

/// `por debajo del objetivo de 85,0 %`
pub(super) fn off_target(side: Side, target: &str, language: Language) -> String {
    let words = match side {
        Side::Below => ["por debajo del objetivo de", "below the target of", "abaixo da meta de"],
        Side::Above => ["por encima del objetivo de", "above the target of", "acima da meta de"],
    };
    format!("{} {target}", pick(words, language))
}

/// `; por equipo, sobre todo Norte (-120) y, en sentido contrario, Sur (+40)`
pub(super) fn moved(
    dimension: &str,
    movers: &Movers,
    show: impl Fn(f64) -> String,
    language: Language,
) -> String {
    let named = |mover: &Mover| format!("{} ({})", mover.group.label, show(mover.change));
    let along: Vec<String> = movers.along.iter().map(named).collect();
    let (by, mainly, contrary) = match language {
        Language::Es => ("por", "sobre todo", "en sentido contrario,"),
        Language::En => ("by", "mainly", "the other way,"),
        Language::Pt => ("por", "sobretudo", "no sentido contrário,"),
    };
    let mut text = format!("; {by} {}, {mainly} {}", dimension.to_lowercase(), listed(&along, language));
    if let Some(mover) = &movers.contrary {
        text.push_str(&format!("; {contrary} {}", named(mover)));
    }
    text
}

/// A target that is not met, as shown.
pub(super) struct Goal {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) target: String,
    pub(super) side: Side,
}

/// `Cumplimiento: 78,2 %, por debajo del objetivo de 85,0 %.`, or of several a list; `more` are not named.
pub(super) fn targets(goals: &[Goal], more: usize, locale: &Locale) -> Option<String> {
    let language = locale.language();
    let first = goals.first()?;
    if let [goal] = goals
        && more == 0
    {
        return Some(format!(
            "{}: {}, {}.",
            goal.label,
            goal.value,
            off_target(goal.side, &goal.target, language)
        ));
    }
    let side = goals.iter().all(|goal| goal.side == first.side).then_some(first.side).filter(|_| more == 0);
    let head = match side {
        Some(Side::Below) => ["Por debajo del objetivo", "Below target", "Abaixo da meta"],
        Some(Side::Above) => ["Por encima del objetivo", "Above target", "Acima da meta"],
        None => ["Fuera del objetivo", "Off target", "Fora da meta"],
    };
    let goal_word = pick(["objetivo", "target", "meta"], language);
    let mut items: Vec<String> =
        goals.iter().map(|it| format!("{} ({}; {goal_word}, {})", it.label, it.value, it.target)).collect();
    if more > 0 {
        #[expect(clippy::cast_precision_loss, reason = "counts of metrics")]
        let more = locale.number(more as f64, 0);
        items.push(match language {
            Language::Es => format!("{more} más"),
            Language::En => format!("{more} more"),
            Language::Pt => format!("mais {more}"),
        });
    }
    Some(format!("{}: {}.", pick(head, language), listed(&items, language)))
}

/// `el peor resultado de las últimas 27 semanas`, `el mejor resultado desde la semana del 2 de marzo de 2026 (entonces, 86,1 %)`
pub(super) fn record(
    rank: Rank,
    span: Span,
    kind: PeriodKind,
    locale: &Locale,
    show: impl Fn(f64) -> String,
) -> String {
    let language = locale.language();
    let rank = pick(
        match rank {
            Rank::Best => ["el mejor resultado", "the best result", "o melhor resultado"],
            Rank::Worst => ["el peor resultado", "the worst result", "o pior resultado"],
            Rank::Highest => ["el valor más alto", "the highest value", "o valor mais alto"],
            Rank::Lowest => ["el valor más bajo", "the lowest value", "o valor mais baixo"],
        },
        language,
    );
    #[expect(clippy::cast_precision_loss, reason = "counts of periods")]
    let counted = |count: usize| locale.number(count as f64, 0);
    match span {
        Span::Last(count) => {
            let (periods, feminine) = periods(kind, locale);
            let of = match (language, feminine) {
                (Language::Es, true) => "de las últimas",
                (Language::Es, false) => "de los últimos",
                (Language::En, _) => "of the last",
                (Language::Pt, true) => "das últimas",
                (Language::Pt, false) => "dos últimos",
            };
            format!("{rank} {of} {} {periods}", counted(count))
        }
        Span::Known(count, from) => {
            let (periods, feminine) = periods(kind, locale);
            let (of, with) = match (language, feminine) {
                (Language::Es, true) => ("de las", "con informe desde el"),
                (Language::Es, false) => ("de los", "con informe desde el"),
                (Language::En, _) => ("of the", "with a report since"),
                (Language::Pt, true) => ("das", "com relatório desde"),
                (Language::Pt, false) => ("dos", "com relatório desde"),
            };
            format!("{rank} {of} {} {periods} {with} {}", counted(count), locale.long_date(from))
        }
        Span::Since(past) => {
            let then = show(past.value);
            let then = match language {
                Language::Es => format!("entonces, {then}"),
                Language::En => format!("{then} then"),
                Language::Pt => format!("então, {then}"),
            };
            format!("{rank} {} ({then})", since(kind, past.from, locale))
        }
    }
}

/// `semanas`, `lunes`, `periodos de 10 días`, and whether the word is feminine where that shows.
fn periods(kind: PeriodKind, locale: &Locale) -> (String, bool) {
    let language = locale.language();
    let word = |words| pick(words, language).to_owned();
    match kind {
        PeriodKind::Day(weekday) => {
            let place = weekday.num_days_from_monday() as usize;
            (word(WEEKDAYS[place]), language == Language::Pt && place < 5)
        }
        PeriodKind::Week(_) => (word(["semanas", "weeks", "semanas"]), true),
        PeriodKind::Month => (word(["meses", "months", "meses"]), false),
        PeriodKind::Quarter => (word(["trimestres", "quarters", "trimestres"]), false),
        PeriodKind::Year => (word(["años", "years", "anos"]), false),
        PeriodKind::Days(days) => {
            #[expect(clippy::cast_precision_loss, reason = "a count of days")]
            let days = locale.number(days as f64, 0);
            let periods = match language {
                Language::Es => format!("periodos de {days} días"),
                Language::En => format!("periods of {days} days"),
                Language::Pt => format!("períodos de {days} dias"),
            };
            (periods, false)
        }
    }
}

/// From Monday on, several of each.
const WEEKDAYS: [[&str; 3]; 7] = [
    ["lunes", "Mondays", "segundas-feiras"],
    ["martes", "Tuesdays", "terças-feiras"],
    ["miércoles", "Wednesdays", "quartas-feiras"],
    ["jueves", "Thursdays", "quintas-feiras"],
    ["viernes", "Fridays", "sextas-feiras"],
    ["sábados", "Saturdays", "sábados"],
    ["domingos", "Sundays", "domingos"],
];

/// `desde la semana del 2 de marzo de 2026`, `desde marzo de 2026`, `de un lunes desde el 2 de marzo de 2026`
fn since(kind: PeriodKind, from: NaiveDate, locale: &Locale) -> String {
    let language = locale.language();
    let period = locale.period(from, kind.last(from));
    let day = locale.long_date(from);
    match (kind, language) {
        (PeriodKind::Day(weekday), _) => {
            let [es, en, pt] = ONE_WEEKDAY[weekday.num_days_from_monday() as usize];
            match language {
                Language::Es => format!("de un {es} desde el {day}"),
                Language::En => format!("of a {en} since {day}"),
                Language::Pt => format!("de {pt} desde {day}"),
            }
        }
        (PeriodKind::Week(_), Language::Es) => format!("desde la semana del {day}"),
        (PeriodKind::Week(_), Language::En) => format!("since the week of {day}"),
        (PeriodKind::Week(_), Language::Pt) => format!("desde a semana de {day}"),
        (PeriodKind::Month | PeriodKind::Year, Language::En) => format!("since {period}"),
        (PeriodKind::Month | PeriodKind::Year, _) => format!("desde {period}"),
        (PeriodKind::Quarter, Language::Es) => format!("desde el trimestre {period}"),
        (PeriodKind::Quarter, Language::En) => format!("since the quarter {period}"),
        (PeriodKind::Quarter, Language::Pt) => format!("desde o trimestre {period}"),
        (PeriodKind::Days(_), Language::Es) => format!("desde el periodo que empezó el {day}"),
        (PeriodKind::Days(_), Language::En) => format!("since the period that began on {day}"),
        (PeriodKind::Days(_), Language::Pt) => format!("desde o período que começou em {day}"),
    }
}

/// One of each; in Portuguese with its article.
const ONE_WEEKDAY: [[&str; 3]; 7] = [
    ["lunes", "Monday", "uma segunda-feira"],
    ["martes", "Tuesday", "uma terça-feira"],
    ["miércoles", "Wednesday", "uma quarta-feira"],
    ["jueves", "Thursday", "uma quinta-feira"],
    ["viernes", "Friday", "uma sexta-feira"],
    ["sábado", "Saturday", "um sábado"],
    ["domingo", "Sunday", "um domingo"],
];

/// `A tiempo, por equipo: Norte, con 41,2 %, queda fuera de lo habitual (de 70,1 % a 92,3 %).`
pub(super) fn outlier(
    label: &str,
    dimension: &str,
    group: &str,
    value: &str,
    (low, high): (&str, &str),
    language: Language,
) -> String {
    let dimension = dimension.to_lowercase();
    match language {
        Language::Es => format!(
            "{label}, por {dimension}: {group}, con {value}, queda fuera de lo habitual (de {low} a {high})."
        ),
        Language::En => format!(
            "{label}, by {dimension}: {group}, at {value}, is outside the usual range ({low} to {high})."
        ),
        Language::Pt => {
            format!(
                "{label}, por {dimension}: {group}, com {value}, fica fora do habitual (de {low} a {high})."
            )
        }
    }
}

/// The rule behind [`outlier`], with its name.
pub(super) fn outlier_rule(locale: &Locale) -> (String, String) {
    let name =
        pick(["Fuera de lo habitual", "Outside the usual range", "Fora do habitual"], locale.language());
    let rule = pick(
        [
            "porcentaje de un grupo a más de 1,5 veces la distancia entre cuartiles por debajo del primero o por encima del tercero; grupos con {n} filas o más, y al menos seis; lo habitual son los demás",
            "a group's share more than 1.5 times the distance between the quartiles below the first or above the third; groups of {n} rows or more, at least six of them; the usual range is that of the others",
            "percentual de um grupo a mais de 1,5 vez a distância entre quartis abaixo do primeiro ou acima do terceiro; grupos com {n} linhas ou mais, e pelo menos seis; o habitual são os demais",
        ],
        locale.language(),
    );
    (name.to_owned(), rule.replace("{n}", &locale.number(LEAST_ROWS, 0)))
}
