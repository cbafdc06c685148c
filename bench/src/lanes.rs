//! Load whose requests depend on the answers before them, and how long each answer took: the connections of the contests with other
//! authorization servers. Every status is checked, as in [`crate::load`].

use crate::load::{Connection, Response};
use anyhow::{Context, Result, bail};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// What one connection sends, one request after the other.
pub trait Lane {
    /// The next request.
    fn request(&self) -> &[u8];
    /// Takes the answer to it; every one must be right.
    fn answered(&mut self, answer: &Response) -> Result<()>;
}

/// The same request again and again, answered with a 200 that holds a text.
pub struct Same {
    /// The request.
    pub request: Vec<u8>,
    /// What each answer holds.
    pub holds: &'static str,
}

/// A refresh family: each request shows the token that the answer before it brought.
pub struct Family {
    target: String,
    basic: String,
    request: Vec<u8>,
    /// The token to show next.
    pub token: String,
}

impl Lane for Same {
    fn request(&self) -> &[u8] {
        &self.request
    }
    fn answered(&mut self, answer: &Response) -> Result<()> {
        let holds = answer.status == 200 && answer.body.windows(self.holds.len()).any(|part| part == self.holds.as_bytes());
        if holds { Ok(()) } else { bail!("expected 200 with {}, got {}", self.holds, describe(answer)) }
    }
}

impl Family {
    /// A family that is refreshed at `target` by a client.
    pub fn new(target: &str, basic: &str, token: String) -> Self {
        let mut family = Self { target: target.to_owned(), basic: basic.to_owned(), request: Vec::new(), token };
        family.write();
        family
    }
    fn write(&mut self) {
        self.request = form_request(&self.target, &self.basic, &format!("grant_type=refresh_token&refresh_token={}", self.token));
    }
}

impl Lane for Family {
    fn request(&self) -> &[u8] {
        &self.request
    }
    fn answered(&mut self, answer: &Response) -> Result<()> {
        if answer.status != 200 {
            bail!("a refresh gave {}", describe(answer));
        }
        let body = answer.json()?;
        let next = body["refresh_token"].as_str().context("an answer to a refresh has a `refresh_token`")?;
        if next == self.token || body["access_token"].as_str().is_none_or(str::is_empty) {
            bail!("a refresh gave nothing new: {}", describe(answer));
        }
        next.clone_into(&mut self.token);
        self.write();
        Ok(())
    }
}

fn describe(answer: &Response) -> String {
    format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body))
}

/// A form that is posted by a client with this `Basic` credential.
pub fn form_request(target: &str, basic: &str, form: &str) -> Vec<u8> {
    let lines = [
        format!("POST {target} HTTP/1.1"),
        "host: 127.0.0.1".to_owned(),
        "accept: application/json".to_owned(),
        format!("authorization: Basic {basic}"),
        "content-type: application/x-www-form-urlencoded".to_owned(),
        format!("content-length: {}", form.len()),
    ];
    format!("{}\r\n\r\n{form}", lines.join("\r\n")).into_bytes()
}

/// What a stretch of such load came to.
#[derive(Clone, Copy, Debug)]
pub struct Timed {
    /// Answers per second, over all connections.
    pub rate: f64,
    /// The time within which 99 of 100 answers came, in milliseconds.
    pub p99_ms: f64,
}

/// Drives all lanes, one connection each, until the time is over. They can go on where they stopped.
pub async fn run<L: Lane + 'static>(address: SocketAddr, lanes: &mut Vec<L>, time: Duration) -> Result<Timed> {
    let (begun, until) = (Instant::now(), Instant::now() + time);
    let running: Vec<_> = lanes.drain(..).map(|lane| tokio::task::spawn_local(drive(address, lane, until))).collect();
    let mut micros = Vec::new();
    for one in running {
        let (lane, took) = one.await??;
        lanes.push(lane);
        micros.extend(took);
    }
    let seconds = begun.elapsed().as_secs_f64();
    micros.sort_unstable();
    let p99 = micros.get(micros.len() * 99 / 100).or(micros.last()).context("nothing was answered")?;
    Ok(Timed { rate: micros.len() as f64 / seconds, p99_ms: f64::from(*p99) / 1e3 })
}

async fn drive<L: Lane>(address: SocketAddr, mut lane: L, until: Instant) -> Result<(L, Vec<u32>)> {
    let mut connection = Connection::open(address).await?;
    let mut micros = Vec::new();
    while Instant::now() < until {
        let begun = Instant::now();
        let answer = connection.send(lane.request()).await?;
        micros.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
        lane.answered(&answer)?;
    }
    Ok((lane, micros))
}
