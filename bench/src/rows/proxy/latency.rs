//! What checking adds to the time that callers of the built-in proxy wait, at half of the load that it can bear: the same steady load with
//! checking on, and through the engine of the proxy alone, in turn.

use super::Rig;
use crate::{
    pairs::{self, PAIRS, Side},
    process::Server,
    report::{Goal, Line},
    steady::{Paced, Steady},
};
use anyhow::{Result, ensure};
use std::{sync::Arc, time::Duration};

/// How long each side of a pair runs.
const TIME: Duration = Duration::from_secs(3);

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let rig = Rig::start("").await?;
    let engine = rig.engine()?;
    let mut lines = Vec::new();
    for (format, what) in [("opaque", "opaque"), ("jwt", "JWT seen before")] {
        let requests = rig.seen(format).await?;
        let side = Side::new(&rig.node.server, requests.clone());
        let mut most = Vec::new();
        for _ in 0..PAIRS {
            most.push(pairs::run(&side, pairs::TIME).await?.rate);
        }
        let most = pairs::median(&mut most);
        let requests = Arc::new(requests.as_ref().clone());
        let load = |server: &Server| paced(server, most / 2.0, &requests);
        lines.push(added(what, most, || load(&rig.node.server), || load(&engine))?);
    }
    Ok(lines)
}

fn added(what: &str, most: f64, on: impl Fn() -> Result<Paced>, off: impl Fn() -> Result<Paced>) -> Result<Line> {
    let (mut p99, mut p50) = (Vec::new(), Vec::new());
    let (mut with, mut without, mut rates) = (Vec::new(), Vec::new(), Vec::new());
    for pair in 0..PAIRS {
        let (on, off) = if pair % 2 == 0 {
            let on = on()?;
            (on, off()?)
        } else {
            let off = off()?;
            (on()?, off)
        };
        p99.push(on.within(0.99) - off.within(0.99));
        p50.push(on.within(0.5) - off.within(0.5));
        with.push(on.within(0.99));
        without.push(off.within(0.99));
        rates.push(on.rate.min(off.rate));
    }
    let note = format!(
        "p99 {:.3} ms against {:.3} ms, p50 {:.3} ms more; at {:.0}/s of {most:.0}/s",
        pairs::median(&mut with),
        pairs::median(&mut without),
        pairs::median(&mut p50),
        pairs::median(&mut rates)
    );
    Ok(Line::of_runs(format!("proxy: p99 added by checking, {what}, half load"), p99, "ms", Some(Goal::AtMost(0.3)), note))
}

fn paced(server: &Server, rate: f64, requests: &Arc<Vec<Vec<u8>>>) -> Result<Paced> {
    let load = Steady::start(server.address, rate, Arc::clone(requests), 200);
    std::thread::sleep(TIME);
    let paced = load.end()?;
    ensure!(paced.unavailable == 0, "{} answers were 503", paced.unavailable);
    // A load that falls behind measures its own queue. That of a debug build always does.
    ensure!(cfg!(debug_assertions) || paced.rate > 0.95 * rate, "the load came to {:.0}/s instead of {rate:.0}/s", paced.rate);
    Ok(paced)
}
