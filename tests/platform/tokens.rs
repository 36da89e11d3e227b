//! Tokens: JWTs signed with HS256, whose `exp` follows the platform's clock and not the client's.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

/// A token of these claims.
pub(crate) fn signed(secret: &[u8], claims: &Value) -> String {
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = format!("{}.{}", part(&header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(mac(secret, &head).finalize().into_bytes());
    format!("{head}.{signature}")
}

/// The claims of a token that is ours and not over.
///
/// # Errors
/// Why it is not believed.
pub(crate) fn verified(secret: &[u8], token: &str, now: i64) -> Result<Value, &'static str> {
    let (head, signature) = token.rsplit_once('.').ok_or("jwt malformed")?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| "jwt malformed")?;
    mac(secret, head).verify_slice(&signature).map_err(|_| "invalid signature")?;
    let claims = claims(token).ok_or("jwt malformed")?;
    if claims["exp"].as_i64().is_none_or(|exp| exp <= now) {
        return Err("jwt expired");
    }
    Ok(claims)
}

/// The claims of a token, believed or not.
pub(crate) fn claims(token: &str) -> Option<Value> {
    let claims = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

fn mac(secret: &[u8], text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("every length of key is taken");
    mac.update(text.as_bytes());
    mac
}
