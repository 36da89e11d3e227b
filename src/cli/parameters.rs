//! Values of a report's parameters as they are typed: `--param team=sur`.

use crate::app::Failure;
use crate::definition::Report;

/// The report with the values of `--param NAME=VALUE`, each given once and all that have no default.
pub(super) fn with_params(report: &Report, typed: &[String]) -> Result<Report, Failure> {
    let fail = |what: String, hint: String| Failure::Argument { what: format!("--param: {what}"), hint };
    let pairs = typed
        .iter()
        .map(|text| {
            text.split_once('=').map(|(name, value)| (name.trim(), value)).ok_or_else(|| {
                fail(format!("`{text}` has no `=`"), "write name=value: --param team=sur".to_owned())
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let params = report.params.with(pairs).map_err(|error| fail(error.what, error.hint))?;
    match params.missing() {
        Some(param) => {
            let name = &param.name;
            let example = param.one_of.first().map_or_else(|| "...".to_owned(), ToString::to_string);
            let hint = format!("give it one: --param {name}={example}");
            Err(fail(format!("report `{}` needs a value for `{name}`", report.id), hint))
        }
        None => Ok(report.with_params(params)),
    }
}
