//! Faults: what goes wrong with an answer, and with which requests, by their number or by chance from a seed.

use super::dice::Dice;
use std::fmt;
use std::time::Duration;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fault {
    /// The answer is right, but comes late.
    Slow(Duration),
    /// The answer is right, but its body comes at so many bytes a second.
    Dribble(u64),
    /// The answer is right, and the connection is closed after it without a word of that in its head.
    HangUp,
    /// No answer comes, and the connection stays open.
    Silence,
    /// Half of the body comes, then nothing, and the connection stays open.
    SilenceInBody,
    /// The connection is reset instead of an answer.
    Reset,
    /// Half of the body comes, then a reset.
    ResetInBody,
    /// The connection is closed after half of a body whose length was said.
    HalfWithLength,
    /// The connection is closed after half of a body that comes in chunks.
    HalfChunked,
    /// A page of HTML with this status: 200 and 502 are what proxies send.
    Html(u16),
    /// An error of this status, in the words of the generation.
    Status(u16),
    /// 503, with `Retry-After` in seconds.
    Unavailable(u64),
    /// 429 that no limit asked for, with `Retry-After` in seconds where it is given.
    TooMany(Option<u64>),
    /// 401 as if the token had been revoked, although it holds.
    Unauthorized,
    /// A byte in a text that is no UTF-8.
    InvalidUtf8,
    /// `\ud800` in a text: half of a pair, which JSON's grammar allows and Unicode does not.
    LoneSurrogate,
    /// So many bytes of blanks before the right body: valid JSON, if somebody has the memory.
    Huge(usize),
    /// Arrays within each other, so many deep.
    Deep(usize),
    /// 302 to another address.
    Redirect(String),
    /// 200 without a body.
    EmptyBody,
    /// 200 and valid JSON that is something else: `{"status":"ok"}`.
    OtherShape,
}

/// Which requests.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum When {
    Always,
    /// These, counted from 1 among the requests to the rule's path.
    Numbers(Vec<u64>),
    /// Each one whose number can be divided by this.
    Every(u64),
    /// So many of one, by the platform's seed: 0.05 is one in twenty.
    Share(f64),
}

/// A fault, and which requests it meets.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rule {
    pub(crate) fault: Fault,
    pub(crate) when: When,
    /// Only requests to paths that begin like this; without one, all requests for data (not for tokens).
    pub(crate) path: Option<String>,
}

impl Rule {
    /// What a rule looks like on the command line.
    pub(crate) const WORDS: &str = "WHAT[=VALUE]@WHEN[:PATH], WHAT one of slow=MS, dribble=BYTES_A_SECOND, hang-up, silence, \
         silence-in-body, reset, reset-in-body, half, half-chunked, html=STATUS, status=STATUS, unavailable=SECONDS, \
         too-many[=SECONDS], unauthorized, invalid-utf8, lone-surrogate, huge=BYTES, deep=LEVELS, redirect=URL, empty, other-shape; \
         WHEN one of always, 7, 3,5,9, every10, 5%";

    /// The fault meets the request with this number, among those for data.
    pub(crate) fn nth(number: u64, fault: Fault) -> Self {
        Self { fault, when: When::Numbers(vec![number]), path: None }
    }

    /// The fault meets every request for data.
    pub(crate) fn always(fault: Fault) -> Self {
        Self { fault, when: When::Always, path: None }
    }

    /// The fault meets so many of one, by the seed.
    pub(crate) fn share(share: f64, fault: Fault) -> Self {
        Self { fault, when: When::Share(share), path: None }
    }

    /// Only of paths that begin like this.
    pub(crate) fn at(mut self, path: &str) -> Self {
        self.path = Some(path.to_owned());
        self
    }
}

/// The rules of a platform and how many requests each has seen.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Vec<(Rule, u64)>,
    seed: u64,
}

impl Faults {
    pub(crate) fn new(rules: Vec<Rule>, seed: u64) -> Self {
        Self { rules: rules.into_iter().map(|rule| (rule, 0)).collect(), seed }
    }

    /// The fault that meets this request: of the first rule that does. Every rule counts it.
    pub(crate) fn meet(&mut self, path: &str, is_for_data: bool) -> Option<Fault> {
        let seed = self.seed;
        let mut met = None;
        for (place, (rule, seen)) in self.rules.iter_mut().enumerate() {
            let concerns = rule.path.as_ref().map_or(is_for_data, |prefix| path.starts_with(prefix.as_str()));
            if !concerns {
                continue;
            }
            *seen += 1;
            let meets = match &rule.when {
                When::Always => true,
                When::Numbers(numbers) => numbers.contains(seen),
                When::Every(step) => seen.is_multiple_of(*step),
                // of the request's number alone, so that it is the same whichever connection was faster
                When::Share(share) => Dice::new(seed ^ *seen, 100 + place as u64).share() < *share,
            };
            if meets && met.is_none() {
                met = Some(rule.fault.clone());
            }
        }
        met
    }
}

impl std::str::FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // the last @ and, after it, the first colon: an address to redirect to has both
        let (what, when) =
            text.rsplit_once('@').ok_or_else(|| format!("{text:?} does not say when: {}", Self::WORDS))?;
        let (when, path) = match when.split_once(':') {
            Some((when, path)) => (when, Some(path.to_owned())),
            None => (when, None),
        };
        let when =
            read_when(when).ok_or_else(|| format!("{text:?}: {when:?} is no time: {}", Self::WORDS))?;
        let fault =
            read_fault(what).ok_or_else(|| format!("{text:?}: {what:?} is no fault: {}", Self::WORDS))?;
        Ok(Self { fault, when, path })
    }
}

fn read_when(text: &str) -> Option<When> {
    if text == "always" {
        return Some(When::Always);
    }
    if let Some(step) = text.strip_prefix("every") {
        return step.parse().ok().filter(|step| *step > 0).map(When::Every);
    }
    if let Some(share) = text.strip_suffix('%') {
        let share: f64 = share.parse().ok()?;
        return (0.0..=100.0).contains(&share).then_some(When::Share(share / 100.0));
    }
    let numbers: Result<Vec<u64>, _> = text.split(',').map(str::parse).collect();
    numbers.ok().map(When::Numbers)
}

/// A body beyond this would be this machine's trouble and not the client's.
const MOST_BYTES: u64 = 1 << 30;

fn read_fault(text: &str) -> Option<Fault> {
    let (what, value) = match text.split_once('=') {
        Some((what, value)) => (what, Some(value)),
        None => (text, None),
    };
    let number = || value.and_then(|value| value.parse::<u64>().ok());
    let status =
        || number().and_then(|number| u16::try_from(number).ok()).filter(|code| (200..600).contains(code));
    let size = || number().filter(|size| *size <= MOST_BYTES).and_then(|size| usize::try_from(size).ok());
    let plain = |fault: Fault| value.is_none().then_some(fault);
    match what {
        "slow" => number().map(|ms| Fault::Slow(Duration::from_millis(ms))),
        "dribble" => number().filter(|pace| *pace > 0).map(Fault::Dribble),
        "hang-up" => plain(Fault::HangUp),
        "silence" => plain(Fault::Silence),
        "silence-in-body" => plain(Fault::SilenceInBody),
        "reset" => plain(Fault::Reset),
        "reset-in-body" => plain(Fault::ResetInBody),
        "half" => plain(Fault::HalfWithLength),
        "half-chunked" => plain(Fault::HalfChunked),
        "html" => status().map(Fault::Html),
        "status" => status().map(Fault::Status),
        "unavailable" => number().map(Fault::Unavailable),
        "too-many" if value.is_none() => Some(Fault::TooMany(None)),
        "too-many" => number().map(|seconds| Fault::TooMany(Some(seconds))),
        "unauthorized" => plain(Fault::Unauthorized),
        "invalid-utf8" => plain(Fault::InvalidUtf8),
        "lone-surrogate" => plain(Fault::LoneSurrogate),
        "huge" => size().map(Fault::Huge),
        "deep" => size().map(Fault::Deep),
        "redirect" => value
            .filter(|url| url.bytes().all(|byte| byte.is_ascii_graphic()))
            .map(|url| Fault::Redirect(url.to_owned())),
        "empty" => plain(Fault::EmptyBody),
        "other-shape" => plain(Fault::OtherShape),
        _ => None,
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
