//! Pages mislead in exactly the ways that the platform is told to.

use super::asking::get;
use crate::platform::{Beyond, Data, Listing, Options, Paging, Platform, Sizes, Total};
use serde_json::{Value, json};

fn platform(listing: Listing, change: impl FnOnce(&mut Paging)) -> Platform {
    let data = Data::generated(&Sizes { users: 20, days: 10, activities: 50, ..Sizes::default() });
    Platform::start(Options { data: Some(data), ..Options::default() }.page(listing, change))
}

async fn states(platform: &Platform, page: u64) -> Value {
    get(platform, &format!("/api/v1/kpis/users-states?page={page}")).await.json()
}

async fn activities(platform: &Platform, page: u64) -> Value {
    get(platform, &format!("/api/activities?page={page}")).await.json()
}

fn count(page: &Value) -> usize {
    page["data"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_total_may_be_wrong_null_or_absent_while_the_rows_are_right() {
    let off = platform(Listing::Activities, |paging| paging.total = Total::Off(30));
    assert_eq!(
        activities(&off, 1).await["meta"],
        json!({ "page": 1, "limit": 25, "total": 80, "totalPages": 4 })
    );
    assert_eq!(count(&activities(&off, 3).await), 0);
    let few = platform(Listing::Activities, |paging| paging.total = Total::Off(-40));
    assert_eq!(activities(&few, 1).await["meta"]["totalPages"], 1);
    assert_eq!(count(&activities(&few, 2).await), 25);
    let null = platform(Listing::Activities, |paging| paging.total = Total::Null);
    let meta = activities(&null, 1).await["meta"].clone();
    assert_eq!(meta, json!({ "page": 1, "limit": 25, "total": null, "totalPages": null }));
    let absent = platform(Listing::States, |paging| paging.total = Total::Absent);
    let page = states(&absent, 1).await;
    assert_eq!((page.get("total"), &page["next_page"], count(&page)), (None, &json!(2), 100));
}

#[tokio::test]
async fn next_page_may_be_null_although_there_are_more() {
    let platform = platform(Listing::States, |paging| paging.next_page_is_null = true);
    let first = states(&platform, 1).await;
    assert_eq!((first["next_page"].clone(), first["total"].clone()), (json!(null), json!(200)));
    assert_eq!(count(&states(&platform, 2).await), 100);
}

#[tokio::test]
async fn the_last_page_may_be_an_empty_one() {
    let platform = platform(Listing::States, |paging| paging.ends_empty = true);
    assert_eq!(states(&platform, 2).await["next_page"], 3);
    let last = states(&platform, 3).await;
    assert_eq!((count(&last), last["next_page"].clone()), (0, json!(null)));
    let documented = self::platform(Listing::Commerces, |_| {});
    assert_eq!(states(&documented, 2).await["next_page"], json!(null));
}

#[tokio::test]
async fn a_page_may_come_for_ever() {
    let platform = platform(Listing::Activities, |paging| paging.repeats_from = Some(2));
    let second = activities(&platform, 2).await;
    assert_ne!(second["data"], activities(&platform, 1).await["data"]);
    for page in [3, 50, 5000] {
        let again = activities(&platform, page).await;
        assert_eq!(again["data"], second["data"]);
        assert_eq!(again["meta"]["page"], page);
        assert_eq!(again["meta"]["totalPages"], page + 1);
    }
    let states_for_ever = self::platform(Listing::States, |paging| paging.repeats_from = Some(1));
    let far = states(&states_for_ever, 900).await;
    assert_eq!((far["next_page"].clone(), count(&far)), (json!(901), 100));
}

#[tokio::test]
async fn a_page_size_beyond_the_most_is_refused_or_cut_and_pages_beyond_the_last_are_refused() {
    let platform = platform(Listing::States, |paging| {
        paging.most = 100;
        paging.last_page = Some(1);
    });
    let cut = get(&platform, "/api/v1/kpis/users-states?limit=1000").await.json();
    assert_eq!((cut["limit"].clone(), count(&cut)), (json!(100), 100));
    assert_eq!(get(&platform, "/api/v1/kpis/users-states?page=2").await.status, 400);
    let strict = self::platform(Listing::States, |paging| {
        paging.most = 100;
        paging.beyond = Beyond::Refuse;
    });
    assert_eq!(get(&strict, "/api/v1/kpis/users-states?limit=101").await.status, 400);
    // as documented, an example asks the states for a thousand
    let documented = self::platform(Listing::Commerces, |_| {});
    assert_eq!(count(&get(&documented, "/api/v1/kpis/users-states?limit=1000").await.json()), 200);
}
