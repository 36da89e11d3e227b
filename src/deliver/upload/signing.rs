//! Signatures of requests as Standard Webhooks says: of the id, the second and the body, so that the receiver knows who
//! wrote it and that it is not an old one sent again.

use super::idempotency_key;
use crate::deliver::file_name::fingerprint;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::borrow::Cow;

/// What a delivery is called in a signature: a full stop would end it there.
pub(super) fn id(key: &str) -> Cow<'_, str> {
    match idempotency_key(key) {
        id if id.contains('.') => Cow::Owned(fingerprint(key)),
        id => id,
    }
}

/// The headers of a signed request; `at` is the second of this try.
pub(super) fn headers(key: &[u8], id: &str, at: i64, body: &[u8]) -> Option<[(&'static str, String); 3]> {
    // every length of key is taken
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(id.as_bytes());
    mac.update(format!(".{at}.").as_bytes());
    mac.update(body);
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    Some([
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", at.to_string()),
        ("webhook-signature", format!("v1,{signature}")),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_has_its_signature() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let headers =
            headers(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        let [_, (_, at), (_, signature)] = headers.unwrap();
        assert_eq!(at, "1614265330");
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
