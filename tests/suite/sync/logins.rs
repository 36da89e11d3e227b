//! Every way to log in: keys, tokens of a user, of a client, of a login; tokens are renewed before they end and after they were
//! turned down, by the server's clock.

use super::{count, fault, source, sync, there};
use crate::platform::{Access, Fault, Listing, Options, Platform, Rule, USUAL_TENANT};
use chrono::TimeDelta;
use parte::definition::{ApiGeneration, ApiLogin, ApiSource, FrameName, OAuth2, Secret, UploadAuth};
use std::time::Duration;

fn logging_in(platform: &Platform, folder: &tempfile::TempDir) -> ApiSource {
    let mut source = source(platform, &folder.path().join("reten.db"), ApiGeneration::Activities);
    source.read = vec![FrameName::Tasks, FrameName::Sellers, FrameName::Users];
    source.endpoint.auth = UploadAuth::None;
    source.login = Some(ApiLogin {
        user: "ana@example.com".to_owned(),
        password: Some(Secret::new("contraseña-larga".to_owned())),
    });
    source.tenant = Some(USUAL_TENANT.to_owned());
    source
}

fn all_is_there(platform: &Platform, source: &ApiSource) {
    let copied = count(&source.copy, "select count(*) from tasks");
    assert_eq!(copied, there(platform, Listing::Activities) as i64);
}

#[test]
fn a_login_is_renewed_whatever_the_clocks_say() {
    for hours in [-5, 0, 5] {
        let access = Access { token_lifetime: Duration::from_secs(3), ..Access::default() };
        let faults = vec![Rule::always(Fault::Slow(Duration::from_millis(100)))];
        let clock_ahead = TimeDelta::hours(hours);
        let platform = Platform::start(Options { access, faults, clock_ahead, ..Options::default() });
        let folder = tempfile::tempdir().unwrap();
        let mut source = logging_in(&platform, &folder);
        // one after the other, it takes longer than a token is used for
        source.parallel = 1;
        sync(&source);
        all_is_there(&platform, &source);
        let logins = platform.log_of("/api/auth/login").len();
        assert_eq!(logins, 1, "a token is asked for once, and then renewed ({hours} hours ahead)");
        assert!(platform.counts().tokens > 1);
        assert!(platform.log().iter().all(|entry| entry.status != Some(401)));
    }
}

#[test]
fn a_token_that_is_revoked_is_replaced_once_for_all_that_wait() {
    let access = Access { requests_a_token: Some(9), ..Access::default() };
    let platform = Platform::start(Options { access, ..Options::default() });
    let folder = tempfile::tempdir().unwrap();
    let source = logging_in(&platform, &folder);
    sync(&source);
    all_is_there(&platform, &source);
    let turned_down = platform.log().iter().filter(|entry| entry.status == Some(401)).count();
    assert!(turned_down > 0 && platform.counts().tokens > 2);
}

#[test]
fn a_client_of_oauth_reads_with_tokens_that_are_renewed() {
    let access =
        Access { token_lifetime: Duration::from_secs(3), requests_a_token: Some(15), ..Access::default() };
    let platform = Platform::start(Options { access, ..Options::default() });
    let folder = tempfile::tempdir().unwrap();
    let mut source = logging_in(&platform, &folder);
    source.login = None;
    source.endpoint.auth = UploadAuth::OAuth2(OAuth2 {
        token_url: format!("{}/oauth/token", platform.url()).parse().unwrap(),
        client_id: "parte".to_owned(),
        client_secret: Some(Secret::new("secreto-de-cliente".to_owned())),
        scope: None,
    });
    sync(&source);
    all_is_there(&platform, &source);
    assert!(platform.counts().tokens > 1);
}

#[test]
fn who_is_not_let_in_is_told_why_and_no_secret_is_shown() {
    let platform = Platform::start(Options::default());
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = logging_in(&platform, &folder);
    wrong.login.as_mut().unwrap().password = Some(Secret::new("otra-contraseña".to_owned()));
    let (error, hint) = fault(&wrong);
    assert!(error.contains("401") && error.contains("/api/auth/login"), "{error}");
    assert!(hint.contains("`auth` of [sources.reten]") && !error.contains("otra-"), "{hint}");
    assert_eq!(
        platform.counts().requests,
        1,
        "a password that is refused is tried once: accounts are locked for more"
    );
    let mut other = logging_in(&platform, &folder);
    other.tenant = Some("00000000-0000-4000-8000-000000000000".to_owned());
    let (error, hint) = fault(&other);
    assert!(error.contains("403") && hint.contains("`tenant` must be its own"), "{error}: {hint}");
}
