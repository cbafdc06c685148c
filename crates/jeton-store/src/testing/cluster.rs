//! One throw-away PostgreSQL server. Never outlives the test process: a keeper beside it waits for our end.

use super::install::{Install, unprivileged};
use sqlx::{AssertSqlSafe, Connection, Executor, postgres::PgConnection};
use std::{
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader, Write as _},
    net::{Ipv4Addr, TcpListener},
    os::unix::{fs::DirBuilderExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        LazyLock, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

const KEEPER: &str = include_str!("keeper.sh");
const START_DEADLINE: Duration = Duration::from_secs(60);
const SETTINGS: &str = "listen_addresses = '127.0.0.1'\nmax_connections = 200\nshared_buffers = '32MB'\nfsync = off\n\
    full_page_writes = off\npassword_encryption = 'scram-sha-256'\nlog_min_messages = 'warning'\n";

/// A running PostgreSQL server with a folder, a port and a password of its own. Everything about it panics with plain words when
/// it does not work: a test that needs it cannot go on.
pub struct Cluster {
    keeper: Mutex<Keeper>,
    port: u16,
    password: String,
    databases: AtomicU32,
}

struct Keeper {
    process: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

#[expect(clippy::panic, reason = "only tests run this, and a test without its server must fail loudly")]
impl Cluster {
    /// The server that all tests of this process share, started by the first that asks. Not to be paused or killed.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Cluster> = LazyLock::new(Cluster::start);
        &SHARED
    }

    /// A server of one's own, for tests that pause or kill it. Gone when dropped.
    pub fn start() -> Self {
        let Some(install) = Install::find() else {
            panic!(
                "PostgreSQL's programs `initdb` and `postgres` are in no folder of PATH nor in /usr/lib/postgresql/*/bin; \
                 install them (Debian and Ubuntu: `apt-get install postgresql`) and run the tests again"
            )
        };
        let mut last = String::new();
        for _ in 0..5 {
            match Self::try_start(&install) {
                Ok(cluster) => return cluster,
                Err(reason) => last = reason,
            }
        }
        panic!("a throw-away PostgreSQL server did not start: {last}")
    }

    /// Makes an empty database and tells its URL, password included.
    pub fn fresh_database(&self) -> String {
        let name = format!("t{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let admin = self.url("postgres");
        let create = format!("CREATE DATABASE {name}");
        let made = blocking(async move {
            let mut connection = PgConnection::connect(&admin).await?;
            connection.execute(AssertSqlSafe(create)).await?;
            connection.close().await
        });
        match made {
            Ok(()) => self.url(&name),
            Err(error) => panic!("no fresh database on the throw-away PostgreSQL server: {error}"),
        }
    }

    /// Stops the server and all its backends in their tracks (SIGSTOP): connections stay open and nothing answers.
    pub fn pause(&self) {
        self.order("pause");
    }
    /// Lets a paused server go on (SIGCONT).
    pub fn resume(&self) {
        self.order("resume");
    }
    /// Kills the server and all its backends (SIGKILL): connections break and nothing listens.
    pub fn kill(&self) {
        self.order("end");
    }
    /// Starts a killed server again on the same port with the same data, and waits until it answers.
    pub fn restart(&self) {
        self.order("start");
        if let Err(reason) = self.wait_until_ready() {
            panic!("the throw-away PostgreSQL server did not come back: {reason}");
        }
    }

    fn order(&self, order: &str) {
        if let Err(error) = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).obey(order) {
            panic!("the keeper of the throw-away PostgreSQL server did not do `{order}`: {error}");
        }
    }
}

impl Cluster {
    /// The URL of a database of this server.
    fn url(&self, database: &str) -> String {
        format!("postgres://jeton:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    fn try_start(install: &Install) -> Result<Self, String> {
        let password = random_hex().map_err(|error| format!("no randomness: {error}"))?;
        let folder = make_folder(&password).map_err(|error| format!("no temporary folder: {error}"))?;
        let started = init(install, &folder, &password).and_then(|()| {
            let port = free_port().map_err(|error| format!("no free port: {error}"))?;
            let keeper = Keeper::start(install, &folder, port).map_err(|error| format!("no keeper: {error}"))?;
            Ok(Self { keeper: Mutex::new(keeper), port, password, databases: AtomicU32::new(0) })
        });
        let cluster = started.inspect_err(|_| drop(fs::remove_dir_all(&folder)))?;
        cluster.wait_until_ready().map_err(|error| format!("{error}; {}", log_tail(&folder)))?;
        Ok(cluster)
    }

    fn wait_until_ready(&self) -> Result<(), String> {
        let until = Instant::now() + START_DEADLINE;
        loop {
            let url = self.url("postgres");
            match blocking(async move { PgConnection::connect(&url).await?.close().await }) {
                Ok(()) => return Ok(()),
                Err(error) if Instant::now() > until => return Err(error.to_string()),
                Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("28P01") => return Err(error.to_string()),
                Err(_) => std::thread::sleep(Duration::from_millis(10)),
            }
        }
    }
}

impl Keeper {
    fn start(install: &Install, folder: &Path, port: u16) -> std::io::Result<Self> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", KEEPER, "keeper"]).arg(&install.postgres).arg(folder).arg(port.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let mut process = as_unprivileged(command, folder).spawn()?;
        let (orders, answers) = (process.stdin.take(), process.stdout.take());
        let answers = BufReader::new(answers.ok_or_else(|| std::io::Error::other("no pipe"))?);
        let mut keeper = Self { process, orders, answers };
        keeper.obey("start")?;
        Ok(keeper)
    }
    fn obey(&mut self, order: &str) -> std::io::Result<()> {
        let orders = self.orders.as_mut().ok_or_else(|| std::io::Error::other("is gone"))?;
        writeln!(orders, "{order}")?;
        orders.flush()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        if answer.trim_end() == order { Ok(()) } else { Err(std::io::Error::other("is gone")) }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.orders.take());
        drop(self.process.wait());
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cluster(port {})", self.port)
    }
}

/// Runs `command` inside `folder`, and under the unprivileged account where we are root.
fn as_unprivileged(mut command: Command, folder: &Path) -> Command {
    command.current_dir(folder).env_remove("PGDATA").env("LC_ALL", "C");
    if let Some(account) = unprivileged() {
        command.uid(account.uid).gid(account.gid);
    }
    command
}

/// A new folder in the temporary folder that only the server's account can enter, with the password file in it.
fn make_folder(password: &str) -> std::io::Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("jeton-pg-{}", random_hex()?));
    fs::DirBuilder::new().mode(0o700).create(&folder)?;
    fs::write(folder.join("password"), password)?;
    if let Some(account) = unprivileged() {
        for path in [folder.join("password"), folder.clone()] {
            std::os::unix::fs::chown(path, Some(account.uid), Some(account.gid))?;
        }
    }
    Ok(folder)
}

fn init(install: &Install, folder: &Path, password: &str) -> Result<(), String> {
    let mut command = Command::new(&install.initdb);
    command.args(["--no-sync", "--encoding=UTF8", "--locale=C", "--username=jeton", "--auth=scram-sha-256", "--pwfile=password"]);
    command.args(["-D", "data"]).stdin(Stdio::null());
    let output = as_unprivileged(command, folder).output().map_err(|error| format!("`initdb` did not run: {error}"))?;
    if !output.status.success() {
        return Err(format!("`initdb` failed: {}", String::from_utf8_lossy(&output.stderr).replace(password, "…")));
    }
    let file = folder.join("data/postgresql.conf");
    let written = fs::OpenOptions::new().append(true).open(file).and_then(|mut file| file.write_all(SETTINGS.as_bytes()));
    written.map_err(|error| format!("postgresql.conf: {error}"))
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn random_hex() -> std::io::Result<String> {
    let mut random = [0; 16];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| std::io::Error::other("the system gave none"))?;
    Ok(random.iter().fold(String::new(), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    }))
}

fn log_tail(folder: &Path) -> String {
    let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
    let lines: Vec<&str> = log.lines().rev().take(5).collect();
    format!("the last lines of its log, newest first: {}", lines.join(" | "))
}

/// Runs `work` to its end on a thread and a runtime of its own, so that callers may or may not be on one.
fn blocking<F>(work: F) -> Result<(), sqlx::Error>
where
    F: Future<Output = Result<(), sqlx::Error>> + Send + 'static,
{
    let run = || -> Result<(), sqlx::Error> { tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work) };
    std::thread::spawn(run).join().unwrap_or(Err(sqlx::Error::WorkerCrashed))
}
