//! Findings in numbers made by hand, in three languages.

use super::*;
use crate::calendar::{Shape, Unit};
use crate::definition::{Comparison, Language, Rows, Target, Text, ValueFormat};

const COUNT: ValueFormat = ValueFormat::Integer;
const SHARE: ValueFormat = ValueFormat::Percent(1);

fn days(month: u32) -> Days {
    let day = |day| NaiveDate::from_ymd_opt(2026, month, day).expect("a day");
    (day(2), day(8))
}

fn metric(label: [&str; 3], format: ValueFormat, better: Better, target: Option<f64>) -> MetricDefinition {
    let [es, en, pt] = label;
    let texts = [(Language::Es, es), (Language::En, en), (Language::Pt, pt)];
    MetricDefinition {
        id: en.to_lowercase(),
        label: Text::Translated(texts.into_iter().map(|(of, text)| (of, text.to_owned())).collect()),
        description: Text::from(""),
        formula: Text::from(""),
        of: "tasks".to_owned(),
        rows: Rows::Planned,
        expr: String::new(),
        by: Vec::new(),
        optional: Vec::new(),
        format,
        better,
        additive: format == COUNT,
        target: target.map(Target::Always),
        denominator: None,
        follows: None,
        otherwise: None,
    }
}

fn completed() -> MetricDefinition {
    metric(["Tareas completadas", "Completed", "Tarefas concluídas"], COUNT, Better::Higher, None)
}

fn rate() -> MetricDefinition {
    metric(["Cumplimiento", "Rate", "Cumprimento"], SHARE, Better::Higher, Some(0.85))
}

fn reading(metric: &MetricDefinition, value: Option<f64>, before: Option<f64>, rows: f64) -> Reading<'_> {
    let label = metric.label.in_language(Language::Es).to_owned();
    // Without a period there is one target for all.
    let target = match metric.target {
        Some(Target::Always(target)) => Some(target),
        _ => None,
    };
    Reading { metric, label, value, before, target, rows: (Some(rows), Some(rows)), earlier: &[] }
}

fn part(label: &str, value: Option<f64>, before: Option<f64>) -> Part {
    let group =
        Group { dimension: "team".to_owned(), key: Some(label.to_lowercase()), label: label.to_owned() };
    Part { group, value, before, rows: Some(100.0) }
}

fn by_team(metric: &MetricDefinition, parts: Vec<Part>) -> Breakdown<'_> {
    let label = metric.label.in_language(Language::Es).to_owned();
    Breakdown { metric, label, dimension: "Equipo".to_owned(), parts }
}

/// What is said in a locale, compared with the week before and with targets.
fn said_in<'m>(
    tag: &str,
    readings: &[Reading<'m>],
    shares: &[Breakdown<'m>],
    groups: Option<Breakdown<'m>>,
) -> Vec<Sentence> {
    let locale = Locale::parse(tag).expect("a locale");
    let language = locale.language();
    let against = Against::of(Comparison::Previous, Shape::Unit(Unit::Week), language);
    let voice = Voice {
        locale: &locale,
        currency: Some("COP"),
        before: Some((&against, days(2))),
        targets: true,
        days: days(3),
        kind: None,
    };
    let readings: Vec<Reading<'m>> = readings
        .iter()
        .map(|it| Reading { label: it.metric.label.in_language(language).to_owned(), ..it.clone() })
        .collect();
    let dimension = crate::document::dimension_label("team", language);
    let told = |it: &Breakdown<'_>| {
        let label = it.metric.label.in_language(language).to_owned();
        (label, dimension.clone())
    };
    let shares: Vec<Breakdown<'_>> = shares
        .iter()
        .map(|it| {
            let (label, dimension) = told(it);
            Breakdown { metric: it.metric, label, dimension, parts: it.parts.clone() }
        })
        .collect();
    let asked = |metric: &'m MetricDefinition| {
        let parts = groups.as_ref().filter(|it| it.metric == metric).map(|it| it.parts.clone());
        let label = metric.label.in_language(language).to_owned();
        Ok::<_, ()>(parts.map(|parts| Breakdown { metric, label, dimension: dimension.clone(), parts }))
    };
    sentences(&voice, &readings, &shares, asked).expect("nothing that could fail")
}

fn texts(sentences: &[Sentence]) -> Vec<String> {
    sentences.iter().map(|it| it.text.replace('\u{a0}', " ")).collect()
}

fn said(readings: &[Reading<'_>], groups: Option<Breakdown<'_>>) -> Vec<String> {
    texts(&said_in("es-CO", readings, &[], groups))
}

fn teams(metric: &MetricDefinition) -> Breakdown<'_> {
    by_team(
        metric,
        vec![
            part("Norte", Some(480.0), Some(700.0)),
            part("Centro", Some(300.0), Some(310.0)),
            part("Sur", Some(504.0), Some(392.0)),
        ],
    )
}

#[test]
fn a_change_is_told_with_the_groups_that_moved_it_in_each_language() {
    let metric = completed();
    let of = [reading(&metric, Some(1284.0), Some(1402.0), 1500.0)];
    let text = |tag| texts(&said_in(tag, &of, &[], Some(teams(&metric))));
    assert_eq!(
        text("es-CO"),
        [
            "Tareas completadas: 8,4 % menos que la semana anterior (de 1.402 a 1.284); por equipo, sobre todo Norte (-220); en sentido contrario, Sur (+112)."
        ]
    );
    assert_eq!(
        text("en-US"),
        [
            "Completed: 8.4% less than the previous week (from 1,402 to 1,284); by team, mainly Norte (-220); the other way, Sur (+112)."
        ]
    );
    assert_eq!(
        text("pt-BR"),
        [
            "Tarefas concluídas: 8,4% a menos do que na semana anterior (de 1.402 para 1.284); por equipe, sobretudo Norte (-220); no sentido contrário, Sur (+112)."
        ]
    );
}

#[test]
fn a_sentence_keeps_each_number_with_its_metric_group_and_days() {
    let metric = completed();
    let of = [reading(&metric, Some(1284.0), Some(1402.0), 1500.0)];
    let sentences = said_in("es-CO", &of, &[], Some(teams(&metric)));
    let facts: Vec<(Option<&str>, Quantity, f64, Option<Days>)> = sentences[0]
        .facts
        .iter()
        .map(|it| (it.group.as_ref().and_then(|it| it.key.as_deref()), it.quantity, it.value, it.days))
        .collect();
    let (now, before) = (Some(days(3)), Some(days(2)));
    assert_eq!(
        facts,
        [
            (None, Quantity::Value, 1284.0, now),
            (None, Quantity::Before, 1402.0, before),
            (None, Quantity::Change, -118.0, now),
            (None, Quantity::Relative, -0.084, now),
            (Some("norte"), Quantity::Value, 480.0, now),
            (Some("norte"), Quantity::Before, 700.0, before),
            (Some("norte"), Quantity::Change, -220.0, now),
            (Some("sur"), Quantity::Value, 504.0, now),
            (Some("sur"), Quantity::Before, 392.0, before),
            (Some("sur"), Quantity::Change, 112.0, now),
        ]
    );
}

#[test]
fn what_chance_alone_may_do_is_not_told() {
    let metric = completed();
    // 20 of 400 are five percent, and less than twice the root of 780.
    assert!(said(&[reading(&metric, Some(380.0), Some(400.0), 500.0)], None).is_empty());
    assert_eq!(said(&[reading(&metric, Some(340.0), Some(400.0), 500.0)], None).len(), 1);
    // Far beyond chance, and under five percent.
    assert!(said(&[reading(&metric, Some(96_000.0), Some(100_000.0), 500.0)], None).is_empty());
    let metric = metric_without_target();
    // Three points of a hundred rows are chance, of ten thousand they are not, half a point never is told.
    assert!(said(&[reading(&metric, Some(0.80), Some(0.83), 100.0)], None).is_empty());
    assert_eq!(said(&[reading(&metric, Some(0.80), Some(0.83), 10_000.0)], None).len(), 1);
    assert!(said(&[reading(&metric, Some(0.80), Some(0.805), 1e9)], None).is_empty());
    let unknown = Reading { rows: (None, None), ..reading(&metric, Some(0.2), Some(0.9), 1.0) };
    assert!(said(&[unknown], None).is_empty(), "nobody knows how many rows are behind it");
}

#[test]
fn an_amount_changes_beyond_chance_by_more_the_fewer_rows_it_has() {
    let sales = metric(["Ventas", "Sales", "Vendas"], ValueFormat::Currency(0), Better::Higher, None);
    let told =
        |value: f64, before: f64, rows: f64| said(&[reading(&sales, Some(value), Some(before), rows)], None);
    assert_eq!(
        told(850.0, 1000.0, 400.0),
        ["Ventas: 15,0 % menos que la semana anterior (de $ 1.000 a $ 850)."]
    );
    assert!(told(870.0, 1000.0, 400.0).is_empty(), "two times the root of 2 / 400 are 14 percent");
    assert_eq!(told(870.0, 1000.0, 1000.0).len(), 1);
    assert!(told(960.0, 1000.0, 1e9).is_empty(), "under five percent");
    assert!(told(100.0, 1000.0, 29.0).is_empty(), "few rows");
    assert!(told(100.0, 0.0, 1000.0).is_empty(), "nothing is known of how amounts vary");
}

#[test]
fn a_saturday_has_fewer_tasks_than_a_friday_every_week() {
    let locale = Locale::parse("es-CO").expect("a locale");
    let against = Against::of(Comparison::Previous, Shape::Workday, Language::Es);
    let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).map(|day| (day, day)).expect("a day");
    let (counts, shares) = (completed(), metric_without_target());
    let of =
        [reading(&counts, Some(180.0), Some(400.0), 500.0), reading(&shares, Some(0.6), Some(0.8), 500.0)];
    let told = |before: u32, now: u32| {
        let before = Some((&against, day(before)));
        let voice =
            Voice { locale: &locale, currency: None, before, targets: false, days: day(now), kind: None };
        sentences(&voice, &of, &[], |_| Ok::<_, ()>(None)).expect("nothing that could fail").len()
    };
    assert_eq!((told(12, 13), told(13, 14), told(14, 16)), (2, 1, 1), "Friday, Saturday, Monday");
}

fn metric_without_target() -> MetricDefinition {
    MetricDefinition { target: None, ..rate() }
}

#[test]
fn absent_values_and_equal_ones_say_nothing() {
    let metric = completed();
    for (value, before) in [
        (None, Some(400.0)),
        (Some(400.0), None),
        (None, None),
        (Some(400.0), Some(400.0)),
        (Some(0.0), Some(0.0)),
    ] {
        assert!(said(&[reading(&metric, value, before, 500.0)], Some(teams(&metric))).is_empty());
    }
}

#[test]
fn from_zero_a_change_has_no_percent() {
    let metric = completed();
    let sentences = said_in("es-CO", &[reading(&metric, Some(40.0), Some(0.0), 500.0)], &[], None);
    assert_eq!(texts(&sentences), ["Tareas completadas: 40 más que la semana anterior (de 0 a 40)."]);
    assert!(sentences[0].facts.iter().all(|fact| fact.quantity != Quantity::Relative));
}

#[test]
fn no_group_is_named_that_does_not_stand_out() {
    let metric = completed();
    let of = [reading(&metric, Some(600.0), Some(900.0), 500.0)];
    let plain = ["Tareas completadas: 33,3 % menos que la semana anterior (de 900 a 600)."];
    let alone = vec![part("Norte", Some(600.0), Some(900.0))];
    let alike = ["Norte", "Centro", "Sur"].map(|team| part(team, Some(200.0), Some(300.0))).to_vec();
    let small = (0..10).map(|n| part(&format!("Equipo {n}"), Some(60.0), Some(90.0))).collect();
    let unknown = vec![part("Norte", None, Some(500.0)), part("Sur", None, Some(400.0))];
    for parts in [alone, alike, small, unknown, Vec::new()] {
        assert_eq!(said(&of, Some(by_team(&metric, parts))), plain);
    }
}

#[test]
fn a_group_that_is_gone_or_new_counts_as_zero_in_the_other_period() {
    let metric = completed();
    let of = [reading(&metric, Some(600.0), Some(900.0), 500.0)];
    let parts = vec![
        part("Norte", Some(550.0), Some(600.0)),
        part("Isla", None, Some(300.0)),
        part("Sur", Some(50.0), None),
    ];
    assert_eq!(
        said(&of, Some(by_team(&metric, parts))),
        [
            "Tareas completadas: 33,3 % menos que la semana anterior (de 900 a 600); por equipo, sobre todo Isla (-300)."
        ]
    );
}

#[test]
fn a_metric_that_is_neither_good_nor_bad_comes_after_the_others() {
    let (planned, completed) =
        (metric(["Planificadas", "Planned", "Planejadas"], COUNT, Better::Neither, None), completed());
    let of = [
        reading(&planned, Some(600.0), Some(900.0), 500.0),
        reading(&completed, Some(300.0), Some(500.0), 500.0),
    ];
    let told = said(&of, None);
    assert!(told[0].starts_with("Tareas completadas: 40,0 % menos"), "{told:?}");
    assert!(told[1].starts_with("Planificadas: 33,3 % menos"), "{told:?}");
}

#[test]
fn one_target_that_is_not_met_is_a_sentence_in_each_language() {
    let metric = rate();
    let of = [reading(&metric, Some(0.782), None, 500.0)];
    let text = |tag| texts(&said_in(tag, &of, &[], None));
    assert_eq!(text("es-CO"), ["Cumplimiento: 78,2 %, por debajo del objetivo de 85,0 %."]);
    assert_eq!(text("en-US"), ["Rate: 78.2%, below the target of 85.0%."]);
    assert_eq!(text("pt-BR"), ["Cumprimento: 78,2%, abaixo da meta de 85,0%."]);
}

#[test]
fn targets_that_are_met_or_mean_nothing_are_not_told() {
    let (higher, neither) = (rate(), MetricDefinition { better: Better::Neither, ..rate() });
    let lower = MetricDefinition { better: Better::Lower, ..rate() };
    // 84.96 % is shown as 85.0 %.
    for (metric, value) in
        [(&higher, Some(0.8496)), (&higher, None), (&neither, Some(0.1)), (&lower, Some(0.8))]
    {
        assert!(said(&[reading(metric, value, None, 500.0)], None).is_empty(), "{value:?}");
    }
    let above = said(&[reading(&lower, Some(0.9), None, 500.0)], None);
    assert_eq!(above, ["Cumplimiento: 90,0 %, por encima del objetivo de 85,0 %."]);
}

#[test]
fn several_targets_are_one_sentence_and_those_beyond_three_are_counted() {
    let all: Vec<MetricDefinition> = ["Ícono", "A tiempo", "Cobertura", "Venta", "Contacto"]
        .map(|label| metric([label; 3], SHARE, Better::Higher, Some(0.85)))
        .to_vec();
    let of: Vec<Reading<'_>> = all.iter().map(|metric| reading(metric, Some(0.5), None, 500.0)).collect();
    let text = |tag: &str, count: usize| texts(&said_in(tag, &of[..count], &[], None)).join("|");
    assert_eq!(
        text("es-CO", 2),
        "Por debajo del objetivo: Ícono (50,0 %; objetivo, 85,0 %) y A tiempo (50,0 %; objetivo, 85,0 %)."
    );
    assert!(text("es-CO", 5).ends_with("Cobertura (50,0 %; objetivo, 85,0 %) y 2 más."));
    assert!(text("en-US", 5).starts_with("Off target: Ícono (50.0%; target, 85.0%), "));
    assert!(text("pt-BR", 4).ends_with(" e mais 1."));
}

#[test]
fn a_target_that_a_change_has_told_of_is_not_told_again() {
    let metric = rate();
    let of = [reading(&metric, Some(0.782), Some(0.823), 5000.0)];
    assert_eq!(
        said(&of, None),
        [
            "Cumplimiento: 4,1 p. p. menos que la semana anterior (de 82,3 % a 78,2 %), por debajo del objetivo de 85,0 %."
        ]
    );
}

/// Shares of teams `A`, `B`, ... with a hundred rows each.
fn shares<'a>(metric: &'a MetricDefinition, values: &[Option<f64>]) -> Breakdown<'a> {
    let parts = ["A", "B", "C", "D", "E", "F", "G", "H"].into_iter().zip(values);
    by_team(metric, parts.map(|(label, value)| part(label, *value, None)).collect())
}

#[test]
fn a_group_beyond_the_fences_is_told_in_each_language() {
    let metric = metric_without_target();
    // Quartiles 0.705 and 0.775 of the eight: fences at 0.60 and 0.88.
    let of = [0.41, 0.70, 0.71, 0.72, 0.74, 0.76, 0.78, 0.79].map(Some);
    let by = [shares(&metric, &of)];
    let text = |tag| texts(&said_in(tag, &[], &by, None));
    assert_eq!(
        text("es-CO"),
        ["Cumplimiento, por equipo: A, con 41,0 %, queda fuera de lo habitual (de 70,0 % a 79,0 %)."]
    );
    assert_eq!(text("en-US"), ["Rate, by team: A, at 41.0%, is outside the usual range (70.0% to 79.0%)."]);
    assert_eq!(
        text("pt-BR"),
        ["Cumprimento, por equipe: A, com 41,0%, fica fora do habitual (de 70,0% a 79,0%)."]
    );
    let sentences = said_in("es-CO", &[], &by, None);
    let facts: Vec<(Quantity, f64)> = sentences[0].facts.iter().map(|it| (it.quantity, it.value)).collect();
    assert_eq!(facts, [(Quantity::Value, 0.41), (Quantity::UsualLow, 0.70), (Quantity::UsualHigh, 0.79)]);
}

#[test]
fn few_groups_equal_ones_absent_ones_and_those_of_few_rows_have_no_outlier() {
    let metric = metric_without_target();
    let none = |values: &[Option<f64>]| said_in("es-CO", &[], &[shares(&metric, values)], None).is_empty();
    assert!(none(&[Some(0.1), Some(0.7), Some(0.71), Some(0.72), Some(0.73)]), "five");
    assert!(none(&[0.7; 8].map(Some)), "all equal");
    assert!(none(&[0.1, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.9].map(Some)), "half of them equal");
    assert!(none(&[None; 8]));
    assert!(
        none(&[Some(0.41), None, None, None, Some(0.74), Some(0.76), Some(0.78), Some(0.79)]),
        "five known"
    );
    assert!(none(&[0.66, 0.70, 0.71, 0.72, 0.74, 0.76, 0.78, 0.79].map(Some)), "within the fences");
    let mut few = shares(&metric, &[0.41, 0.70, 0.71, 0.72, 0.74, 0.76, 0.78, 0.79].map(Some));
    few.parts[0].rows = Some(19.0);
    assert!(said_in("es-CO", &[], &[few.clone()], None).is_empty());
    few.parts[0].rows = None;
    assert!(said_in("es-CO", &[], &[few], None).is_empty());
}

#[test]
fn of_two_outliers_the_one_farther_from_its_fence_is_told_and_of_equals_the_first() {
    let metric = metric_without_target();
    let told = |values: [f64; 8]| {
        texts(&said_in("es-CO", &[], &[shares(&metric, &values.map(Some))], None)).join("")
    };
    assert!(told([0.10, 0.70, 0.71, 0.72, 0.72, 0.73, 0.74, 0.99]).contains(": A,"));
    assert!(told([0.50, 0.70, 0.71, 0.72, 0.72, 0.73, 0.74, 0.99]).contains(": H,"));
    let twins = told([0.72, 0.40, 0.71, 0.40, 0.73, 0.72, 0.74, 0.70]);
    assert!(twins.is_empty() || twins.contains(": B,"), "{twins}");
}

#[test]
fn the_rule_of_outliers_is_stated_where_one_is_told() {
    let locale = Locale::parse("es-CO").expect("a locale");
    let voice =
        Voice { locale: &locale, currency: None, before: None, targets: false, days: days(3), kind: None };
    let metric = metric_without_target();
    let by = [shares(&metric, &[0.41, 0.70, 0.71, 0.72, 0.74, 0.76, 0.78, 0.79].map(Some))];
    let told = said_in("es-CO", &[], &by, None);
    let (name, text) = rule(&told, &voice).expect("a rule");
    assert_eq!(name, "Fuera de lo habitual");
    assert!(text.contains("grupos con 20 filas o más"), "{text}");
    assert_eq!(rule(&[], &voice), None);
}
