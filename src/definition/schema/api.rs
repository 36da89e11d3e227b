//! What a source that is an API says beside its frames, as written.
#![expect(dead_code, reason = "no value is ever made: the schema is derived from the types")]

use super::channel::OAuth2;
use super::values::{FieldPath, UrlPath};
use schemars::JsonSchema;

/// Who we are at an API: exactly one way.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1, "maxProperties" = 1))]
pub(super) struct ApiAuth {
    /// A header and its value.
    #[schemars(example = &"X-API-Key: ${RETEN_KEY}", regex(pattern = "^[A-Za-z0-9_-]+:"))]
    api_key: Option<String>,
    /// Authorization: Bearer; `tenant` goes with it.
    #[schemars(example = &"${RETEN_TOKEN}")]
    bearer: Option<String>,
    /// User and password in every request.
    #[schemars(example = &"user:${PASSWORD}", regex(pattern = "^[^:]+:"))]
    basic: Option<String>,
    /// A token of an authorization server (client credentials).
    oauth2: Option<OAuth2>,
    /// A person's login, answered with a token that is renewed.
    login: Option<ApiLogin>,
}

/// Who logs in.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ApiLogin {
    /// The name, mostly an address, that the person logs in with.
    #[schemars(example = &"informes@example.com")]
    user: String,
    /// The password of that person.
    #[schemars(example = &"${RETEN_PASSWORD}")]
    password: String,
}

/// Paths that differ from the documented ones.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ApiPaths {
    /// Of planned contacts.
    #[schemars(example = &"/api/v1/tasks/")]
    tasks: Option<UrlPath>,
    /// Of user states.
    user_states: Option<UrlPath>,
    /// Of operators.
    sellers: Option<UrlPath>,
    /// Of commerces.
    users: Option<UrlPath>,
    /// Of assignments: no generation documents one.
    assignments: Option<UrlPath>,
}

/// Fields of answers that columns are filled from, where they differ.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ApiFields {
    /// Of planned contacts: column, field.
    tasks: Option<FieldsOfFrame>,
    /// Of user states.
    user_states: Option<FieldsOfFrame>,
    /// Of operators.
    sellers: Option<FieldsOfFrame>,
    /// Of commerces.
    users: Option<FieldsOfFrame>,
    /// Of assignments.
    assignments: Option<FieldsOfFrame>,
}

/// Columns of a frame and the fields that fill them, with dots into nested ones.
pub(super) struct FieldsOfFrame;

impl JsonSchema for FieldsOfFrame {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FieldsOfFrame".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let path = generator.subschema_for::<FieldPath>();
        schemars::json_schema!({
            "type": "object",
            "propertyNames": { "pattern": "^[a-z_][a-z0-9_]*$" },
            "additionalProperties": path
        })
    }
}
