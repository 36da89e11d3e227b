//! The fixed words of a report in Spanish, English and Portuguese.

use crate::definition::Language;

/// A fixed word or phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// `Periodo`
    Period,
    /// `Generado`
    Generated,
    /// `Total`
    Total,
    /// `Página {n} de {m}`; the braces are replaced by the renderer.
    PageOf,
    /// `Sin datos en este periodo`
    NoData,
    /// `Observaciones sobre los datos`
    Remarks,
    /// `Datos fuera de lo esperado`
    Unexpected,
    /// `Cómo se calcula`
    Definitions,
    /// `Indicador`
    Metric,
    /// `Valor`
    Value,
    /// `Anterior`
    Previous,
    /// `Variación relativa`
    RelativeChange,
    /// `Objetivo`
    Target,
    /// `Resumen`
    Summary,
    /// `(continúa)`
    Continued,
    /// `Adjuntos`
    Attachments,
    /// `Sí`
    Yes,
    /// `No`
    No,
    /// `Unidad`
    Unit,
    /// `Diferencia`
    Difference,
    /// `Indicadores`
    KeyFigures,
    /// `Empresa`
    Company,
    /// `Contenido`
    Contents,
    /// `Textos cortados ...: {n}`; the number of texts replaces the braces.
    TextsCut,
    /// `Se muestran {n} de {m} filas.`
    RowsShown,
    /// `Este PDF muestra las primeras {n} de {m} filas; ...`: what a PDF leaves to other formats.
    RowsInPdf,
    /// `El total es de todas las filas.`
    TotalOfAll,
    /// `Otros`: the groups beyond a limit, in one row.
    Others,
    /// `% del objetivo`: what part of its target a value is.
    Attainment,
    /// `La diferencia entre porcentajes está en puntos porcentuales.`
    PointsNote,
    /// `Se muestran {n} de {m} columnas.`
    ColumnsShown,
    /// `Subtotales`
    Subtotals,
    /// `Los totales sin fórmula ...`: why some totals of a workbook are values.
    TotalsFromSource,
    /// `El resto está en el archivo adjunto.`
    SeeAttachment,
    /// `Mensaje {n} de {m}`
    MessageOf,
    /// `{zip}: comprimido para que quepa en el correo; contiene {files}`
    InZip,
    /// `{file} ({size}): no cabe en el correo, está en {url}`
    LeftOutAt,
    /// `{file} ({size}): no cabe en el correo`
    LeftOut,
    /// `Hay caracteres que ningún tipo de letra de este PDF tiene y que se ven como □: {codes}.`
    MissingLetters,
    /// `y {n} más`
    AndMore,
    /// `Paso`: of a funnel whose steps are metrics.
    Step,
    /// `% del primero`: what part of a funnel's first step.
    OfFirst,
    /// `% del paso anterior`
    OfBefore,
    /// `Suben o entran`: moves that are welcome.
    MovesUp,
    /// `Bajan o salen`
    MovesDown,
    /// `Se quedan`
    Stays,
    /// `Evolución`: over the period.
    Trend,
    /// `Mínimo`
    Lowest,
    /// `Máximo`
    Highest,
    /// `Último`
    Latest,
}

/// The same words in Spanish, English and Portuguese.
pub(super) type Words = [&'static str; 3];

/// Picks the words of a language.
pub(super) fn pick(words: Words, language: Language) -> &'static str {
    let [es, en, pt] = words;
    match language {
        Language::Es => es,
        Language::En => en,
        Language::Pt => pt,
    }
}

impl Word {
    /// The word in a language.
    #[must_use]
    pub fn in_language(self, language: Language) -> &'static str {
        let words = match self {
            Self::Period => ["Periodo", "Period", "Período"],
            Self::Generated => ["Generado", "Generated", "Gerado"],
            Self::Total => ["Total", "Total", "Total"],
            Self::PageOf => ["Página {n} de {m}", "Page {n} of {m}", "Página {n} de {m}"],
            Self::NoData => {
                ["Sin datos en este periodo", "No data in this period", "Sem dados neste período"]
            }
            Self::Remarks => {
                ["Observaciones sobre los datos", "Notes on the data", "Observações sobre os dados"]
            }
            Self::Unexpected => {
                ["Datos fuera de lo esperado", "Data not as expected", "Dados fora do esperado"]
            }
            Self::Definitions => ["Cómo se calcula", "How it is calculated", "Como se calcula"],
            Self::Metric => ["Indicador", "Metric", "Indicador"],
            Self::Value => ["Valor", "Value", "Valor"],
            Self::Previous => ["Anterior", "Previous", "Anterior"],
            Self::RelativeChange => ["Variación relativa", "Relative change", "Variação relativa"],
            Self::Target => ["Objetivo", "Target", "Meta"],
            Self::Summary => ["Resumen", "Summary", "Resumo"],
            Self::Continued => ["(continúa)", "(continued)", "(continua)"],
            Self::Attachments => ["Adjuntos", "Attachments", "Anexos"],
            Self::Yes => ["Sí", "Yes", "Sim"],
            Self::No => ["No", "No", "Não"],
            Self::Unit => ["Unidad", "Unit", "Unidade"],
            Self::Difference => ["Diferencia", "Difference", "Diferença"],
            Self::KeyFigures => ["Indicadores", "Key figures", "Indicadores"],
            Self::Company => ["Empresa", "Company", "Empresa"],
            Self::Contents => ["Contenido", "Contents", "Conteúdo"],
            Self::TextsCut => [
                "Textos cortados al máximo de una celda de Excel (32.767 caracteres): {n}. El CSV los trae completos.",
                "Texts cut at the most that a cell of Excel holds (32,767 characters): {n}. The CSV has them in full.",
                "Textos cortados no máximo de uma célula do Excel (32.767 caracteres): {n}. O CSV os traz completos.",
            ],
            Self::RowsShown => [
                "Se muestran {n} de {m} filas.",
                "{n} of {m} rows are shown.",
                "São mostradas {n} de {m} linhas.",
            ],
            Self::RowsInPdf => [
                "Este PDF muestra las primeras {n} de {m} filas; CSV y Excel las traen todas.",
                "This PDF shows the first {n} of {m} rows; CSV and Excel have all of them.",
                "Este PDF mostra as primeiras {n} de {m} linhas; CSV e Excel trazem todas.",
            ],
            Self::TotalOfAll => [
                "El total es de todas las filas.",
                "The total is of all rows.",
                "O total é de todas as linhas.",
            ],
            Self::Others => ["Otros", "Others", "Outros"],
            Self::Attainment => ["% del objetivo", "% of target", "% da meta"],
            Self::PointsNote => [
                "La diferencia entre porcentajes está en puntos porcentuales.",
                "The difference between percentages is in percentage points.",
                "A diferença entre percentuais está em pontos percentuais.",
            ],
            Self::Subtotals => ["Subtotales", "Subtotals", "Subtotais"],
            Self::TotalsFromSource => [
                "Los totales sin fórmula se calculan con las filas de la fuente: no son la suma de las filas de esta hoja.",
                "Totals without a formula are computed from the rows of the source: they are not the sum of the rows on this sheet.",
                "Os totais sem fórmula são calculados com as linhas da fonte: não são a soma das linhas desta planilha.",
            ],
            Self::ColumnsShown => [
                "Se muestran {n} de {m} columnas.",
                "{n} of {m} columns are shown.",
                "São mostradas {n} de {m} colunas.",
            ],
            Self::MessageOf => ["Mensaje {n} de {m}", "Message {n} of {m}", "Mensagem {n} de {m}"],
            Self::InZip => [
                "{zip}: comprimido para que quepa en el correo; contiene {files}",
                "{zip}: compressed to fit into the mail; it holds {files}",
                "{zip}: compactado para caber no e-mail; contém {files}",
            ],
            Self::LeftOutAt => [
                "{file} ({size}): no cabe en el correo, está en {url}",
                "{file} ({size}): too large for a mail, it is at {url}",
                "{file} ({size}): não cabe no e-mail, está em {url}",
            ],
            Self::MissingLetters => [
                "Hay caracteres que ningún tipo de letra de este PDF tiene y que se ven como □: {codes}. En Excel y CSV están tal como son.",
                "Some characters are in no typeface of this PDF and are shown as □: {codes}. In Excel and CSV they are as they are.",
                "Há caracteres que nenhuma fonte deste PDF tem e que aparecem como □: {codes}. No Excel e no CSV estão como são.",
            ],
            Self::AndMore => ["y {n} más", "and {n} more", "e mais {n}"],
            Self::LeftOut => [
                "{file} ({size}): no cabe en el correo",
                "{file} ({size}): too large for a mail",
                "{file} ({size}): não cabe no e-mail",
            ],
            Self::Step => ["Paso", "Step", "Etapa"],
            Self::OfFirst => ["% del primero", "% of the first", "% da primeira"],
            Self::OfBefore => ["% del paso anterior", "% of the step before", "% da etapa anterior"],
            Self::MovesUp => ["Suben o entran", "Move up or enter", "Sobem ou entram"],
            Self::MovesDown => ["Bajan o salen", "Move down or leave", "Descem ou saem"],
            Self::Stays => ["Se quedan", "Stay", "Permanecem"],
            Self::Trend => ["Evolución", "Trend", "Evolução"],
            Self::Lowest => ["Mínimo", "Lowest", "Mínimo"],
            Self::Highest => ["Máximo", "Highest", "Máximo"],
            Self::Latest => ["Último", "Latest", "Último"],
            Self::SeeAttachment => [
                "El resto está en el archivo adjunto.",
                "The rest is in the attached file.",
                "O restante está no arquivo anexo.",
            ],
        };
        pick(words, language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_about_files_leaves_room_for_their_names() {
        for language in [Language::Es, Language::En, Language::Pt] {
            for (word, places) in [
                (Word::InZip, ["{zip}", "{files}"]),
                (Word::LeftOutAt, ["{file}", "{url}"]),
                (Word::LeftOut, ["{file}", "{size}"]),
            ] {
                let words = word.in_language(language);
                assert!(places.iter().all(|place| words.contains(place)), "{words}");
            }
        }
    }

    #[test]
    fn the_page_of_a_document_leaves_room_for_its_numbers() {
        for language in [Language::Es, Language::En, Language::Pt] {
            let page = Word::PageOf.in_language(language);
            assert!(page.contains("{n}") && page.contains("{m}"));
        }
    }
}
