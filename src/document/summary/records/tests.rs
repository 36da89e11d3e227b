//! The rule of records on numbers made by hand.

use super::super::{Breakdown, Days, sentences};
use super::*;
use crate::calendar::{Shape, Unit};
use crate::definition::{Comparison, Language, MetricDefinition, Rows, Target, Text, ValueFormat};
use crate::document::Locale;
use crate::document::against::Against;
use chrono::Weekday;

const WEEK: PeriodKind = PeriodKind::Week(Weekday::Mon);

fn metric(format: ValueFormat, better: Better) -> MetricDefinition {
    MetricDefinition {
        id: "rate".to_owned(),
        label: Text::from("Cumplimiento"),
        description: Text::from(""),
        formula: Text::from(""),
        of: "tasks".to_owned(),
        rows: Rows::Planned,
        expr: String::new(),
        by: Vec::new(),
        optional: Vec::new(),
        format,
        better,
        additive: format == ValueFormat::Integer,
        target: None,
        denominator: None,
        follows: None,
        otherwise: None,
    }
}

fn rate(better: Better) -> MetricDefinition {
    metric(ValueFormat::Percent(1), better)
}

/// Monday 2 March 2026, the first of a week; of the other kinds the first of theirs.
fn own(kind: PeriodKind) -> NaiveDate {
    let (month, day) = match kind {
        PeriodKind::Month => (3, 1),
        PeriodKind::Quarter | PeriodKind::Year => (1, 1),
        PeriodKind::Day(weekday) => (3, 2 + weekday.num_days_from_monday()),
        PeriodKind::Week(_) | PeriodKind::Days(_) => (3, 2),
    };
    NaiveDate::from_ymd_opt(2026, month, day).expect("a day")
}

/// Values of the periods before, the latest first; `None` where there was no report.
fn before(kind: PeriodKind, values: &[Option<f64>]) -> Vec<Past> {
    let firsts = std::iter::successors(kind.before(own(kind)), |from| kind.before(*from));
    let past = |(from, value): (NaiveDate, &Option<f64>)| value.map(|value| Past { from, value, raw: value });
    firsts.zip(values).filter_map(past).collect()
}

fn reading<'a>(metric: &'a MetricDefinition, value: f64, earlier: &'a [Past]) -> Reading<'a> {
    let label = metric.label.in_language(Language::Es).to_owned();
    Reading {
        metric,
        label,
        value: Some(value),
        before: None,
        target: None,
        rows: (Some(500.0), None),
        earlier,
    }
}

fn said_in(tag: &str, kind: Option<PeriodKind>, readings: &[Reading<'_>]) -> Vec<Sentence> {
    let locale = Locale::parse(tag).expect("a locale");
    let first = own(kind.unwrap_or(WEEK));
    let days: Days = (first, kind.unwrap_or(WEEK).last(first));
    let voice = Voice { locale: &locale, currency: Some("COP"), before: None, targets: true, days, kind };
    sentences(&voice, readings, &[], |_| Ok::<_, ()>(None::<Breakdown<'_>>)).expect("nothing that could fail")
}

/// What is said of one value after these.
fn told(kind: PeriodKind, metric: &MetricDefinition, value: f64, values: &[Option<f64>]) -> String {
    let earlier = before(kind, values);
    let sentences = said_in("es-CO", Some(kind), &[reading(metric, value, &earlier)]);
    sentences.iter().map(|it| it.text.replace('\u{a0}', " ")).collect::<Vec<_>>().join(" ")
}

/// Eight values that neither rise nor fall.
const EIGHT: [Option<f64>; 8] =
    [Some(0.81), Some(0.84), Some(0.80), Some(0.83), Some(0.82), Some(0.85), Some(0.80), Some(0.82)];

#[test]
fn the_best_worst_highest_and_lowest_of_nine_weeks_are_told_by_what_the_metric_calls_better() {
    for (better, high, low) in [
        (Better::Higher, "el mejor resultado", "el peor resultado"),
        (Better::Lower, "el peor resultado", "el mejor resultado"),
        (Better::Neither, "el valor más alto", "el valor más bajo"),
    ] {
        let metric = rate(better);
        assert_eq!(
            told(WEEK, &metric, 0.86, &EIGHT),
            format!("Cumplimiento: 86,0 %, {high} de las últimas 9 semanas.")
        );
        assert_eq!(
            told(WEEK, &metric, 0.782, &EIGHT),
            format!("Cumplimiento: 78,2 %, {low} de las últimas 9 semanas.")
        );
    }
}

#[test]
fn fewer_than_eight_earlier_periods_equal_values_and_those_within_are_no_record() {
    let metric = rate(Better::Higher);
    assert_eq!(told(WEEK, &metric, 0.86, &EIGHT[..7]), "", "seven");
    assert_eq!(told(WEEK, &metric, 0.86, &[]), "", "none");
    assert_eq!(told(WEEK, &metric, 0.82, &EIGHT), "", "within");
    assert_eq!(told(WEEK, &metric, 0.85, &EIGHT), "", "as high as the highest");
    // 85.04 % is shown as 85.0 %.
    assert_eq!(told(WEEK, &metric, 0.8504, &EIGHT), "", "as high as shown");
    let mut with_twin = EIGHT.to_vec();
    with_twin.extend([Some(0.86), Some(0.70)]);
    assert_eq!(
        told(WEEK, &metric, 0.86, &with_twin),
        "Cumplimiento: 86,0 %, el mejor resultado de las últimas 9 semanas.",
        "an equal value ends what it is the best of"
    );
}

#[test]
fn a_record_since_a_period_that_was_further_still_names_it_and_its_value() {
    let metric = rate(Better::Higher);
    let mut values = EIGHT.to_vec();
    values.extend([Some(0.9), Some(0.95)]);
    let said = |kind, tag: &str| {
        let earlier = before(kind, &values);
        let sentences = said_in(tag, Some(kind), &[reading(&metric, 0.86, &earlier)]);
        sentences[0].text.replace('\u{a0}', " ")
    };
    assert_eq!(
        said(WEEK, "es-CO"),
        "Cumplimiento: 86,0 %, el mejor resultado desde la semana del 29 de diciembre de 2025 (entonces, 90,0 %)."
    );
    assert_eq!(
        said(WEEK, "en-US"),
        "Cumplimiento: 86.0%, the best result since the week of December 29, 2025 (90.0% then)."
    );
    assert_eq!(
        said(WEEK, "pt-BR"),
        "Cumplimiento: 86,0%, o melhor resultado desde a semana de 29 de dezembro de 2025 (então, 90,0%)."
    );
    for (kind, es, en, pt) in [
        (PeriodKind::Month, "desde junio de 2025", "since June 2025", "desde junho de 2025"),
        (PeriodKind::Year, "desde 2017", "since 2017", "desde 2017"),
        (
            PeriodKind::Quarter,
            "desde el trimestre octubre–diciembre de 2023",
            "since the quarter October–December 2023",
            "desde o trimestre outubro–dezembro de 2023",
        ),
        (
            PeriodKind::Day(Weekday::Mon),
            "de un lunes desde el 29 de diciembre de 2025",
            "of a Monday since December 29, 2025",
            "de uma segunda-feira desde 29 de dezembro de 2025",
        ),
        (
            PeriodKind::Day(Weekday::Sat),
            "de un sábado desde el 3 de enero de 2026",
            "of a Saturday since January 3, 2026",
            "de um sábado desde 3 de janeiro de 2026",
        ),
        (
            PeriodKind::Days(10),
            "desde el periodo que empezó el 2 de diciembre de 2025",
            "since the period that began on December 2, 2025",
            "desde o período que começou em 2 de dezembro de 2025",
        ),
    ] {
        assert!(
            said(kind, "es-CO").contains(&format!("el mejor resultado {es} (")),
            "{}",
            said(kind, "es-CO")
        );
        assert!(said(kind, "en-US").contains(&format!("the best result {en} (")), "{}", said(kind, "en-US"));
        assert!(
            said(kind, "pt-BR").contains(&format!("o melhor resultado {pt} (")),
            "{}",
            said(kind, "pt-BR")
        );
    }
}

#[test]
fn the_last_periods_are_counted_by_their_own_name_in_each_language() {
    let metric = rate(Better::Neither);
    let said = |kind, tag: &str| {
        let earlier = before(kind, &EIGHT);
        said_in(tag, Some(kind), &[reading(&metric, 0.86, &earlier)])[0].text.replace('\u{a0}', " ")
    };
    for (kind, es, en, pt) in [
        (WEEK, "de las últimas 9 semanas", "of the last 9 weeks", "das últimas 9 semanas"),
        (PeriodKind::Month, "de los últimos 9 meses", "of the last 9 months", "dos últimos 9 meses"),
        (
            PeriodKind::Quarter,
            "de los últimos 9 trimestres",
            "of the last 9 quarters",
            "dos últimos 9 trimestres",
        ),
        (PeriodKind::Year, "de los últimos 9 años", "of the last 9 years", "dos últimos 9 anos"),
        (
            PeriodKind::Day(Weekday::Fri),
            "de los últimos 9 viernes",
            "of the last 9 Fridays",
            "das últimas 9 sextas-feiras",
        ),
        (
            PeriodKind::Day(Weekday::Sun),
            "de los últimos 9 domingos",
            "of the last 9 Sundays",
            "dos últimos 9 domingos",
        ),
        (
            PeriodKind::Days(10),
            "de los últimos 9 periodos de 10 días",
            "of the last 9 periods of 10 days",
            "dos últimos 9 períodos de 10 dias",
        ),
    ] {
        assert_eq!(said(kind, "es-CO"), format!("Cumplimiento: 86,0 %, el valor más alto {es}."));
        assert_eq!(said(kind, "en-US"), format!("Cumplimiento: 86.0%, the highest value {en}."));
        assert_eq!(said(kind, "pt-BR"), format!("Cumplimiento: 86,0%, o valor mais alto {pt}."));
    }
}

#[test]
fn where_periods_between_are_not_known_nothing_is_claimed_of_them() {
    let metric = rate(Better::Lower);
    let mut values = EIGHT.to_vec();
    values.insert(3, None);
    assert_eq!(
        told(WEEK, &metric, 0.7, &values),
        "Cumplimiento: 70,0 %, el mejor resultado de las 9 semanas con informe desde el 29 de diciembre de 2025."
    );
    // Further still before the gap: whether it is the best since then is not known.
    values.remove(3);
    values.extend([None, Some(0.6)]);
    assert_eq!(
        told(WEEK, &metric, 0.7, &values),
        "Cumplimiento: 70,0 %, el mejor resultado de las últimas 9 semanas."
    );
}

#[test]
fn periods_after_the_reports_own_askew_to_it_or_of_no_comparable_kind_do_not_count() {
    let metric = rate(Better::Higher);
    let mut earlier = before(WEEK, &EIGHT);
    let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).expect("a day");
    // Made again later: these weeks were not there when this one was new.
    earlier.extend([day(3, 9), day(3, 16)].map(|from| Past { from, value: 0.99, raw: 0.99 }));
    // From another weekday on, and its own.
    earlier.extend([day(2, 25), day(3, 2)].map(|from| Past { from, value: 0.99, raw: 0.99 }));
    let said = |kind| said_in("es-CO", kind, &[reading(&metric, 0.86, &earlier)]);
    assert!(said(Some(WEEK))[0].text.contains("de las últimas 9 semanas"));
    assert!(said(None).is_empty(), "the elapsed part of a week sets no record");
}

#[test]
fn what_has_set_a_record_in_each_of_four_periods_before_grows_and_is_not_told() {
    let customers = metric(ValueFormat::Integer, Better::Neither);
    let growing: Vec<Option<f64>> = (1..=12).map(|week| Some(f64::from(1000 - 10 * week))).collect();
    assert_eq!(told(WEEK, &customers, 1000.0, &growing), "");
    let fallen = told(WEEK, &customers, 700.0, &growing);
    assert!(fallen.contains("el valor más bajo de las últimas 13 semanas"), "{fallen}");
    // Falling for four weeks from where it always was: the first of these to be lower than all is news.
    let rate = rate(Better::Higher);
    let mut falling: Vec<Option<f64>> = [0.795, 0.80, 0.81, 0.82].map(Some).to_vec();
    falling.extend(EIGHT);
    falling.push(Some(0.79));
    assert!(told(WEEK, &rate, 0.785, &falling).contains("el peor resultado de las últimas 14 semanas"));
}

#[test]
fn a_share_with_few_rows_behind_it_or_rows_that_nobody_counts_sets_no_record_and_a_count_does() {
    let (share, count) = (rate(Better::Higher), metric(ValueFormat::Integer, Better::Higher));
    let earlier = before(WEEK, &EIGHT);
    for rows in [None, Some(29.0)] {
        let few = Reading { rows: (rows, None), ..reading(&share, 0.99, &earlier) };
        assert!(said_in("es-CO", Some(WEEK), &[few]).is_empty(), "{rows:?}");
    }
    let counted = Reading { rows: (None, None), ..reading(&count, 5.0, &earlier) };
    assert_eq!(said_in("es-CO", Some(WEEK), &[counted]).len(), 1);
}

#[test]
fn of_several_records_two_are_told_those_among_the_most_periods_and_farthest_beyond_them() {
    let metrics: Vec<MetricDefinition> = ["A", "B", "C", "D"]
        .map(|label| MetricDefinition {
            id: label.to_owned(),
            label: Text::from(label),
            ..rate(Better::Higher)
        })
        .to_vec();
    let nine = before(WEEK, &EIGHT);
    let mut longer = EIGHT.to_vec();
    longer.push(Some(0.81));
    let ten = before(WEEK, &longer);
    let of = [
        reading(&metrics[0], 0.86, &nine),
        reading(&metrics[1], 0.86, &nine),
        reading(&metrics[2], 0.95, &nine),
        reading(&metrics[3], 0.86, &ten),
    ];
    let first = |sentences: &[Sentence]| -> Vec<String> {
        sentences.iter().map(|it| it.text.chars().take(1).collect()).collect()
    };
    assert_eq!(first(&said_in("es-CO", Some(WEEK), &of)), ["D", "C"]);
    assert_eq!(first(&said_in("es-CO", Some(WEEK), &of[..2])), ["A", "B"], "of equals in the report's order");
}

#[test]
fn a_change_that_is_a_record_is_one_sentence_with_its_target_and_every_number_is_kept() {
    let locale = Locale::parse("es-CO").expect("a locale");
    let metric = MetricDefinition { target: Some(Target::Always(0.85)), ..rate(Better::Higher) };
    let earlier = before(WEEK, &EIGHT);
    let against = Against::of(Comparison::Previous, Shape::Unit(Unit::Week), Language::Es);
    let days = |first: NaiveDate| (first, WEEK.last(first));
    let previous = WEEK.before(own(WEEK)).expect("a week");
    let voice = Voice {
        locale: &locale,
        currency: None,
        before: Some((&against, days(previous))),
        targets: true,
        days: days(own(WEEK)),
        kind: Some(WEEK),
    };
    let reading = Reading {
        before: Some(0.81),
        target: Some(0.85),
        rows: (Some(5000.0), Some(5000.0)),
        ..reading(&metric, 0.70, &earlier)
    };
    let told =
        sentences(&voice, std::slice::from_ref(&reading), &[], |_| Ok::<_, ()>(None)).expect("sentences");
    let [sentence] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(
        sentence.text.replace('\u{a0}', " "),
        "Cumplimiento: 11,0 p. p. menos que la semana anterior (de 81,0 % a 70,0 %), el peor resultado de las últimas 9 semanas, por debajo del objetivo de 85,0 %."
    );
    let of = |quantity| -> Vec<(f64, Option<Days>)> {
        let facts = sentence.facts.iter().filter(|fact| fact.quantity == quantity);
        facts.map(|fact| (fact.value, fact.days)).collect()
    };
    let oldest = earlier.last().expect("the oldest").from;
    assert_eq!(of(Quantity::Periods), [(9.0, Some((oldest, WEEK.last(own(WEEK)))))]);
    let expected: Vec<(f64, Option<Days>)> =
        earlier.iter().map(|past| (past.value, Some(days(past.from)))).collect();
    assert_eq!(of(Quantity::Earlier), expected);

    // Where the change is no more than chance the record is a sentence of its own, with the target.
    let quiet = Reading { before: None, ..reading };
    let told = sentences(&voice, &[quiet], &[], |_| Ok::<_, ()>(None)).expect("sentences");
    let [sentence] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(sentence.finding, Finding::Record);
    assert_eq!(
        sentence.text.replace('\u{a0}', " "),
        "Cumplimiento: 70,0 %, el peor resultado de las últimas 9 semanas, por debajo del objetivo de 85,0 %."
    );
}
