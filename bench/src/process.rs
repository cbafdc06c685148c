//! The servers as processes of their own: pinned to a core, measured from outside, ended with the bench.

use anyhow::{Context, Result, bail};
use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A server that ends when this is dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

/// An address of this machine whose port was free a moment ago.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

/// Whether there are two cores to keep server and load apart.
pub fn two_cores() -> bool {
    std::fs::read_to_string("/proc/cpuinfo").is_ok_and(|text| text.matches("processor\t").count() >= 2) && taskset()
}

fn taskset() -> bool {
    Command::new("taskset").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Pins this process (the load) to the second core. Called before any thread is started.
pub fn pin_load() -> Result<()> {
    if two_cores() {
        let pid = std::process::id().to_string();
        let status = Command::new("taskset").args(["-cp", "1", &pid]).stdout(Stdio::null()).status()?;
        if !status.success() {
            bail!("this process could not be pinned");
        }
    }
    Ok(())
}

/// A command pinned to the first core, where there are two.
pub fn pinned(program: &PathBuf) -> Command {
    on_cores("0", program)
}

/// A command that may use the named cores, where there are two.
pub fn on_cores(cores: &str, program: &PathBuf) -> Command {
    if two_cores() {
        let mut command = Command::new("taskset");
        command.args(["-c", cores]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

/// The `jeton` program of the same build.
pub fn jeton() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let path = own.with_file_name("jeton");
    if !path.exists() {
        let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo).args(["build", "--locked", "--quiet", "--profile", profile, "--package", "jeton"]).status();
        if !built.context("cargo does not run")?.success() || !path.exists() {
            bail!("`{}` is not there: build it with `cargo build --release --package jeton`", path.display());
        }
    }
    Ok(path)
}

impl Server {
    /// Starts a command and waits until it listens at `address`.
    pub fn start(mut command: Command, address: SocketAddr) -> Result<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().with_context(|| format!("{command:?} does not start"))?;
        let mut server = Self { child, address };
        server.wait_until_listening(Duration::from_secs(60))?;
        Ok(server)
    }

    /// Starts one of the bare servers of this program.
    pub fn bare(kind: &str) -> Result<Self> {
        let address = free_address()?;
        let mut command = pinned(&std::env::current_exe()?);
        command.args(["--bare", kind, &address.to_string()]);
        Self::start(command, address)
    }

    fn wait_until_listening(&mut self, patience: Duration) -> Result<()> {
        let until = Instant::now() + patience;
        loop {
            if TcpStream::connect(self.address).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended before it listened: {status}");
            }
            if Instant::now() > until {
                bail!("the server does not listen at {} after {patience:?}", self.address);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits until it has done what it does at its start: for a second it used hardly any processor.
    pub async fn settled(&self, patience: Duration) -> Result<()> {
        let until = Instant::now() + patience;
        let mut before = self.cpu_seconds()?;
        while Instant::now() < until {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let now = self.cpu_seconds()?;
            if now - before < 0.05 {
                return Ok(());
            }
            before = now;
        }
        bail!("the server is still busy after {patience:?}")
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Processor seconds that it has used.
    pub fn cpu_seconds(&self) -> Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.pid()))?;
        let after = text.rsplit(')').next().context("stat")?;
        let fields: Vec<&str> = after.split_whitespace().collect();
        let ticks = |at: usize| -> Result<f64> { Ok(fields.get(at).context("stat")?.parse::<u64>()? as f64) };
        Ok((ticks(11)? + ticks(12)?) / 100.0)
    }

    /// Resident memory in bytes.
    pub fn resident_bytes(&self) -> Result<u64> {
        resident_bytes(self.pid())
    }

    /// The most resident memory that it ever had, in bytes.
    pub fn most_resident_bytes(&self) -> Result<u64> {
        memory_bytes(self.pid(), "VmHWM:")
    }
}

/// Resident memory of a process in bytes.
pub fn resident_bytes(pid: u32) -> Result<u64> {
    memory_bytes(pid, "VmRSS:")
}

fn memory_bytes(pid: u32, name: &'static str) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text.lines().find(|line| line.starts_with(name)).context(name)?;
    let kilobytes: u64 = line.split_whitespace().nth(1).context(name)?.parse()?;
    Ok(kilobytes * 1024)
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
