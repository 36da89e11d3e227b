//! Names of columns and values for people: headings of dimensions, words for codes, what stands for a missing value.

use super::words::{Word, Words, pick};
use crate::definition::Language;

/// Headings of dimensions and of common columns of the frames: name, then Spanish, English, Portuguese.
const HEADINGS: &[(&str, Words)] = &[
    ("day", ["Día", "Day", "Dia"]),
    ("week", ["Semana", "Week", "Semana"]),
    ("month", ["Mes", "Month", "Mês"]),
    ("hour", ["Hora", "Hour", "Hora"]),
    ("signup_week", ["Semana de registro", "Sign-up week", "Semana de cadastro"]),
    ("signup_month", ["Mes de registro", "Sign-up month", "Mês de cadastro"]),
    ("engaged_days", ["Días comprometido", "Engaged days", "Dias engajado"]),
    ("days_with_state", ["Días con estado", "Days with a state", "Dias com estado"]),
    ("weeks_since_signup", ["Semanas desde el registro", "Weeks since sign-up", "Semanas desde o cadastro"]),
    ("months_since_signup", ["Meses desde el registro", "Months since sign-up", "Meses desde o cadastro"]),
    ("was_visited", ["Visitado", "Visited", "Visitado"]),
    ("assignment_type", ["Tipo de asignación", "Type of assignment", "Tipo de atribuição"]),
    (
        "assignment_status",
        ["Situación de la asignación", "Status of the assignment", "Situação da atribuição"],
    ),
    ("assigned_from", ["Asignado desde", "Assigned from", "Atribuído desde"]),
    ("assigned_to", ["Asignado hasta", "Assigned until", "Atribuído até"]),
    ("was_contacted", ["Contactado", "Contacted", "Contatado"]),
    ("steps", ["Pasos", "Steps", "Passos"]),
    ("date", ["Fecha", "Date", "Data"]),
    ("team", ["Equipo", "Team", "Equipe"]),
    ("seller", ["Vendedor", "Seller", "Vendedor"]),
    ("seller_name", ["Vendedor", "Seller", "Vendedor"]),
    ("full_name", ["Nombre", "Name", "Nome"]),
    ("seller_id", ["Código de vendedor", "Seller ID", "Código do vendedor"]),
    ("supervisor", ["Supervisor", "Supervisor", "Supervisor"]),
    ("supervisor_id", ["Código de supervisor", "Supervisor ID", "Código do supervisor"]),
    ("supervisor_name", ["Supervisor", "Supervisor", "Supervisor"]),
    ("user", ["Cliente", "Customer", "Cliente"]),
    ("user_name", ["Cliente", "Customer", "Cliente"]),
    ("user_id", ["Código de cliente", "Customer ID", "Código do cliente"]),
    ("name", ["Nombre", "Name", "Nome"]),
    ("task_id", ["Código de tarea", "Task ID", "Código da tarefa"]),
    ("type", ["Tipo", "Type", "Tipo"]),
    ("channel", ["Canal", "Channel", "Canal"]),
    ("channel_secondary", ["Canal alternativo", "Fallback channel", "Canal alternativo"]),
    ("subchannel", ["Subcanal", "Subchannel", "Subcanal"]),
    ("objective", ["Objetivo", "Objective", "Objetivo"]),
    ("status", ["Situación", "Status", "Situação"]),
    ("outcome", ["Resultado", "Outcome", "Resultado"]),
    ("reason", ["Motivo", "Reason", "Motivo"]),
    ("label", ["Etiqueta", "Label", "Etiqueta"]),
    ("priority", ["Prioridad", "Priority", "Prioridade"]),
    ("score", ["Puntuación", "Score", "Pontuação"]),
    ("attempts", ["Intentos", "Attempts", "Tentativas"]),
    ("region", ["Región", "Region", "Região"]),
    ("city", ["Ciudad", "City", "Cidade"]),
    ("country", ["País", "Country", "País"]),
    ("location", ["Sede", "Location", "Local"]),
    ("route", ["Ruta", "Route", "Rota"]),
    ("route_id", ["Ruta", "Route", "Rota"]),
    ("category", ["Categoría", "Category", "Categoria"]),
    ("email", ["Correo", "Email", "E-mail"]),
    ("state", ["Estado", "State", "Estado"]),
    ("state_start", ["Estado al inicio", "State at the start", "Estado no início"]),
    ("state_end", ["Estado al cierre", "State at the end", "Estado no fechamento"]),
    ("segment_name", ["Segmento", "Segment", "Segmento"]),
    ("segment_value", ["Valor del segmento", "Segment value", "Valor do segmento"]),
    ("age_band", ["Antigüedad (días)", "Age (days)", "Idade (dias)"]),
    ("age_days", ["Antigüedad (días)", "Age (days)", "Idade (dias)"]),
    ("sales_amount", ["Ventas", "Sales", "Vendas"]),
    ("duration_min", ["Duración (min)", "Duration (min)", "Duração (min)"]),
    ("tasks", ["Tareas", "Tasks", "Tarefas"]),
    ("users", ["Clientes", "Customers", "Clientes"]),
    ("scheduled_at", ["Programada", "Scheduled", "Agendada"]),
    ("suggested_at", ["Sugerida", "Suggested", "Sugerida"]),
    ("due_at", ["Vence", "Due", "Vence"]),
    ("started_at", ["Iniciada", "Started", "Iniciada"]),
    ("completed_at", ["Completada", "Completed", "Concluída em"]),
    ("created_at", ["Creada", "Created", "Criada"]),
    ("updated_at", ["Actualizada", "Updated", "Atualizada"]),
    ("signup_at", ["Registro", "Sign-up", "Cadastro"]),
    ("setup_at", ["Configuración", "Set-up", "Configuração"]),
    ("from", ["Desde", "From", "Desde"]),
    ("to", ["Hasta", "To", "Até"]),
    ("hire_date", ["Ingreso", "Hired", "Admissão"]),
    ("is_open", ["Abierta", "Open", "Aberta"]),
    ("is_done", ["Hecha", "Done", "Feita"]),
    ("is_failed", ["Fallida", "Failed", "Falhou"]),
    ("is_cancelled", ["Cancelada", "Cancelled", "Cancelada"]),
    ("is_rescheduled", ["Reprogramada", "Rescheduled", "Reagendada"]),
    ("hours_to_complete", ["Horas hasta completar", "Hours to complete", "Horas até concluir"]),
];

/// Codes of states, statuses, types, channels, objectives, outcomes and categories.
const CODES: &[(&str, Words)] = &[
    // states, in order of engagement
    ("sign_up", ["Registro", "Sign-up", "Cadastro"]),
    ("setup", ["Configuración", "Set-up", "Configuração"]),
    ("aha", ["Primer valor", "First value", "Primeiro valor"]),
    ("casual", ["Ocasional", "Casual", "Ocasional"]),
    ("habit", ["Hábito", "Habit", "Hábito"]),
    ("core", ["Frecuente", "Core", "Frequente"]),
    ("power", ["Intensivo", "Power", "Intensivo"]),
    ("dormant", ["Dormido", "Dormant", "Dormente"]),
    ("churned", ["Perdido", "Churned", "Perdido"]),
    ("absent", ["Ausente", "Absent", "Ausente"]),
    // types
    ("visit", ["Visita", "Visit", "Visita"]),
    ("call", ["Llamada", "Call", "Ligação"]),
    ("message", ["Mensaje", "Message", "Mensagem"]),
    // channels
    ("salesman", ["Vendedor", "Salesman", "Vendedor"]),
    ("callcenter", ["Centro de llamadas", "Call center", "Central de atendimento"]),
    ("whatsapp", ["WhatsApp", "WhatsApp", "WhatsApp"]),
    ("email", ["Correo electrónico", "Email", "E-mail"]),
    ("sms", ["SMS", "SMS", "SMS"]),
    ("push", ["Notificación", "Push notification", "Notificação"]),
    ("supervisor", ["Supervisor", "Supervisor", "Supervisor"]),
    ("activator", ["Activador", "Activator", "Ativador"]),
    // objectives
    ("acquisition", ["Captación", "Acquisition", "Captação"]),
    ("retention", ["Retención", "Retention", "Retenção"]),
    ("reactivation", ["Reactivación", "Reactivation", "Reativação"]),
    ("digitalization", ["Digitalización", "Digitalization", "Digitalização"]),
    // statuses of a task, as the source says them and as they are folded
    ("open", ["Abierta", "Open", "Aberta"]),
    ("done", ["Hecha", "Done", "Concluída"]),
    ("pending", ["Pendiente", "Pending", "Pendente"]),
    ("in_progress", ["En curso", "In progress", "Em andamento"]),
    ("completed", ["Completada", "Completed", "Concluída"]),
    ("failed", ["Fallida", "Failed", "Falhou"]),
    ("cancelled", ["Cancelada", "Cancelled", "Cancelada"]),
    ("canceled", ["Cancelada", "Cancelled", "Cancelada"]),
    ("rescheduled", ["Reprogramada", "Rescheduled", "Reagendada"]),
    ("scheduled", ["Programada", "Scheduled", "Agendada"]),
    ("checked_in", ["En visita", "Checked in", "Em visita"]),
    ("incomplete", ["Incompleta", "Incomplete", "Incompleta"]),
    ("attempting", ["En intento", "Attempting", "Em tentativa"]),
    ("callback_scheduled", ["Llamada acordada", "Callback scheduled", "Retorno agendado"]),
    ("draft", ["Borrador", "Draft", "Rascunho"]),
    ("sending", ["En envío", "Sending", "Em envio"]),
    ("sent", ["Enviado", "Sent", "Enviada"]),
    ("delivered", ["Entregado", "Delivered", "Entregue"]),
    ("expired", ["Vencida", "Expired", "Expirada"]),
    ("ready", ["Lista", "Ready", "Pronta"]),
    ("unresolved", ["Sin resolver", "Unresolved", "Não resolvida"]),
    ("dispatched", ["Despachada", "Dispatched", "Despachada"]),
    // outcomes
    ("sale", ["Venta", "Sale", "Venda"]),
    ("no_sale", ["Sin venta", "No sale", "Sem venda"]),
    ("no_answer", ["Sin respuesta", "No answer", "Sem resposta"]),
    ("busy", ["Ocupado", "Busy", "Ocupado"]),
    ("wrong_number", ["Número equivocado", "Wrong number", "Número errado"]),
    ("callback", ["Devolver llamada", "Callback", "Retornar ligação"]),
    ("not_found", ["No encontrado", "Not found", "Não encontrado"]),
    ("closed", ["Cerrado", "Closed", "Fechado"]),
    // tiers and sellers
    ("gold", ["Oro", "Gold", "Ouro"]),
    ("silver", ["Plata", "Silver", "Prata"]),
    ("bronze", ["Bronce", "Bronze", "Bronze"]),
    ("primary", ["Principal", "Primary", "Principal"]),
    ("secondary", ["Secundaria", "Secondary", "Secundária"]),
    ("temporary", ["Temporal", "Temporary", "Temporária"]),
    ("active", ["Activo", "Active", "Ativo"]),
    ("inactive", ["Inactivo", "Inactive", "Inativo"]),
    ("suspended", ["Suspendido", "Suspended", "Suspenso"]),
    ("terminated", ["Desvinculado", "Terminated", "Desligado"]),
];

/// The dimensions whose values are codes, not names.
const CODED: &[&str] = &[
    "state",
    "state_start",
    "state_end",
    "type",
    "channel",
    "channel_secondary",
    "objective",
    "status",
    "outcome",
    "category",
    "assignment_type",
    "assignment_status",
];

/// What stands for a missing value of a dimension, in parentheses.
const NAMELESS: &[(&str, Words)] = &[
    ("team", ["(sin equipo)", "(no team)", "(sem equipe)"]),
    ("seller", ["(sin vendedor)", "(no seller)", "(sem vendedor)"]),
    ("seller_name", ["(sin vendedor)", "(no seller)", "(sem vendedor)"]),
    ("supervisor", ["(sin supervisor)", "(no supervisor)", "(sem supervisor)"]),
    ("user", ["(sin cliente)", "(no customer)", "(sem cliente)"]),
    ("user_name", ["(sin cliente)", "(no customer)", "(sem cliente)"]),
    ("type", ["(sin tipo)", "(no type)", "(sem tipo)"]),
    ("channel", ["(sin canal)", "(no channel)", "(sem canal)"]),
    ("channel_secondary", ["(sin canal alternativo)", "(no fallback channel)", "(sem canal alternativo)"]),
    ("objective", ["(sin objetivo)", "(no objective)", "(sem objetivo)"]),
    ("status", ["(sin situación)", "(no status)", "(sem situação)"]),
    ("outcome", ["(sin resultado)", "(no outcome)", "(sem resultado)"]),
    ("region", ["(sin región)", "(no region)", "(sem região)"]),
    ("city", ["(sin ciudad)", "(no city)", "(sem cidade)"]),
    ("country", ["(sin país)", "(no country)", "(sem país)"]),
    ("category", ["(sin categoría)", "(no category)", "(sem categoria)"]),
    ("route", ["(sin ruta)", "(no route)", "(sem rota)"]),
    ("day", ["(sin fecha)", "(no date)", "(sem data)"]),
    ("week", ["(sin fecha)", "(no date)", "(sem data)"]),
    ("month", ["(sin fecha)", "(no date)", "(sem data)"]),
    ("age_band", ["(sin fecha)", "(no date)", "(sem data)"]),
    ("state", ["(sin estado)", "(no state)", "(sem estado)"]),
    ("state_start", ["(sin estado)", "(no state)", "(sem estado)"]),
    ("state_end", ["(sin estado)", "(no state)", "(sem estado)"]),
];

/// What the groups of a dimension are called, several of them.
const PLURALS: &[(&str, Words)] = &[
    ("team", ["equipos", "teams", "equipes"]),
    ("seller", ["vendedores", "sellers", "vendedores"]),
    ("seller_name", ["vendedores", "sellers", "vendedores"]),
    ("seller_id", ["vendedores", "sellers", "vendedores"]),
    ("supervisor", ["supervisores", "supervisors", "supervisores"]),
    ("user", ["clientes", "customers", "clientes"]),
    ("user_name", ["clientes", "customers", "clientes"]),
    ("user_id", ["clientes", "customers", "clientes"]),
    ("day", ["días", "days", "dias"]),
    ("week", ["semanas", "weeks", "semanas"]),
    ("month", ["meses", "months", "meses"]),
    ("type", ["tipos", "types", "tipos"]),
    ("channel", ["canales", "channels", "canais"]),
    ("status", ["situaciones", "statuses", "situações"]),
    ("outcome", ["resultados", "outcomes", "resultados"]),
    ("reason", ["motivos", "reasons", "motivos"]),
    ("region", ["regiones", "regions", "regiões"]),
    ("city", ["ciudades", "cities", "cidades"]),
    ("country", ["países", "countries", "países"]),
    ("route", ["rutas", "routes", "rotas"]),
    ("category", ["categorías", "categories", "categorias"]),
];

/// Several groups of a dimension in a sentence: `vendedores`; nothing for one that nobody knows.
pub(super) fn plural_label(dimension: &str, language: Language) -> Option<&'static str> {
    find(PLURALS, dimension, language)
}

fn find(table: &'static [(&str, Words)], key: &str, language: Language) -> Option<&'static str> {
    table.iter().find(|(name, _)| *name == key).map(|(_, words)| pick(*words, language))
}

/// The heading of a dimension column (`seller` -> `Vendedor`); unknown ones as written, underscores as spaces.
#[must_use]
pub fn dimension_label(dimension: &str, language: Language) -> String {
    if let Some(known) = find(HEADINGS, dimension, language) {
        return known.to_owned();
    }
    let spaced = dimension.replace('_', " ");
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A state, status, channel or type code as people read it (`power` -> `Intensivo`, `visit` -> `Visita`); unknown
/// ones as written.
#[must_use]
pub fn state_label(code: &str, language: Language) -> String {
    find(CODES, code, language)
        .or_else(|| find(CODES, &code.to_ascii_lowercase(), language))
        .map_or_else(|| code.to_owned(), str::to_owned)
}

/// A value of a dimension as people read it: codes of coded dimensions in words, age bands with their dash, names as
/// they are, a missing one in parentheses. Never empty.
pub(super) fn value_label(dimension: &str, value: Option<&str>, language: Language) -> String {
    match value {
        None | Some("") => nameless(dimension, language),
        Some(code) if CODED.contains(&dimension) => state_label(code, language),
        Some(band) if dimension == "age_band" => age_band(band, language),
        Some(number) if dimension == "weeks_since_signup" => {
            format!("{} {number}", pick(["Semana", "Week", "Semana"], language))
        }
        Some(number) if dimension == "months_since_signup" => {
            format!("{} {number}", pick(["Mes", "Month", "Mês"], language))
        }
        Some("true") if is_yes_or_no(dimension) => Word::Yes.in_language(language).to_owned(),
        Some("false") if is_yes_or_no(dimension) => Word::No.in_language(language).to_owned(),
        Some(name) => name.to_owned(),
    }
}

fn is_yes_or_no(dimension: &str) -> bool {
    ["is_", "was_", "has_", "reached_"].iter().any(|prefix| dimension.starts_with(prefix))
}

fn nameless(dimension: &str, language: Language) -> String {
    find(NAMELESS, dimension, language)
        .unwrap_or_else(|| pick(["(sin dato)", "(none)", "(sem dado)"], language))
        .to_owned()
}

/// `0-7` -> `0–7`, `>60` -> `más de 60`; other texts as written.
fn age_band(band: &str, language: Language) -> String {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if let Some((from, to)) = band.split_once('-')
        && number(from)
        && number(to)
    {
        return format!("{from}–{to}");
    }
    let over = band.strip_prefix('>').map(str::trim);
    match over {
        Some(days) if number(days) => {
            format!("{} {days}", pick(["más de", "over", "mais de"], language))
        }
        _ => band.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_nobody_knows_is_headed_by_its_own_name() {
        assert_eq!(dimension_label("promedio_de_cajas", Language::Es), "Promedio de cajas");
        assert_eq!(dimension_label("ñandú", Language::Es), "Ñandú");
        assert_eq!(dimension_label("", Language::En), "");
    }

    #[test]
    fn codes_are_words_only_where_a_dimension_holds_codes() {
        assert_eq!(value_label("type", Some("visit"), Language::Es), "Visita");
        assert_eq!(value_label("status", Some("CANCELED"), Language::Pt), "Cancelada");
        assert_eq!(value_label("team", Some("power"), Language::Es), "power");
        assert_eq!(value_label("status", Some("en_revision"), Language::Es), "en_revision");
    }

    #[test]
    fn a_missing_value_is_told_for_its_dimension() {
        assert_eq!(value_label("seller", None, Language::Es), "(sin vendedor)");
        assert_eq!(value_label("seller", Some(""), Language::En), "(no seller)");
        assert_eq!(value_label("anything", None, Language::Pt), "(sem dado)");
    }

    #[test]
    fn yes_and_no_of_a_dimension_are_words() {
        assert_eq!(value_label("was_contacted", Some("true"), Language::Es), "Sí");
        assert_eq!(value_label("is_done", Some("false"), Language::En), "No");
        assert_eq!(value_label("team", Some("true"), Language::Es), "true");
    }

    #[test]
    fn the_time_since_sign_up_says_its_unit() {
        assert_eq!(value_label("weeks_since_signup", Some("3"), Language::Es), "Semana 3");
        assert_eq!(value_label("months_since_signup", Some("12"), Language::Pt), "Mês 12");
        assert_eq!(value_label("weeks_since_signup", None, Language::En), "(none)");
    }

    #[test]
    fn age_bands_are_ranges_in_words() {
        assert_eq!(value_label("age_band", Some("0-7"), Language::Es), "0–7");
        assert_eq!(value_label("age_band", Some(">60"), Language::Pt), "mais de 60");
        assert_eq!(value_label("age_band", Some("vieja"), Language::Es), "vieja");
    }

    #[test]
    fn no_table_says_a_name_twice_or_leaves_a_language_empty() {
        for table in [HEADINGS, CODES, NAMELESS, PLURALS] {
            for (i, (name, words)) in table.iter().enumerate() {
                assert!(table[..i].iter().all(|(other, _)| other != name), "`{name}` stands twice");
                assert!(words.iter().all(|w| !w.is_empty()), "`{name}` lacks a language");
            }
        }
    }
}
