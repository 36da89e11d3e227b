//! The limit that a server declares in the headers of its answers: `RateLimit-Policy` and what stands in its place elsewhere. Never: the limit
//! that is kept, which the definition says.

use reqwest::header::HeaderMap;
use std::time::Duration;

/// A limit of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declared {
    /// So many.
    pub requests: u64,
    /// In a stretch of so long; `None`: it does not say.
    pub per: Option<Duration>,
}

/// Headers that say the stretch in their name.
const BY_NAME: [(&str, u64); 4] = [("second", 1), ("minute", 60), ("hour", 3600), ("day", 86_400)];

impl Declared {
    /// What these headers declare; of several limits the first.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        // its parameters are the limit and the stretch; `RateLimit` alone says what is left of them
        if let Some(policy) = text("ratelimit-policy").and_then(Self::of_policy) {
            return Some(policy);
        }
        for (unit, seconds) in BY_NAME {
            for name in [format!("x-ratelimit-limit-{unit}"), format!("ratelimit-limit-{unit}")] {
                if let Some(requests) = text(&name).and_then(|limit| limit.trim().parse().ok()) {
                    return Some(Self { requests, per: Some(Duration::from_secs(seconds)) });
                }
            }
        }
        let limits = ["ratelimit-limit", "x-ratelimit-limit", "x-rate-limit-limit"];
        limits.into_iter().find_map(|name| Self::of_limit(text(name)?)).or_else(|| {
            let all = text("ratelimit")?;
            let requests = all.split([',', ';']).find_map(|part| part.trim().strip_prefix("limit="))?;
            Some(Self { requests: requests.trim().parse().ok()?, per: None })
        })
    }

    /// `"default";q=100;w=60`, or in older words `100;w=60`.
    fn of_policy(policy: &str) -> Option<Self> {
        policy.split(',').find_map(|one| {
            let (head, parameters) = one.split_once(';')?;
            let parameter = |name: &str| {
                parameters
                    .split(';')
                    .find_map(|it| it.trim().strip_prefix(name)?.strip_prefix('=')?.parse().ok())
            };
            let requests = parameter("q").or_else(|| head.trim().parse().ok())?;
            Some(Self { requests, per: parameter("w").map(Duration::from_secs) })
        })
    }

    /// `100`, or `100, 100;w=60`, where the policies stand behind the limit that is nearest.
    fn of_limit(limit: &str) -> Option<Self> {
        let (first, policies) = limit.split_once(',').unwrap_or((limit, ""));
        let requests = first.split(';').next()?.trim().parse().ok()?;
        let per = Self::of_policy(policies).or_else(|| Self::of_policy(first)).and_then(|policy| policy.per);
        Some(Self { requests, per })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    #[test]
    fn a_limit_is_read_in_each_of_the_spellings_that_servers_use() {
        let declared = |headers: &[(&'static str, &'static str)]| {
            let map = headers
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            Declared::of(&map.collect()).map(|it| (it.requests, it.per.map(|per| per.as_secs())))
        };
        assert_eq!(
            declared(&[("ratelimit-policy", "\"burst\";q=100;w=60, \"day\";q=1000;w=86400")]),
            Some((100, Some(60)))
        );
        assert_eq!(declared(&[("ratelimit-policy", "1000;w=3600")]), Some((1000, Some(3600))));
        assert_eq!(
            declared(&[
                ("ratelimit", "\"default\";r=50;t=30"),
                ("ratelimit-policy", "\"default\";q=100;w=60")
            ]),
            Some((100, Some(60)))
        );
        assert_eq!(declared(&[("ratelimit-limit", "100, 100;w=60")]), Some((100, Some(60))));
        assert_eq!(declared(&[("ratelimit", "limit=100, remaining=50, reset=5")]), Some((100, None)));
        assert_eq!(
            declared(&[("x-ratelimit-limit", "600"), ("x-ratelimit-remaining", "3")]),
            Some((600, None))
        );
        assert_eq!(declared(&[("x-ratelimit-limit-minute", "20")]), Some((20, Some(60))));
        assert_eq!(declared(&[("x-ratelimit-limit", "many"), ("ratelimit-policy", "soon")]), None);
        assert_eq!(declared(&[]), None);
    }
}
