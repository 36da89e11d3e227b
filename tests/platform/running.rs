//! A platform that runs: its socket, its clock, and what a test may ask it or do to it while somebody reads.

use super::access::{Access, Gate, USUAL_KEY};
use super::answering;
use super::changes::{Change, Edit};
use super::data::Data;
use super::faults::{Faults, Rule};
use super::generate::Sizes;
use super::limit::{Arrivals, Limit};
use super::listing::{Generation, Listing};
use super::log::{Counts, Entry, busiest};
use super::paging::Paging;
use super::query::Reading;
use super::rows::Rows;
use super::wire::{Wire, Wired};
use super::{admin, answer::ErrorShape};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How a platform behaves. Without a word: generated data, one key, no limit, no faults, everything as documented.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// Generated from `Sizes::default()` where it is `None`.
    pub(crate) data: Option<Data>,
    pub(crate) access: Access,
    pub(crate) limit: Option<Limit>,
    /// Pages of these lists; of others as documented.
    pub(crate) paging: BTreeMap<Listing, Paging>,
    pub(crate) reading: Reading,
    /// Errors of these generations; of others as documented.
    pub(crate) errors: BTreeMap<Generation, ErrorShape>,
    pub(crate) faults: Vec<Rule>,
    pub(crate) changes: Vec<Change>,
    /// Catalogues have an `ETag`, and `If-None-Match` is honoured.
    pub(crate) etags: bool,
    /// Headers of every answer, in which servers declare their limit: none is documented.
    pub(crate) declares: Vec<(&'static str, String)>,
    /// How far the platform's clock is ahead: `Date`, `exp`, `Retry-After` as a date, `updated_at` follow it.
    pub(crate) clock_ahead: TimeDelta,
    /// Of faults by chance, and of the secret that signs tokens.
    pub(crate) seed: u64,
    /// 0 for any free one.
    pub(crate) port: u16,
    /// Of `GET /_log` and the like; 0 for any free one.
    pub(crate) admin_port: u16,
}

impl Options {
    /// The documented pages of a list with some of it changed.
    pub(crate) fn page(mut self, listing: Listing, change: impl FnOnce(&mut Paging)) -> Self {
        change(self.paging.entry(listing).or_insert_with(|| Paging::documented(listing.envelope())));
        self
    }
}

/// What a running platform knows.
pub(super) struct State {
    pub(super) paging: BTreeMap<Listing, Paging>,
    pub(super) reading: Reading,
    pub(super) errors: BTreeMap<Generation, ErrorShape>,
    pub(super) etags: bool,
    pub(super) declares: Vec<(&'static str, String)>,
    pub(super) hidden: BTreeMap<Listing, Vec<String>>,
    pub(super) started: Instant,
    connections: Arc<AtomicU64>,
    clock_ahead: TimeDelta,
    seed: u64,
    inside: Mutex<Inside>,
}

/// What changes while it runs.
pub(super) struct Inside {
    pub(super) rows: BTreeMap<Listing, Rows>,
    pub(super) gate: Gate,
    pub(super) limit: Option<Limit>,
    pub(super) arrivals: Arrivals,
    pub(super) faults: Faults,
    pub(super) changes: Vec<Change>,
    pub(super) log: Vec<Entry>,
    pub(super) at_once: u64,
    pub(super) most_at_once: u64,
    serial: u64,
}

impl State {
    /// A test that panics while it holds this must not hide behind the poison what it has to say.
    pub(super) fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the platform takes for now.
    pub(super) fn now(&self) -> DateTime<Utc> {
        parte::clock::now() + self.clock_ahead
    }

    pub(super) fn is_skewed(&self) -> bool {
        !self.clock_ahead.is_zero()
    }

    pub(super) fn error_shape(&self, generation: Generation) -> ErrorShape {
        self.errors.get(&generation).copied().unwrap_or_else(|| ErrorShape::documented(generation))
    }

    pub(super) fn paging(&self, listing: Listing) -> Paging {
        self.paging.get(&listing).cloned().unwrap_or_else(|| Paging::documented(listing.envelope()))
    }

    pub(super) fn edit(&self, inside: &mut Inside, listing: Listing, edit: Edit) -> usize {
        let hidden = self.hidden.get(&listing).map_or(&[][..], Vec::as_slice);
        let rows = inside.rows.entry(listing).or_default();
        edit.apply(listing, rows, hidden, &mut inside.serial, self.now())
    }

    pub(super) fn counts(&self) -> Counts {
        let inside = self.inside();
        Counts {
            requests: inside.log.len() as u64,
            refused: inside.arrivals.refused,
            connections: self.connections.load(Ordering::Relaxed),
            at_once: inside.at_once,
            most_at_once: inside.most_at_once,
            tokens: inside.gate.issued,
        }
    }

    pub(super) fn set_faults(&self, rules: Vec<Rule>) {
        self.inside().faults = Faults::new(rules, self.seed);
    }
}

/// A running platform; it stops when it is dropped.
pub(crate) struct Platform {
    state: Arc<State>,
    address: SocketAddr,
    admin: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Platform {
    /// Starts on free ports of 127.0.0.1, or on those that were asked for. It runs on threads of its own, so that tests
    /// with and without a runtime can use it.
    ///
    /// # Errors
    /// A port is taken.
    pub(crate) fn try_start(options: Options) -> io::Result<Self> {
        let listen = |port: u16| {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
            listener.set_nonblocking(true)?;
            let address = listener.local_addr()?;
            io::Result::Ok((listener, address))
        };
        let (data_socket, address) = listen(options.port)?;
        let (admin_socket, admin) = listen(options.admin_port)?;
        let data = options.data.unwrap_or_else(|| Data::generated(&Sizes::default()));
        let (rows, hidden) = data.into_parts();
        let state = Arc::new(State {
            paging: options.paging,
            reading: options.reading,
            errors: options.errors,
            etags: options.etags,
            declares: options.declares,
            hidden,
            started: Instant::now(),
            connections: Arc::default(),
            clock_ahead: options.clock_ahead,
            seed: options.seed,
            inside: Mutex::new(Inside {
                rows,
                gate: Gate::new(options.access, options.seed),
                limit: options.limit,
                arrivals: Arrivals::default(),
                faults: Faults::new(options.faults, options.seed),
                changes: options.changes,
                log: Vec::new(),
                at_once: 0,
                most_at_once: 0,
                serial: 0,
            }),
        });
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let served = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    ended = serve(served, data_socket, admin_socket) => ended.expect("sockets that listen"),
                    _ = stopped => {}
                }
            });
            // answers that never come are dropped with the rest
            runtime.shutdown_background();
        });
        Ok(Self { state, address, admin, stop: Some(stop), thread: Some(thread) })
    }

    /// Starts on a free port.
    pub(crate) fn start(options: Options) -> Self {
        Self::try_start(options).expect("a free port")
    }

    /// Where it listens, without a slash at the end: `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address of a list.
    pub(crate) fn url_of(&self, listing: Listing) -> String {
        format!("{}{}", self.url(), listing.path())
    }

    /// Where `GET /_log` and the like are answered.
    pub(crate) fn admin_url(&self) -> String {
        format!("http://{}", self.admin)
    }

    /// The key of a platform that was not told another.
    pub(crate) fn key(&self) -> &'static str {
        USUAL_KEY
    }

    /// All requests so far, in the order in which they came.
    pub(crate) fn log(&self) -> Vec<Entry> {
        self.state.inside().log.clone()
    }

    /// Requests to paths that begin like this.
    pub(crate) fn log_of(&self, path: &str) -> Vec<Entry> {
        self.state.inside().log.iter().filter(|entry| entry.path.starts_with(path)).cloned().collect()
    }

    pub(crate) fn counts(&self) -> Counts {
        self.state.counts()
    }

    /// The most requests in any stretch of so long, answered or refused.
    pub(crate) fn busiest(&self, window: Duration) -> usize {
        busiest(&self.state.inside().log, window)
    }

    /// Changes a list at once; returns how many rows came, went or changed.
    pub(crate) fn edit(&self, listing: Listing, edit: Edit) -> usize {
        self.state.edit(&mut self.state.inside(), listing, edit)
    }

    /// The rows that a list has now, whole.
    pub(crate) fn rows(&self, listing: Listing) -> Vec<serde_json::Value> {
        let inside = self.state.inside();
        let rows = inside.rows.get(&listing).map_or(&[][..], Rows::all);
        rows.iter().map(|row| serde_json::from_str(row.whole()).expect("a row is an object")).collect()
    }

    /// Other faults from now on; requests are counted anew.
    pub(crate) fn set_faults(&self, rules: Vec<Rule>) {
        self.state.set_faults(rules);
    }

    /// Another limit from now on; who came before is forgotten.
    pub(crate) fn set_limit(&self, limit: Option<Limit>) {
        let mut inside = self.state.inside();
        inside.limit = limit;
        inside.arrivals.forget();
    }

    /// A key or a token that holds no longer.
    pub(crate) fn revoke(&self, key_or_token: &str) {
        self.state.inside().gate.revoke(key_or_token);
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(state: Arc<State>, data: TcpListener, admin: TcpListener) -> io::Result<()> {
    let asked = Arc::clone(&state);
    let router =
        Router::new().fallback(move |ConnectInfo(wire): ConnectInfo<Wire>, request: Request<Body>| {
            answering::answer(Arc::clone(&asked), wire, request)
        });
    let connections = Arc::clone(&state.connections);
    let data = Wired { listener: tokio::net::TcpListener::from_std(data)?, connections };
    let admin = tokio::net::TcpListener::from_std(admin)?;
    let data = axum::serve(data, router.into_make_service_with_connect_info::<Wire>());
    let admin = axum::serve(admin, admin::router(state));
    tokio::try_join!(data.into_future(), admin.into_future()).map(|_| ())
}
