//! What is not as expected is said in every mail: at its top, where a template of somebody's own does not speak of it.

use super::{HTML, RenderError, TEXT, fill};
use minijinja::Value;

/// The word by which templates know of it.
const WORD: &str = "warnings";

const OVER_HTML: &str = r##"<div style="margin:0;padding:10px 12px;background-color:#fdecea;border-left:3px solid #b42318;color:#243042;font-family:Arial,sans-serif;font-size:13px;">
<strong>{{ words.warnings }}</strong>
{% for warning in warnings %}
<div>{{ warning }}</div>
{% endfor %}
</div>
"##;

const OVER_TEXT: &str = r#"{{ words.warnings|upper }}

{% for warning in warnings %}
{{ warning|wrap("! ") }}
{% endfor %}


"#;

/// The HTML, with what its template leaves out right after its `<body>`.
pub(super) fn html(body: String, template: &str, view: &Value) -> Result<String, RenderError> {
    if template.contains(WORD) {
        return Ok(body);
    }
    let over = fill(HTML, OVER_HTML, view)?;
    let begins = body.find("<body").and_then(|tag| Some(tag + body[tag..].find('>')? + 1)).unwrap_or(0);
    let (before, after) = body.split_at(begins);
    Ok(format!("{before}{over}{after}"))
}

/// The text, with what its template leaves out before it.
pub(super) fn text(body: String, template: &str, view: &Value) -> Result<String, RenderError> {
    if template.contains(WORD) {
        return Ok(body);
    }
    Ok(fill(TEXT, OVER_TEXT, view)? + &body)
}
