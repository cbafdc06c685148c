//! Starts the authority and ends it in order: take no more connections, finish what is under way, write down what was counted,
//! close the store. Never loses what was acknowledged.

mod routes;

use crate::{
    authority::{Authority, Shared},
    bootstrap::{self, ring::RingFault},
    config::{Config, Disclosure},
    fetch::{FetchSettings, Fetcher},
    follower::Follower,
    gates::Gates,
    http::{
        self,
        access_log::AccessLog,
        front::Front,
        guard::{GateFollow, ManagementScope},
        protected_resource,
    },
    jobs::Jobs,
    keys::{Keys, KeysFault},
    listener::{ListenFault, Listener},
    mail::{self, Mail, MailFault},
    oauth::{
        client_auth::{Signatures, Throttle},
        clients::{ClientMemory, Clients},
        device::Guesses,
        introspect::{ParticularsMemory, UsernameMemory},
        origins::Origins,
        status_lists::StatusLists,
    },
    ops::{self, Check, Ops},
    overview::Overviews,
    passkeys::Passkeys,
    ports::StoredTokens,
    quotas,
    recorder::Recorder,
    revoke_many,
    rules::RulesMemory,
    sharing::{Sharing, Turning},
    sign_in::SignIns,
    tls::{self, Certificate, TlsFault},
    upgrade::Successor,
    upstream_tokens::KeyedIssuer,
    verifiers::{self, Verifiers},
};
use jeton_core::{change::Change, dpop_nonce::NonceKey, fault::Invalid, timestamp::Timestamp, token_text::Brand};
use jeton_gate::{
    Gate,
    check::Ports,
    client_address::TrustedProxies,
    clock::SystemClock,
    credential::CredentialRules,
    entrance::Entrance,
    proxy::ProxyService,
    settings::{self, Settings},
};
use jeton_store::{Store, StoreError};
use metrics_exporter_prometheus::PrometheusHandle;
use std::{net::SocketAddr, os::fd::OwnedFd, sync::Arc};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Why the authority does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    /// The master key.
    #[error(transparent)]
    Ring(#[from] RingFault),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The API of the management interface could not be brought up to date.
    #[error(transparent)]
    Management(#[from] bootstrap::InitFault),
    /// Nobody ran `jeton init`.
    #[error("this database is not initialised: run `jeton init` first")]
    NotInitialised,
    /// The signing keys.
    #[error(transparent)]
    Keys(#[from] KeysFault),
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsFault),
    /// An address.
    #[error(transparent)]
    Listen(#[from] ListenFault),
    /// Mail.
    #[error(transparent)]
    Mail(#[from] MailFault),
    /// A setting of the gate.
    #[error("`{0}` {1}")]
    Setting(String, Invalid),
    /// An address that was bound is not known.
    #[error("a bound address is not known: {0}")]
    Address(#[from] std::io::Error),
}

/// A running authority.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where health and metrics listen.
    pub ops_address: SocketAddr,
    /// The authority itself.
    pub authority: Shared,
    /// Kept open until the end, for the program that may come next.
    socket: OwnedFd,
    /// Ends what takes requests.
    stop: CancellationToken,
    /// What takes requests.
    serving: TaskTracker,
    /// Ends what works in the background, after the last request.
    stop_jobs: CancellationToken,
    jobs: TaskTracker,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Running({}, {})", self.address, self.ops_address)
    }
}

/// Starts the authority. `metrics` is what this process collects, where it does.
pub async fn start(config: Config, metrics: Option<PrometheusHandle>) -> Result<Running, StartFault> {
    start_on(None, config, metrics).await
}

/// The same on a listening socket that was handed on, where one was.
pub async fn start_on(
    handed_on: Option<std::net::TcpListener>,
    config: Config,
    metrics: Option<PrometheusHandle>,
) -> Result<Running, StartFault> {
    let config = Arc::new(config);
    let certificate = Certificate::load(&config.tls, &config.data_folder())?;
    let ring = Arc::new(bootstrap::ring::load(&config)?);
    let store = bootstrap::open(&config, Arc::clone(&ring)).await?;
    if !bootstrap::is_initialised(&store).await? {
        store.close().await;
        return Err(StartFault::NotInitialised);
    }
    bootstrap::renew_management_api(&store, &config, bootstrap::wall_clock()).await?;
    let floor = store.generation().map_or(Timestamp::default(), |generation| generation.at);
    let clock = Arc::new(SystemClock::starting_at_least(floor));
    let recorder = Arc::new(Recorder::default());
    let nonces = config.gate.dpop_nonce.then(|| ring.current().nonce_key());
    let keys = Arc::new(Keys::start(store.clone(), ring, &config.signing, jeton_gate::port::Clock::now(&*clock)).await?);
    let subjects = store.subject_key_at(jeton_gate::port::Clock::now(&*clock)).await?;
    let gate = gate(&config, nonces, &store, &clock, &recorder);
    let limits = Arc::new(Turning::default());
    let sharing = Sharing::begin(&store, &gate, &clock, &limits);
    if sharing.is_none() {
        quotas::restore_at(&store, &gate, gate.now()).await?;
    }
    let clients = Arc::new(Clients::new(Fetcher::new(FetchSettings::of(config.oauth.development))));
    tell_of_commits(&store, &gate, &clients.memory);
    let (follower, progress) =
        Follower::start(store.clone(), gate.clone(), Arc::clone(&clients.memory), Arc::clone(&keys), Arc::clone(&clock)).await?;
    let entrance = entrance(&config, &gate)?;
    let listener = Listener::take(handed_on, config.listen, certificate.as_ref())?;
    let ops_listener = Listener::bind(config.ops_listen, None)?;
    let (address, ops_address) = (listener.address()?, ops_listener.address()?);
    let (passkeys, mail) = (Passkeys::new(&config.issuer), Mail::new(&config.mail)?);
    let verifiers = Arc::new(Verifiers::new(gate.clone(), verifiers::own_sign(address, &config)));
    tell_verifiers(&store, &verifiers);
    let authority = Arc::new(Authority {
        proxy: ProxyService::new(entrance.clone())
            .with_issuer(upstream_issuer(&config, &keys, &store))
            .with_notes(AccessLog::for_share(config.log.access).is_on()),
        entrance,
        has_no_routes: config.gate.route.is_empty(),
        claimed_hosts: routes::claimed_hosts(&config),
        brand: config.brand.as_deref().and_then(Brand::parse),
        config,
        store,
        gate,
        keys,
        clock,
        recorder,
        progress,
        verifiers,
        limits,
        gates: Gates::default(),
        clients,
        default_projects: parking_lot::RwLock::default(),
        rules: RulesMemory::default(),
        revoking: Arc::default(),
        subjects,
        client_failures: Throttle::default(),
        client_signatures: Signatures::default(),
        origins: Origins::default(),
        particulars: ParticularsMemory::default(),
        usernames: UsernameMemory::default(),
        status_lists: StatusLists::default(),
        user_code_guesses: Guesses::default(),
        logouts: Arc::default(),
        sign_ins: SignIns::default(),
        overviews: Overviews::default(),
        passkeys,
        mail,
        stopping: CancellationToken::new(),
    });
    let running = Running {
        socket: listener.socket()?,
        address,
        ops_address,
        stop: authority.stopping.clone(),
        authority: Arc::clone(&authority),
        serving: TaskTracker::new(),
        stop_jobs: CancellationToken::new(),
        jobs: TaskTracker::new(),
    };
    if let Some(mut sharing) = sharing {
        sharing.settle().await;
        running.jobs.spawn(sharing.run(running.stop_jobs.clone()));
    }
    let front = Front::new(Arc::clone(&authority), http::router(Arc::clone(&authority)));
    running.serving.spawn(listener.serve(front, running.stop.clone()));
    let ops = ops(&authority, metrics);
    running.serving.spawn(ops_listener.serve(http::as_service(ops::router(ops)), running.stop.clone()));
    running.jobs.spawn(follower.run(running.stop_jobs.clone()));
    start_jobs(&running, certificate);
    tracing::info!(%address, %ops_address, issuer = authority.config.issuer, "the authority is ready");
    Ok(running)
}

/// What the program does by itself.
fn start_jobs(running: &Running, certificate: Option<Arc<Certificate>>) {
    let authority = &running.authority;
    let jobs = Jobs {
        store: authority.store.clone(),
        gate: authority.gate.clone(),
        recorder: Arc::clone(&authority.recorder),
        keys: Arc::clone(&authority.keys),
        clock: Arc::clone(&authority.clock),
    };
    jobs.start(&running.jobs, &running.stop_jobs);
    running.jobs.spawn(verifiers::exchange_until(Arc::clone(authority), running.stop_jobs.clone()));
    running.jobs.spawn(crate::oauth::back_channel::deliver_until(Arc::clone(authority), running.stop_jobs.clone()));
    running.jobs.spawn(revoke_many::work_until(Arc::clone(authority), running.stop_jobs.clone()));
    running.jobs.spawn(mail::work_until(Arc::clone(authority), running.stop_jobs.clone()));
    let Some(certificate) = certificate else { return };
    if let Some(acme) = authority.config.tls.acme.clone() {
        let (data, clock) = (authority.config.data_folder(), Arc::clone(&authority.clock));
        let obtaining = tls::acme::keep_up(acme, data, Arc::clone(&certificate), clock);
        let stop = running.stop_jobs.clone();
        running.jobs.spawn(async move { stop.run_until_cancelled_owned(obtaining).await });
    }
    let stop = running.stop_jobs.clone();
    running.jobs.spawn(async move { stop.run_until_cancelled_owned(certificate.follow_files()).await });
}

impl Running {
    /// Ends in order.
    pub async fn stop(self) {
        self.stop.cancel();
        self.serving.close();
        self.serving.wait().await;
        self.stop_jobs.cancel();
        self.jobs.close();
        self.jobs.wait().await;
        self.authority.store.close().await;
        tracing::info!("the authority has stopped");
    }
    /// Waits until the process is told to end (SIGTERM or SIGINT) or, where there is a successor, to make room for it (SIGUSR2), then
    /// ends in order. Gives the listening socket where another program is to go on with it.
    pub async fn until_told(self, successor: Option<&Successor>) -> std::io::Result<Option<OwnedFd>> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut replace = successor.map(|_| signal(SignalKind::user_defined2())).transpose()?;
        let replaced = loop {
            tokio::select! {
                _ = terminate.recv() => break false,
                done = tokio::signal::ctrl_c() => {
                    done?;
                    break false;
                }
                () = told(&mut replace) => {
                    if successor.is_some_and(Successor::runs) {
                        break true;
                    }
                    tracing::error!("the program that should take over does not run: this one goes on");
                }
            }
        };
        let socket = self.socket.try_clone()?;
        self.stop().await;
        Ok(replaced.then_some(socket))
    }
}

/// Waits for a signal; for ever where none is waited for.
async fn told(wanted: &mut Option<Signal>) {
    match wanted {
        Some(wanted) => drop(wanted.recv().await),
        None => std::future::pending().await,
    }
}

/// The gate of this process.
fn gate(config: &Config, dpop_nonce: Option<NonceKey>, store: &Store, clock: &Arc<SystemClock>, recorder: &Arc<Recorder>) -> Gate {
    let settings = Settings { lookup_deadline: config.database.deadline(), ..gate_settings(config, &config.issuer, dpop_nonce) };
    let ports = Ports { source: Arc::new(StoredTokens(store.clone())), usage: recorder.clone(), clock: clock.clone() };
    Gate::new(settings, ports)
}

/// How a gate behaves for the tokens of an issuer.
pub(crate) fn gate_settings(config: &Config, issuer: &str, dpop_nonce: Option<NonceKey>) -> Settings {
    Settings {
        issuer: issuer.into(),
        realm: config.gate.realm.as_deref().map(Into::into),
        disclosure: match config.disclosure {
            Disclosure::Full => settings::Disclosure::Full,
            Disclosure::Minimal => settings::Disclosure::Minimal,
        },
        shared_audience: Some(issuer.into()),
        guard_scope: GateFollow::demand().first().cloned(),
        resource_metadata: Some(protected_resource::base(issuer).into()),
        dpop_nonce,
        memory_tokens: config.gate.capacity,
        max_staleness: config.gate.max_staleness(),
        ..Settings::default()
    }
}

/// The gate and the memory of clients are told of every commit of this process before its maker is answered.
fn tell_of_commits(store: &Store, gate: &Gate, clients: &Arc<ClientMemory>) {
    let (gate, clients) = (gate.clone(), Arc::clone(clients));
    store.subscribe_commits(Arc::new(move |changes: &[Change]| {
        clients.apply(changes);
        gate.apply(changes);
    }));
}

/// When each change was made is remembered, to tell how far verifiers are behind.
fn tell_verifiers(store: &Store, verifiers: &Arc<Verifiers>) {
    let verifiers = Arc::clone(verifiers);
    store.subscribe_commits(Arc::new(move |changes: &[Change]| verifiers.committed(changes)));
}

/// What signs for the APIs behind the gate.
fn upstream_issuer(config: &Config, keys: &Arc<Keys>, store: &Store) -> Arc<KeyedIssuer> {
    Arc::new(KeyedIssuer { issuer: config.issuer.clone(), keys: Arc::clone(keys), store: store.clone() })
}

/// The door for calls over HTTP, with the configured routes.
pub(crate) fn entrance(config: &Config, gate: &Gate) -> Result<Entrance, StartFault> {
    let networks: Vec<String> = config.trusted_proxies.iter().map(ToString::to_string).collect();
    let trusted = TrustedProxies::parse(&networks).map_err(|rule| StartFault::Setting("trusted_proxies".into(), rule))?;
    let table = routes::table(config)?;
    let rules = CredentialRules { api_key_headers: routes::token_headers(config)? };
    let header = config.tls.client_certificate_header.as_deref().and_then(|name| name.parse().ok());
    Ok(Entrance::new(gate.clone(), table, trusted, rules).with_certificate_header(header))
}

fn ops(authority: &Shared, metrics: Option<PrometheusHandle>) -> Ops {
    let (checked, observed) = (Arc::clone(authority), Arc::clone(authority));
    let observe = move || {
        observed.gate.observe();
        verifiers::observe(&observed);
    };
    Ops { metrics, checks: Arc::new(move || checks(&checked)), observe: Arc::new(observe) }
}

/// Whether each part is ready.
fn checks(authority: &Authority) -> Vec<Check> {
    let revision = authority.gate.applied();
    let signing = authority.keys.signing_at(authority.now());
    vec![
        Check { name: "change_log", ready: authority.gate.is_fresh(), detail: format!("taken in up to revision {revision}") },
        Check {
            name: "signing_key",
            ready: signing.is_ok(),
            detail: signing.map_or_else(|fault| fault.to_string(), |key| format!("`{}` signs", key.kid())),
        },
    ]
}
