//! The sentences of notices in Spanish, English and Portuguese.

use super::{Story, reached_some};
use crate::definition::Language;
use crate::document::Locale;
use crate::ledger::{AlertKind, Recovered, RunDetail};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

/// Speaks a language.
pub(super) struct Said<'a> {
    pub(super) language: Language,
    pub(super) locale: &'a Locale,
    /// Instants are told in the days of this zone.
    pub(super) zone: Tz,
}

impl Said<'_> {
    /// One of the three, with its `{names}` filled in.
    fn say(&self, [es, en, pt]: [&str; 3], values: &[(&str, &str)]) -> String {
        let words = match self.language {
            Language::Es => es,
            Language::En => en,
            Language::Pt => pt,
        };
        // Values stand last: what a peer said may look like a name.
        let mut said = String::with_capacity(words.len());
        let mut rest = words;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            said.push_str(before);
            said.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
            rest = after;
        }
        said.push_str(rest);
        said
    }

    fn instant(&self, at: DateTime<Utc>) -> String {
        self.locale.date_time(at.with_timezone(&self.zone).naive_local())
    }

    fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    /// Not 24 hours later: where clocks are set back, a midnight is then on the same day still.
    fn day_after(&self, at: DateTime<Utc>) -> NaiveDate {
        let day = self.day(at);
        day.succ_opt().unwrap_or(day)
    }

    pub(super) fn title(&self, story: &Story<'_>, title: &str) -> String {
        let words = match story {
            Story::Done { .. } => ["Entregado: {t}", "Delivered: {t}", "Entregue: {t}"],
            Story::Held { .. } => ["Retenido: {t}", "Held back: {t}", "Retido: {t}"],
            Story::Well { .. } => ["Otra vez en orden: {t}", "Well again: {t}", "Em ordem novamente: {t}"],
            Story::Wrong { kind: AlertKind::Missed, .. } => {
                ["Sin hacer: {t}", "Missed: {t}", "Não feito: {t}"]
            }
            Story::Wrong { kind: AlertKind::InDoubt, .. } => {
                ["Entrega en duda: {t}", "Delivery in doubt: {t}", "Entrega em dúvida: {t}"]
            }
            Story::Wrong { kind: AlertKind::Failure, run, .. } if reached_some(run) => {
                ["No llegó a todos: {t}", "Not delivered to everybody: {t}", "Não chegou a todos: {t}"]
            }
            Story::Wrong { kind: AlertKind::Failure, .. } => {
                ["No salió: {t}", "Not sent: {t}", "Não saiu: {t}"]
            }
        };
        self.say(words, &[("t", title)])
    }

    /// With what every sentence about a run can say.
    fn of_run(&self, words: [&str; 3], run: &RunDetail, count: usize) -> String {
        let counts = &run.run.deliveries;
        self.say(
            words,
            &[
                ("run", &run.run.id.to_string()),
                ("report", &run.run.report),
                ("at", &self.instant(run.run.scheduled_for)),
                ("zone", &run.run.zone),
                ("tries", &run.run.attempts.to_string()),
                ("planned", &counts.planned.to_string()),
                ("count", &count.to_string()),
            ],
        )
    }

    pub(super) fn not_produced(&self, run: &RunDetail) -> String {
        self.of_run(
            [
                "La ejecución {run} del informe {report}, prevista para el {at} ({zone}), no se pudo producir. Intentos: {tries}. Nadie recibió nada.",
                "Run {run} of report {report}, scheduled for {at} ({zone}), could not be produced. Tries: {tries}. Nobody got anything.",
                "A execução {run} do relatório {report}, prevista para {at} ({zone}), não pôde ser produzida. Tentativas: {tries}. Ninguém recebeu nada.",
            ],
            run,
            0,
        )
    }

    pub(super) fn not_delivered(&self, run: &RunDetail, count: usize) -> String {
        self.of_run(
            [
                "El informe {report} de la ejecución {run}, prevista para el {at} ({zone}), está hecho, pero no llegó a todos: {count} de {planned} entregas fallaron.",
                "Report {report} of run {run}, scheduled for {at} ({zone}), is made but did not reach everybody: {count} of {planned} deliveries failed.",
                "O relatório {report} da execução {run}, prevista para {at} ({zone}), está feito, mas não chegou a todos: {count} de {planned} entregas falharam.",
            ],
            run,
            count,
        )
    }

    pub(super) fn in_doubt(&self, run: &RunDetail, count: usize) -> String {
        self.of_run(
            [
                "De la ejecución {run} del informe {report}, prevista para el {at} ({zone}), {count} de {planned} entregas quedaron en duda: el envío se cortó antes de la respuesta, y pueden haber llegado o no. No se envían otra vez hasta que alguien decida.",
                "Of run {run} of report {report}, scheduled for {at} ({zone}), {count} of {planned} deliveries are in doubt: sending broke off before the answer, and they may have arrived or not. They are not sent again until somebody decides.",
                "Da execução {run} do relatório {report}, prevista para {at} ({zone}), {count} de {planned} entregas ficaram em dúvida: o envio foi cortado antes da resposta, e podem ter chegado ou não. Não são enviadas outra vez até que alguém decida.",
            ],
            run,
            count,
        )
    }

    pub(super) fn held(&self, run: &RunDetail) -> String {
        self.of_run(
            [
                "El informe {report} de la ejecución {run}, prevista para el {at} ({zone}), está hecho, pero sus datos no son lo que se espera de ellos. No sale a ninguno de sus destinatarios hasta que alguien decida.",
                "Report {report} of run {run}, scheduled for {at} ({zone}), is made, but its data are not what is expected of them. It goes to none of its recipients until somebody decides.",
                "O relatório {report} da execução {run}, prevista para {at} ({zone}), está feito, mas seus dados não são o que se espera deles. Não sai para nenhum dos destinatários até que alguém decida.",
            ],
            run,
            0,
        )
    }

    /// What can be decided about a run that is held, and how.
    pub(super) fn decide(&self, run: &RunDetail) -> String {
        let words = [
            "Mire los archivos:\n\n    parte show {run} --out revision\n\nSi están bien, envíelos tal como están:\n\n    parte release {run}\n\nSi los datos ya se corrigieron, haga el informe otra vez:\n\n    {again}\n\nSi no debe salir:\n\n    parte cancel {run}",
            "Look at the files:\n\n    parte show {run} --out review\n\nIf they are right, send them as they are:\n\n    parte release {run}\n\nIf the data have been mended since, make the report again:\n\n    {again}\n\nIf it should not go out:\n\n    parte cancel {run}",
            "Veja os arquivos:\n\n    parte show {run} --out revisao\n\nSe estiverem certos, envie-os como estão:\n\n    parte release {run}\n\nSe os dados já foram corrigidos, faça o relatório de novo:\n\n    {again}\n\nSe não deve sair:\n\n    parte cancel {run}",
        ];
        self.say(words, &[("run", &run.run.id.to_string()), ("again", &self.backfill(run, run))])
    }

    /// The command that makes these firings again.
    fn backfill(&self, first: &RunDetail, last: &RunDetail) -> String {
        format!(
            "parte backfill {} --from {} --to {} --reprocess failed",
            first.run.report,
            self.day(first.run.scheduled_for),
            self.day_after(last.run.scheduled_for)
        )
    }

    pub(super) fn missed(&self, run: &RunDetail, more: usize, last: &RunDetail) -> String {
        let away = ["Parte no estaba en marcha", "Parte was not running", "o Parte não estava em execução"];
        let overlapped = [
            "la ejecución anterior aún no estaba hecha",
            "the run before was still to be made",
            "a execução anterior ainda não estava feita",
        ];
        let either = ["{a} o {b}", "{a} or {b}", "{a} ou {b}"];
        let why = match (run.run.overlapped, last.run.overlapped) {
            (None, None) => self.say(away, &[]),
            (Some(_), Some(_)) => self.say(overlapped, &[]),
            _ => self.say(either, &[("a", &self.say(away, &[])), ("b", &self.say(overlapped, &[]))]),
        };
        let words = if more == 0 {
            [
                "El informe {report} estaba previsto para el {at} ({zone}), y {why}. No se hizo ni se hará por sí solo.",
                "Report {report} was scheduled for {at} ({zone}), and {why}. It was not made and will not be by itself.",
                "O relatório {report} estava previsto para {at} ({zone}), e {why}. Não foi feito nem será por si só.",
            ]
        } else {
            [
                "El informe {report} estaba previsto {count} veces mientras {why}, la primera el {at} y la última el {until} ({zone}). Estas veces no se hizo ni se hará por sí solo.",
                "Report {report} was scheduled {count} times while {why}, first for {at} and last for {until} ({zone}). These were not made and will not be by themselves.",
                "O relatório {report} estava previsto {count} vezes enquanto {why}, a primeira em {at} e a última em {until} ({zone}). Essas vezes não foi feito nem será por si só.",
            ]
        };
        let until = self.instant(last.run.scheduled_for);
        let words = words.map(|words| words.replace("{why}", &why).replace("{until}", &until));
        self.of_run(words.each_ref().map(String::as_str), run, more + 1)
    }

    pub(super) fn others(&self, more: usize) -> String {
        let words = [
            "Lo mismo pasó con otras ejecuciones del informe: {count}.",
            "The same happened to other runs of the report: {count}.",
            "O mesmo aconteceu com outras execuções do relatório: {count}.",
        ];
        self.say(words, &[("count", &more.to_string())])
    }

    pub(super) fn and_more(&self, more: usize) -> String {
        self.say(
            ["... y {count} más", "... and {count} more", "... e mais {count}"],
            &[("count", &more.to_string())],
        )
    }

    pub(super) fn reason(&self) -> String {
        self.say(["Motivo", "Reason", "Motivo"], &[])
    }

    pub(super) fn recipients(&self) -> String {
        self.say(["A quién no le llegó", "Who did not get it", "A quem não chegou"], &[])
    }

    pub(super) fn doubtful(&self) -> String {
        self.say(["Quién puede tenerlo o no", "Who may have it or not", "Quem pode tê-lo ou não"], &[])
    }

    pub(super) fn to_do(&self) -> String {
        self.say(["Qué hacer", "What to do", "O que fazer"], &[])
    }

    pub(super) fn advice(
        &self,
        kind: AlertKind,
        run: &RunDetail,
        last: &RunDetail,
        produced: bool,
    ) -> String {
        let backfill = self.backfill(run, last);
        let words = match kind {
            AlertKind::Missed => [
                "Si hace falta, hágalo ahora:\n\n    {backfill}",
                "If it is needed, make it now:\n\n    {backfill}",
                "Se for necessário, faça agora:\n\n    {backfill}",
            ],
            AlertKind::Failure if !produced => [
                "Vea el detalle con `parte show {run}`, corrija la causa y hágalo otra vez:\n\n    {backfill}",
                "See the details with `parte show {run}`, mend the cause and make it again:\n\n    {backfill}",
                "Veja os detalhes com `parte show {run}`, corrija a causa e faça de novo:\n\n    {backfill}",
            ],
            AlertKind::Failure => [
                "Vea cada intento con `parte show {run}` y corrija la causa. Después `parte retry {run}` envía lo mismo a quienes no lo tienen.",
                "See every try with `parte show {run}` and mend the cause. Then `parte retry {run}` sends the same to those who do not have it.",
                "Veja cada tentativa com `parte show {run}` e corrija a causa. Depois `parte retry {run}` envia o mesmo a quem não o tem.",
            ],
            AlertKind::InDoubt => [
                "Pregunte a quien lo espera si le llegó; `parte show {run}` dice qué se envió y cuándo. Si no llegó, `parte retry {run}` envía otra vez lo que está en duda.",
                "Ask whoever expects it whether it arrived; `parte show {run}` says what was sent and when. If it did not, `parte retry {run}` sends again what is in doubt.",
                "Pergunte a quem o espera se chegou; `parte show {run}` diz o que foi enviado e quando. Se não chegou, `parte retry {run}` envia outra vez o que está em dúvida.",
            ],
        };
        self.say(words, &[("run", &run.run.id.to_string()), ("backfill", &backfill)])
    }

    pub(super) fn well(&self, by: &RunDetail) -> String {
        self.of_run(
            [
                "La ejecución {run} del informe {report}, prevista para el {at} ({zone}), está hecha y entregada a todos ({planned} entregas).",
                "Run {run} of report {report}, scheduled for {at} ({zone}), is done and delivered to everybody ({planned} deliveries).",
                "A execução {run} do relatório {report}, prevista para {at} ({zone}), está feita e entregue a todos ({planned} entregas).",
            ],
            by,
            0,
        )
    }

    /// What was told before; an earlier run stays as it is.
    pub(super) fn after(&self, recovered: &[Recovered]) -> String {
        let earlier: Vec<String> = recovered
            .iter()
            .filter_map(|alert| alert.run.filter(|run| *run != alert.by))
            .map(|run| run.to_string())
            .collect();
        if earlier.is_empty() {
            return String::new();
        }
        let words = [
            "Se había avisado de la ejecución {runs}; sigue como estaba, y `parte show` la muestra.",
            "You had been told about run {runs}; it stays as it was, and `parte show` shows it.",
            "Havia sido avisada a execução {runs}; continua como estava, e `parte show` a mostra.",
        ];
        self.say(words, &[("runs", &earlier.join(", "))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_after_a_midnight_is_another_day_though_clocks_are_set_back() {
        let locale = Locale::parse("es-ES").unwrap();
        let said = Said { language: Language::Es, locale: &locale, zone: chrono_tz::Europe::Madrid };
        // 25 hours from midnight to midnight
        let midnight: DateTime<Utc> = "2026-10-24T22:00:00Z".parse().unwrap();
        assert_eq!(said.day(midnight).to_string(), "2026-10-25");
        assert_eq!(said.day_after(midnight).to_string(), "2026-10-26");
    }
}
