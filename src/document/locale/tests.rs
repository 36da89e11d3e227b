//! Every shape of text that a locale gives, in the locales that reports are written in.

use super::*;

fn locale(tag: &str) -> Locale {
    Locale::parse(tag).unwrap_or_else(|| panic!("{tag} is a locale"))
}

fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).expect("a day")
}

fn show(tag: &str, value: f64, format: ValueFormat, currency: Option<&str>) -> String {
    let display = Display::Number { format, currency: currency.map(str::to_owned) };
    locale(tag).show(Some(&Value::Number(value)), &display).replace(NO_BREAK, "~")
}

#[test]
fn a_locale_crosses_threads_and_formats_there() {
    fn shared<T: Clone + Send + Sync>(_: &T) {}
    let es = locale("es-CO");
    shared(&es);
    let there = std::thread::spawn(move || es.number(1_284_930.45, 1)).join().expect("no panic");
    assert_eq!(there, "1.284.930,5");
}

#[test]
fn only_spanish_english_and_portuguese_are_locales() {
    for tag in ["fr-FR", "de", "", "es-", "es CO", "x", "español"] {
        assert!(Locale::parse(tag).is_none(), "`{tag}` is none");
    }
    assert_eq!(locale("es_CO").number(1234.0, 0), "1.234");
    assert_eq!(format!("{:?}", locale("pt-BR")), "Locale(\"pt-BR\")");
}

#[test]
fn numbers_are_grouped_and_marked_as_the_locale_does() {
    for (tag, expected, mark) in [
        ("es-CO", ["1.284.930,5", "1.284,50", "-999", "-1.284"], ','),
        ("es-ES", ["1.284.930,5", "1.284,50", "-999", "-1.284"], ','),
        ("es", ["1.284.930,5", "1.284,50", "-999", "-1.284"], ','),
        ("es-AR", ["1.284.930,5", "1.284,50", "-999", "-1.284"], ','),
        ("pt-PT", ["1\u{a0}284\u{a0}930,5", "1\u{a0}284,50", "-999", "-1\u{a0}284"], ','),
        ("en-GB", ["1,284,930.5", "1,284.50", "-999", "-1,284"], '.'),
        ("es-MX", ["1,284,930.5", "1,284.50", "-999", "-1,284"], '.'),
        ("en-US", ["1,284,930.5", "1,284.50", "-999", "-1,284"], '.'),
        ("en-IN", ["12,84,930.5", "1,284.50", "-999", "-1,284"], '.'),
        ("pt-BR", ["1.284.930,5", "1.284,50", "-999", "-1.284"], ','),
    ] {
        let l = locale(tag);
        let shown =
            [l.number(1_284_930.45, 1), l.number(1284.5, 2), l.number(-999.0, 0), l.number(-1284.0, 0)];
        assert_eq!(shown, expected, "{tag}");
        assert_eq!(l.decimal_mark(), mark, "{tag}");
    }
    assert_eq!(locale("es-CO").number(f64::NAN, 1), "–");
    assert_eq!(locale("es-CO").number(-0.04, 1), "0,0");
}

#[test]
fn columns_line_up_where_the_locale_alone_would_leave_four_digits_ungrouped() {
    // CLDR's minimumGroupingDigits is 2 in Spain and Portugal: 1284, but 12.840. A column of numbers groups both.
    for (tag, by_itself, four, five) in [
        ("es-ES", "1284", "1.284", "12.840"),
        ("pt-PT", "1284", "1\u{a0}284", "12\u{a0}840"),
        ("es-CO", "1.284", "1.284", "12.840"),
        ("es-AR", "1.284", "1.284", "12.840"),
        ("es-MX", "1,284", "1,284", "12,840"),
        ("en-GB", "1,284", "1,284", "12,840"),
        ("pt-BR", "1.284", "1.284", "12.840"),
    ] {
        let parsed = icu_locale_core::Locale::try_from_str(tag).expect("a locale");
        let plain = icu_decimal::DecimalFormatter::try_new((&parsed).into(), Default::default());
        let plain = plain.expect("a formatter").format(&Decimal::from(1284)).to_string();
        assert_eq!(plain, by_itself, "{tag}, as CLDR has it");
        let l = locale(tag);
        assert_eq!([l.number(1284.0, 0), l.number(12_840.0, 0)], [four, five], "{tag}");
    }
}

#[test]
fn spanish_sets_the_percent_sign_off() {
    assert_eq!(locale("es-CO").share(0.8525, 1), "85,3\u{a0}%");
    assert_eq!(show("es-CO", 0.8525, ValueFormat::Percent(1), None), "85,3~%");
    assert_eq!(show("en-US", 0.853, ValueFormat::Percent(1), None), "85.3%");
    assert_eq!(show("pt-BR", 0.853, ValueFormat::Percent(1), None), "85,3%");
    assert_eq!(show("es-CO", 12.0, ValueFormat::Percent(0), None), "1.200~%");
}

#[test]
fn amounts_have_their_sign_where_the_locale_puts_it() {
    for (tag, code, decimals, expected, negative) in [
        ("es-CO", "COP", 0, "$~1.285", "-$~1.285"),
        ("es-CO", "USD", 2, "US$~1.284,50", "-US$~1.284,50"),
        ("es-ES", "EUR", 2, "1.284,50~€", "-1.284,50~€"),
        ("es", "EUR", 2, "1.284,50~€", "-1.284,50~€"),
        ("es-MX", "MXN", 2, "$1,284.50", "-$1,284.50"),
        ("es-PE", "PEN", 2, "S/~1,284.50", "-S/~1,284.50"),
        ("en-US", "USD", 2, "$1,284.50", "-$1,284.50"),
        ("en-US", "COP", 0, "COP~1,285", "-COP~1,285"),
        ("en-GB", "USD", 2, "US$1,284.50", "-US$1,284.50"),
        ("en-GB", "GBP", 2, "£1,284.50", "-£1,284.50"),
        ("pt-BR", "BRL", 2, "R$~1.284,50", "-R$~1.284,50"),
        ("pt-PT", "CHF", 2, "1~284,50~CHF", "-1~284,50~CHF"),
    ] {
        let format = ValueFormat::Currency(decimals);
        assert_eq!(show(tag, 1284.5, format, Some(code)), expected, "{tag} {code}");
        assert_eq!(show(tag, -1284.5, format, Some(code)), negative, "{tag} {code}");
    }
    assert_eq!(show("es-CO", 1_284_930.0, ValueFormat::Currency(0), Some("COP")), "$~1.284.930");
    assert_eq!(show("es-CO", 12.5, ValueFormat::Currency(2), None), "12,50");
}

#[test]
fn durations_have_their_unit_in_words_of_the_language() {
    assert_eq!(show("es-CO", 3.46, ValueFormat::Hours(1), None), "3,5~h");
    assert_eq!(show("en-US", 12.0, ValueFormat::Minutes(0), None), "12~min");
    assert_eq!(show("es-CO", 1.0, ValueFormat::Days(0), None), "1~día");
    assert_eq!(show("es-CO", 3.2, ValueFormat::Days(1), None), "3,2~días");
    assert_eq!(show("pt-BR", 1.04, ValueFormat::Days(1), None), "1,0~dia");
    assert_eq!(show("en-US", 0.0, ValueFormat::Days(0), None), "0~days");
}

#[test]
fn what_is_absent_is_a_dash_and_never_zero() {
    let es = locale("es-CO");
    let percent = Display::Number { format: ValueFormat::Percent(1), currency: None };
    assert_eq!(es.show(None, &percent), "–");
    assert_eq!(es.show(None, &Display::Text), "–");
    assert_eq!(es.show(Some(&Value::Number(f64::INFINITY)), &percent), "–");
    assert_eq!(es.show(Some(&Value::Boolean(true)), &Display::Boolean), "Sí");
    assert_eq!(locale("pt-BR").show(Some(&Value::Boolean(false)), &Display::Boolean), "Não");
}

#[test]
fn periods_are_told_as_people_tell_them() {
    let next_year = NaiveDate::from_ymd_opt(2027, 1, 3).expect("a day");
    let spans = [
        (day(11, 9), day(11, 15)),
        (day(11, 19), day(11, 19)),
        (day(10, 1), day(10, 31)),
        (day(9, 28), day(10, 4)),
        (day(1, 1), day(12, 31)),
        (day(7, 1), day(9, 30)),
        (day(12, 28), next_year),
        (day(11, 20), day(11, 26)),
    ];
    let of = |tag: &str| spans.map(|(first, last)| locale(tag).period(first, last));
    assert_eq!(
        of("es-CO"),
        [
            "9–15 de noviembre de 2026",
            "jueves, 19 de noviembre de 2026",
            "octubre de 2026",
            "28 de septiembre–4 de octubre de 2026",
            "2026",
            "julio–septiembre de 2026",
            "28 de diciembre de 2026–3 de enero de 2027",
            "20–26 de noviembre de 2026",
        ]
    );
    assert_eq!(
        of("en-US"),
        [
            "November 9–15, 2026",
            "Thursday, November 19, 2026",
            "October 2026",
            "September 28 – October 4, 2026",
            "2026",
            "July–September 2026",
            "December 28, 2026 – January 3, 2027",
            "November 20–26, 2026",
        ]
    );
    assert_eq!(
        of("pt-BR"),
        [
            "9–15 de novembro de 2026",
            "quinta-feira, 19 de novembro de 2026",
            "outubro de 2026",
            "28 de setembro – 4 de outubro de 2026",
            "2026",
            "julho–setembro de 2026",
            "28 de dezembro de 2026 – 3 de janeiro de 2027",
            "20–26 de novembro de 2026",
        ]
    );
    assert_eq!(of("en-GB")[0], "9–15 November 2026");
    assert_eq!(of("pt-PT")[1], "quinta-feira, 19 de novembro de 2026");
}

#[test]
fn every_month_and_weekday_formats_in_every_locale() {
    for tag in
        ["es", "es-CO", "es-ES", "es-MX", "es-419", "en", "en-US", "en-GB", "en-IN", "pt", "pt-BR", "pt-PT"]
    {
        let l = locale(tag);
        for date in day(1, 1).iter_days().take(365) {
            let texts = [
                l.date(date),
                l.long_date(date),
                l.short_day(date),
                l.short_week(date),
                l.short_month(date),
                l.day_of_month(date),
                l.period(date, date),
                l.period(date, date + chrono::Days::new(9)),
                l.date_time(date.and_hms_opt(18, 5, 0).expect("a time")),
            ];
            assert!(
                texts.iter().all(|t| !t.is_empty() && !t.contains(['\u{202f}', '\u{2009}'])),
                "{tag} {date}"
            );
        }
    }
}

#[test]
fn days_and_times_in_figures() {
    let at = day(3, 9).and_hms_opt(7, 0, 0).expect("a time");
    for (tag, date, time) in [
        ("es-CO", "09/03/2026", "9 mar 2026, 07:00"),
        ("en-US", "03/09/2026", "Mar 9, 2026, 7:00\u{a0}AM"),
        ("en-GB", "09/03/2026", "9 Mar 2026, 07:00"),
        ("pt-BR", "09/03/2026", "9 mar 2026, 07:00"),
    ] {
        assert_eq!(locale(tag).date(day(3, 9)), date, "{tag}");
        assert_eq!(locale(tag).date_time(at), time, "{tag}");
    }
    // Years that no calendar of reports holds are still shown.
    assert!(locale("es-CO").date(NaiveDate::MAX).contains("262142"));
}

#[test]
fn labels_of_an_axis_of_time_are_short() {
    let of = |tag: &str| {
        let l = locale(tag);
        [
            l.short_day(day(11, 9)),
            l.short_week(day(11, 9)),
            l.short_month(day(11, 1)),
            l.day_of_month(day(11, 9)),
        ]
    };
    assert_eq!(of("es-CO"), ["lun 9", "sem. 9 nov", "nov 2026", "9 nov"]);
    assert_eq!(of("en-US"), ["Mon 9", "wk Nov 9", "Nov 2026", "Nov 9"]);
    assert_eq!(of("pt-BR"), ["seg 9", "sem. 9 nov", "nov 2026", "9 nov"]);
}

#[test]
fn labels_of_an_axis_agree_with_each_other() {
    let ticks = |tag: &str, step: f64, format: ValueFormat| -> Vec<String> {
        let display = Display::Number { format, currency: Some("COP".to_owned()) };
        (0..4).map(|n| locale(tag).axis(f64::from(n) * step, step, &display).replace(NO_BREAK, "~")).collect()
    };
    assert_eq!(ticks("es-CO", 50.0, ValueFormat::Integer), ["0", "50", "100", "150"]);
    assert_eq!(ticks("es-CO", 2500.0, ValueFormat::Integer), ["0", "2.500", "5.000", "7.500"]);
    assert_eq!(ticks("es-CO", 20_000.0, ValueFormat::Integer), ["0", "20~mil", "40~mil", "60~mil"]);
    assert_eq!(ticks("es-CO", 400_000.0, ValueFormat::Currency(0)), ["0", "0,4~M", "0,8~M", "1,2~M"]);
    assert_eq!(ticks("es-CO", 5e8, ValueFormat::Currency(0)), ["0", "500~M", "1.000~M", "1.500~M"]);
    assert_eq!(ticks("en-US", 5e8, ValueFormat::Currency(0)), ["0", "0.5B", "1.0B", "1.5B"]);
    assert_eq!(ticks("en-US", 20_000.0, ValueFormat::Integer), ["0", "20K", "40K", "60K"]);
    assert_eq!(ticks("pt-BR", 2.5e6, ValueFormat::Currency(0)), ["0", "2,5~mi", "5,0~mi", "7,5~mi"]);
    assert_eq!(ticks("es-CO", 0.25, ValueFormat::Percent(1)), ["0~%", "25~%", "50~%", "75~%"]);
    assert_eq!(ticks("es-CO", 0.005, ValueFormat::Percent(1)), ["0,0~%", "0,5~%", "1,0~%", "1,5~%"]);
    assert_eq!(ticks("es-CO", 0.5, ValueFormat::Hours(1)), ["0", "0,5", "1,0", "1,5"]);
}

#[test]
fn differences_of_shares_are_points() {
    assert_eq!(locale("es-CO").points(-0.004, 1), "0,4\u{a0}p.\u{a0}p.");
    assert_eq!(locale("en-US").points(0.012, 1), "1.2\u{a0}pp");
    assert_eq!(locale("pt-BR").points(0.012, 1), "1,2\u{a0}p.p.");
}
