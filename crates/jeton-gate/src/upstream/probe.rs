//! Asks the addresses of an upstream now and then whether they are well, as the route says. Ends with its upstream. Must never send
//! anything that a caller sent.

use super::{OutgoingBody, Upstream, target::Target};
use crate::route_table::Times;
use http::{Request, header};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::time::{MissedTickBehavior, interval, timeout};

/// What is asked, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Probe {
    /// The path that is asked with `GET`; an answer below 400 is a good one.
    pub path: Box<str>,
    /// How often.
    pub every: Duration,
    /// How long an answer may take.
    pub within: Duration,
    /// So many bad answers in a row take an address out.
    pub fall: u32,
    /// So many good ones in a row bring it back.
    pub rise: u32,
}

/// How an address answered last.
#[derive(Clone, Copy, Default)]
struct Row {
    was_good: bool,
    length: u32,
}

impl Row {
    /// Counts an answer; gives what is known of the address when there are enough alike.
    fn count(&mut self, good: bool, probe: &Probe) -> Option<bool> {
        self.length = if self.was_good == good { self.length.saturating_add(1) } else { 1 };
        self.was_good = good;
        let enough = if good { probe.rise } else { probe.fall };
        (self.length >= enough).then_some(good)
    }
}

/// Asks all addresses of an upstream until it is gone.
pub(super) async fn watch(upstream: Weak<Upstream>, probe: Probe) {
    let mut ticks = interval(probe.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut rows: Vec<Row> = Vec::new();
    loop {
        ticks.tick().await;
        let Some(upstream) = upstream.upgrade() else { return };
        rows.resize(upstream.targets().len(), Row::default());
        let asked = upstream.targets().iter().map(|target| is_good(target, &probe));
        let answers = futures_util::future::join_all(asked).await;
        for ((target, row), good) in upstream.targets().iter().zip(&mut rows).zip(answers) {
            if let Some(up) = row.count(good, &probe) {
                target.probed(up);
            }
        }
        forget(upstream);
    }
}

/// Gives the upstream back before the next wait, so that nothing but its routes keeps it.
fn forget(upstream: Arc<Upstream>) {
    drop(upstream);
}

async fn is_good(target: &Target, probe: &Probe) -> bool {
    let Ok(uri) = super::target(&probe.path, None).and_then(|path| target.uri(path)) else { return false };
    let request = Request::get(uri).header(header::HOST, target.host()).header(header::USER_AGENT, "jeton").body(OutgoingBody::none());
    let Ok(mut request) = request else { return false };
    let times = Times { answer: probe.within, ..Times::default() };
    let answered = timeout(probe.within, target.send(&mut request, &times)).await;
    answered.is_ok_and(|answer| answer.is_ok_and(|answer| answer.status().as_u16() < 400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_several_alike() {
        let probe = Probe { path: "/".into(), every: Duration::from_secs(1), within: Duration::from_secs(1), fall: 3, rise: 2 };
        let mut row = Row::default();
        let found: Vec<_> = [false, false, true, false, false, false, true, true].map(|good| row.count(good, &probe)).into();
        assert_eq!(found, [None, None, None, None, None, Some(false), None, Some(true)]);
    }
}
