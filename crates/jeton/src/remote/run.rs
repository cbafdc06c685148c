//! Starts a gate that follows an authority, and ends it in order. It opens its port once it knows whom it follows, from the authority
//! or from its sealed copy: before that nothing could be decided. Health and metrics are there at once.

mod begin;
mod keep;

use super::{
    follow::{self, Follower, LastTold},
    front::GateFront,
    ledger::RemoteLedger,
    line::{Asker, Line, LineFault},
    newest::Newest,
    snapshot::Filler,
    source::{RemoteTokens, Rest},
    standing::Standing,
    uses::Uses,
};
use crate::{
    config::Config,
    gates::leases::LeasesRequest,
    http as interface,
    listener::{ListenFault, Listener, Reserved},
    ops::{self, Ops},
    recorder::Recorder,
    serve::{self, StartFault},
    tls::{Certificate, TlsFault},
    upgrade::Successor,
};
use begin::Beginning;
use jeton_core::{
    change::{Change, Changed},
    dpop_nonce::NonceKey,
    limits,
    timestamp::Timestamp,
};
use jeton_gate::{Gate, check::Ports, clock::SystemClock, settings::Settings};
use keep::Keeper;
use metrics_exporter_prometheus::PrometheusHandle;
use parking_lot::Mutex;
use std::{
    net::TcpListener,
    os::fd::OwnedFd,
    sync::{Arc, OnceLock, atomic::AtomicU64},
    time::{Duration, Instant},
};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long one question to the authority may take, for a request that waits for it.
const LOOKUP: Duration = Duration::from_secs(1);

/// Why a gate does not start.
#[derive(Debug, thiserror::Error)]
pub enum GateFault {
    /// The line to the authority.
    #[error(transparent)]
    Line(#[from] LineFault),
    /// It follows another authority than it should.
    #[error("`issuer` is set to `{wanted}`, and the authority is `{found}`: correct the setting, or leave it out")]
    Issuer {
        /// What is configured.
        wanted: String,
        /// What the authority says.
        found: String,
    },
    /// What every gate needs.
    #[error(transparent)]
    Start(#[from] StartFault),
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsFault),
    /// An address.
    #[error(transparent)]
    Listen(#[from] ListenFault),
    /// Signals, or an address that is not known.
    #[error(transparent)]
    System(#[from] std::io::Error),
}

/// What is there before the authority was heard.
struct Ground {
    config: Config,
    line: Line,
    standing: Arc<Standing>,
    gate: Arc<OnceLock<Gate>>,
    /// Kept open until the end, for the program that may come next.
    socket: OnceLock<OwnedFd>,
    stop: CancellationToken,
    serving: TaskTracker,
    stop_jobs: CancellationToken,
    jobs: TaskTracker,
}

/// Runs a gate, on a listening socket that was handed on where one was, until the process is told to end (SIGTERM or SIGINT) or to
/// make room for `successor` (SIGUSR2). Gives the socket where that is to go on with it.
pub async fn until_told(
    handed_on: Option<TcpListener>,
    config: Config,
    metrics: PrometheusHandle,
    successor: &Successor,
) -> Result<Option<OwnedFd>, GateFault> {
    let (mut terminate, mut replace) = (signal(SignalKind::terminate())?, signal(SignalKind::user_defined2())?);
    let ground = Ground::lay(config, metrics).await?;
    let running = async {
        ground.start(handed_on).await?;
        std::future::pending::<Result<_, GateFault>>().await
    };
    let outcome = tokio::select! {
        outcome = running => outcome,
        _ = terminate.recv() => Ok(None),
        done = tokio::signal::ctrl_c() => done.map(|()| None).map_err(GateFault::from),
        socket = ground.handed_over(&mut replace, successor) => Ok(Some(socket)),
    };
    ground.end().await;
    outcome
}

impl Ground {
    /// Prepares the line, and lets health and metrics be asked for.
    async fn lay(config: Config, metrics: PrometheusHandle) -> Result<Self, GateFault> {
        let line = Line::new(&config.authority)?;
        let ground = Self {
            standing: Arc::new(Standing::default()),
            gate: Arc::default(),
            socket: OnceLock::new(),
            stop: CancellationToken::new(),
            serving: TaskTracker::new(),
            stop_jobs: CancellationToken::new(),
            jobs: TaskTracker::new(),
            config,
            line,
        };
        let listener = Listener::bind(ground.config.ops_listen, None)?;
        let (asked, observed) =
            ((Arc::clone(&ground.standing), Arc::clone(&ground.gate)), (Arc::clone(&ground.standing), Arc::clone(&ground.gate)));
        let ops = Ops {
            metrics: Some(metrics),
            checks: Arc::new(move || asked.0.checks(asked.1.get())),
            observe: Arc::new(move || {
                observed.0.observe();
                if let Some(gate) = observed.1.get() {
                    gate.observe();
                }
            }),
        };
        // It is there until the very end, so that the end can be watched.
        ground.jobs.spawn(listener.serve(interface::as_service(ops::router(ops)), ground.stop_jobs.clone()));
        Ok(ground)
    }

    /// Waits until another program is to take over and can, and gives the socket that it goes on with.
    async fn handed_over(&self, replace: &mut Signal, successor: &Successor) -> OwnedFd {
        while replace.recv().await.is_some() {
            match self.socket.get().map(OwnedFd::try_clone) {
                Some(Ok(socket)) if successor.runs() => return socket,
                Some(Ok(_)) => tracing::error!("the program that should take over does not run: this one goes on"),
                Some(Err(fault)) => tracing::error!(%fault, "the listening socket cannot be handed on: this program goes on"),
                None => tracing::error!("the gate is not open yet, there is nothing to take over: this program goes on"),
            }
        }
        std::future::pending().await
    }

    /// Hears whom it follows, and opens the door.
    async fn start(&self, handed_on: Option<TcpListener>) -> Result<(), GateFault> {
        let config = &self.config;
        let certificate = Certificate::load(&config.tls, &config.data_folder())?;
        let reserved = Reserved::take(handed_on, config.listen)?;
        let key = super::copy::CopyKey::of_credential(&self.line.expose_credential());
        let begun = begin::begin(config, &self.line, &self.standing, &key).await;
        let Beginning { whom, apis, keys, after, fresh, copy } = begun;
        if config.issuer != Config::default().issuer && config.issuer != whom.issuer {
            return Err(GateFault::Issuer { wanted: config.issuer.clone(), found: whom.issuer });
        }
        let floor = copy.as_ref().map_or(Timestamp::default(), |copy| copy.head.now);
        let (recorder, rest) = (Arc::new(Recorder::default()), Arc::new(Rest::default()));
        let nonces = if config.gate.dpop_nonce { key.derive(b"", b"jeton gate dpop nonce v1") } else { None };
        let settings = Settings {
            lookup_deadline: LOOKUP + Duration::from_millis(100),
            ..serve::gate_settings(config, &whom.issuer, nonces.map(|key| NonceKey::from_bytes(&key)))
        };
        let newest = Arc::new(Newest::starting_at(after));
        let source = Arc::new(RemoteTokens::start(&self.line, LOOKUP, &rest, &newest));
        let ports = Ports { source, usage: recorder.clone(), clock: Arc::new(SystemClock::starting_at_least(floor)) };
        let gate = Gate::new(settings, ports);
        // What came before the place that is followed from is not known: nothing that is older than that is put into memory.
        gate.apply(&[Change { revision: after, at: gate.now(), what: Changed::Everything }]);
        gate.share_limits(Arc::new(RemoteLedger { line: self.line.clone(), deadline: LOOKUP }));
        follow::set_apis(&gate, apis.clone());
        follow::set_keys(&gate, &keys).unwrap_or_else(|fault| tracing::error!(%fault, "no JWT is taken until there are keys"));
        if let Some(copy) = &copy {
            gate.remember(&copy.tokens, copy.head.revision);
        }
        if let Some(fresh) = fresh {
            gate.reached(after, fresh);
        }
        let entrance = serve::entrance(config, &gate)?;
        let listener = reserved.listen(certificate.as_ref())?;
        let address = listener.address()?;
        let follower = Follower {
            line: self.line.clone(),
            gate: gate.clone(),
            standing: Arc::clone(&self.standing),
            rest,
            newest,
            last: Arc::new(Mutex::new(LastTold { whom: whom.clone(), apis, keys, after: Some(after) })),
            asker: Asker::of_this_process(address),
            wait_ms: AtomicU64::default(),
        };
        follower.take_up_times(&follower.last.lock().apis);
        if copy.is_some() && self.standing.is_following() {
            follower.catch_up().await;
        }
        drop(self.socket.set(listener.socket()?));
        self.serving.spawn(listener.serve(GateFront::new(entrance, config), self.stop.clone()));
        drop(self.gate.set(gate.clone()));
        self.start_jobs(gate, follower, recorder, certificate, key);
        tracing::info!(%address, issuer = whom.issuer, "the gate is open");
        Ok(())
    }

    fn start_jobs(
        &self,
        gate: Gate,
        follower: Follower,
        recorder: Arc<Recorder>,
        certificate: Option<Arc<Certificate>>,
        key: super::copy::CopyKey,
    ) {
        let (line, standing) = (self.line.clone(), Arc::clone(&self.standing));
        let room = u64::try_from(self.config.gate.capacity).unwrap_or(u64::MAX);
        let newest = Arc::clone(&follower.newest);
        let filler = Filler { line: line.clone(), gate: gate.clone(), standing: Arc::clone(&standing), newest, room };
        let told = Arc::clone(&follower.last);
        self.jobs.spawn(follower.run(self.stop_jobs.clone()));
        self.jobs.spawn(filler.run(self.stop_jobs.clone()));
        self.jobs.spawn(Uses::new(line, recorder).run(self.stop_jobs.clone()));
        if self.config.authority.keep_copy {
            let keeper = Keeper { path: self.config.authority.copy.clone(), key, gate, told };
            self.jobs.spawn(keeper.run(self.stop_jobs.clone()));
        }
        if let Some(certificate) = certificate {
            let stop = self.stop_jobs.clone();
            self.jobs.spawn(async move {
                stop.run_until_cancelled_owned(certificate.follow_files()).await;
            });
        }
    }

    /// Gives back what was leased of quotas and not spent.
    async fn give_back(&self) {
        let Some(gate) = self.gate.get() else { return };
        let back = gate.hold_limits();
        for some in back.chunks(limits::LEASES_ASKED_MAX) {
            let request = LeasesRequest { asks: Vec::new(), back: some.to_vec() };
            if let Err(fault) = self.line.leases(&request, LOOKUP).await {
                return tracing::debug!(%fault, "leased units could not be given back and are lost until their quota is refilled");
            }
        }
    }
    /// Ends in order.
    async fn end(self) {
        let begun = Instant::now();
        self.stop.cancel();
        self.serving.close();
        self.serving.wait().await;
        self.give_back().await;
        self.stop_jobs.cancel();
        self.jobs.close();
        self.jobs.wait().await;
        tracing::info!(took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX), "the gate has stopped");
    }
}
