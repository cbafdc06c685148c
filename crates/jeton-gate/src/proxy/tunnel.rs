//! Connections after an upgrade: bytes both ways until one side is done, both are silent for too long, their time is over, or
//! the token that opened them is no longer good. Must never outlive that token.

use super::{Door, Passage};
use crate::{
    check::Passed,
    entrance::{Caller, Entrance},
    route_table::{GateRoute, duration},
};
use http::Method;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use jeton_core::{demand::Call, limits, path::NormalPath};
use parking_lot::Mutex;
use std::{
    io,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};

/// What a tunnel is watched by.
pub(super) struct Watch {
    route: Arc<GateRoute>,
    guard: Option<Guard>,
}

/// The question that admitted the tunnel, to be asked again. There is none of an anonymous caller, who has no token to lose.
struct Guard {
    entrance: Entrance,
    passed: Box<Passed>,
    method: Method,
    path: NormalPath,
    client_ip: Option<IpAddr>,
}

impl Watch {
    pub(super) fn new(door: &Door, passage: Passage, method: Method) -> Self {
        let guard = match (door, passage.caller) {
            (Door::Guarded(entrance), Some(Caller::Known(passed))) => {
                Some(Guard { entrance: entrance.clone(), passed, method, path: passage.path, client_ip: passage.client_ip })
            }
            _ => None,
        };
        Self { route: passage.route, guard }
    }
    /// Ends when the token is no longer good.
    async fn until_refused(&self) {
        let Some(guard) = &self.guard else { return std::future::pending().await };
        let mut ticks = interval(duration(limits::TUNNEL_RECHECK_TIME));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let call = Call { method: guard.method.as_str(), path: &guard.path };
            let token = guard.passed.permit.token();
            let over = guard.passed.permit.expires_at().is_some_and(|end| guard.entrance.gate().now() >= end);
            if over || guard.entrance.still_admits(token, &self.route, call, guard.client_ip).await.is_err() {
                tracing::info!(token = %token, "an upgraded connection was closed: its token is no longer good");
                return;
            }
        }
    }
    /// Ends when nothing moved for too long.
    async fn until_idle(&self, moved: &Mutex<Instant>) {
        loop {
            let deadline = *moved.lock() + self.route.times.tunnel_idle;
            if deadline <= Instant::now() {
                return;
            }
            sleep_until(deadline).await;
        }
    }
}

/// Joins the two connections once both are free of HTTP.
pub(super) fn open(ours: OnUpgrade, theirs: OnUpgrade, watch: Watch) {
    tokio::spawn(async move {
        let both = timeout(watch.route.times.answer, async { tokio::try_join!(ours, theirs) }).await;
        let Ok(Ok((client, upstream))) = both else { return };
        let moved = Arc::new(Mutex::new(Instant::now()));
        let mut client = Noticed { inner: TokioIo::new(client), moved: Arc::clone(&moved) };
        let mut upstream = Noticed { inner: TokioIo::new(upstream), moved: Arc::clone(&moved) };
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut client, &mut upstream) => {}
            () = watch.until_idle(&moved) => {}
            () = watch.until_refused() => {}
            () = tokio::time::sleep(watch.route.times.tunnel_total) => {}
        }
    });
}

/// A stream that notes when it was last read from.
struct Noticed<I> {
    inner: I,
    moved: Arc<Mutex<Instant>>,
}

impl<I: AsyncRead + Unpin> AsyncRead for Noticed<I> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.inner).poll_read(cx, buffer);
        if read.is_ready() {
            *self.moved.lock() = Instant::now();
        }
        read
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Noticed<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
