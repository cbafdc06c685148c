//! Load at a pace of its own, whatever the answers take (open loop): how long callers wait at a load that leaves air, and load beside
//! which something else is measured.
//!
//! Threads with blocking sockets: the clock of an event loop is too coarse for a tenth of a millisecond. The gaps between requests are
//! random, as those of many independent callers are. A time counts from when its request was due. What a thread overslept is not counted,
//! since that is the load's own doing; what it was late because the answer before had not come is.

use crate::{load::content_length, report};
use anyhow::{Context, Result, bail};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// Connections of a steady load at most, a thread each.
const LANES: usize = 32;
/// Requests per second of each, where that makes fewer: a connection that is silent for long is closed.
const LANE_RATE: f64 = 10.0;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A steady load that runs.
pub struct Steady {
    stop: Arc<AtomicBool>,
    lanes: Vec<JoinHandle<Result<Seen>>>,
    begun: Instant,
}

/// What a steady load came to.
pub struct Paced {
    /// Answers per second.
    pub rate: f64,
    /// How long each answer took, in milliseconds, the shortest first.
    pub millis: Vec<f64>,
    /// Answers with 503 among them: where whoever was asked could not decide in time.
    pub unavailable: usize,
}

/// What one connection saw.
#[derive(Default)]
struct Seen {
    millis: Vec<f64>,
    unavailable: usize,
}

impl Steady {
    /// Sends `requests` in turn, so many a second. Each answer must have the status `expected`, or 503.
    pub fn start(address: SocketAddr, per_second: f64, requests: Arc<Vec<Vec<u8>>>, expected: u16) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let count = ((per_second / LANE_RATE) as usize).clamp(1, LANES);
        let lane = |number: usize| {
            let (stop, requests) = (Arc::clone(&stop), Arc::clone(&requests));
            let first = number * requests.len() / count;
            std::thread::spawn(move || drive(address, per_second / count as f64, first, &requests, expected, &stop))
        };
        let lanes = (0..count).map(lane).collect();
        Self { stop, lanes, begun: Instant::now() }
    }

    /// Ends it.
    pub fn end(self) -> Result<Paced> {
        self.stop.store(true, Ordering::Relaxed);
        let seconds = self.begun.elapsed().as_secs_f64();
        let Seen { mut millis, mut unavailable } = Seen::default();
        for lane in self.lanes {
            let seen = lane.join().map_err(|_| anyhow::anyhow!("a thread of the load ended badly"))??;
            millis.extend(seen.millis);
            unavailable += seen.unavailable;
        }
        millis.sort_by(f64::total_cmp);
        Ok(Paced { rate: millis.len() as f64 / seconds, millis, unavailable })
    }
}

impl Paced {
    /// The time within which this part of all answers came, in milliseconds.
    pub fn within(&self, part: f64) -> f64 {
        report::quantile(&self.millis, part)
    }
}

/// One connection: at random instants that are `per_second` on the average.
fn drive(address: SocketAddr, per_second: f64, first: usize, requests: &[Vec<u8>], expected: u16, stop: &AtomicBool) -> Result<Seen> {
    let mut connection = Blocking::open(address)?;
    let mut seen = Seen::default();
    let mut due = Instant::now();
    for request in requests.iter().cycle().skip(first) {
        due += Duration::from_secs_f64(-rand::random::<f64>().max(1e-9).ln() / per_second);
        let begun = match due.checked_duration_since(Instant::now()) {
            Some(early) => {
                std::thread::sleep(early);
                Instant::now()
            }
            None => due,
        };
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let status = connection.status(request)?;
        seen.unavailable += usize::from(status == 503);
        if status != expected && status != 503 {
            bail!("expected {expected}, got {status}: {}", String::from_utf8_lossy(&connection.answer));
        }
        seen.millis.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(seen)
}

/// A keep-alive connection that blocks its thread.
struct Blocking {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Blocking {
    fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).with_context(|| format!("no connection to {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, answer: Vec::new() })
    }
    /// Sends one request, reads the whole answer and gives its status.
    fn status(&mut self, request: &[u8]) -> Result<u16> {
        self.stream.write_all(request)?;
        self.answer.clear();
        let mut piece = [0; 4096];
        let mut end = None;
        while end.is_none_or(|end| self.answer.len() < end) {
            let read = self.stream.read(&mut piece).context("no answer in time")?;
            if read == 0 {
                bail!("the server closed the connection");
            }
            self.answer.extend_from_slice(piece.get(..read).unwrap_or_default());
            if end.is_none()
                && let Some(at) = self.answer.windows(4).position(|four| four == b"\r\n\r\n")
            {
                let head = self.answer.get(..at + 4).unwrap_or_default();
                end = Some(at + 4 + content_length(head).context("an answer without a content-length")?);
            }
        }
        let digits = self.answer.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok());
        digits.and_then(|digits| digits.parse().ok()).context("an answer without a status")
    }
}
