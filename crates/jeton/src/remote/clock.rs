//! The clock that goes on while no process runs: for knowing, after a restart, how long ago something was known to be true. Never
//! the wall clock, which can be set.

use serde::{Deserialize, Serialize};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// A moment since this machine was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Which start.
    boot: String,
    /// Milliseconds after it.
    up_ms: u64,
}

impl Moment {
    /// Now; `None` where this machine does not tell.
    pub fn now() -> Option<Self> {
        Self::read(Path::new("/proc/sys/kernel/random/boot_id"), Path::new("/proc/uptime"))
    }
    fn read(boot: &Path, uptime: &Path) -> Option<Self> {
        let boot = std::fs::read_to_string(boot).ok()?.trim().to_owned();
        let uptime = std::fs::read_to_string(uptime).ok()?;
        let seconds: f64 = uptime.split_ascii_whitespace().next()?.parse().ok()?;
        let up = Duration::try_from_secs_f64(seconds).ok()?;
        Some(Self { boot, up_ms: u64::try_from(up.as_millis()).ok()? }).filter(|moment| !moment.boot.is_empty())
    }
    /// This moment as an instant of this process; `None` where the machine was started anew since, or the clock contradicts.
    pub fn as_instant(&self) -> Option<Instant> {
        let now = Self::now()?;
        if now.boot != self.boot {
            return None;
        }
        // Read to a hundredth of a second: rather older than younger.
        let ago = Duration::from_millis(now.up_ms.checked_sub(self.up_ms)?.saturating_add(20));
        Instant::now().checked_sub(ago)
    }
    /// A moment by so much earlier.
    #[must_use]
    pub fn minus(self, by: Duration) -> Option<Self> {
        let up_ms = self.up_ms.checked_sub(u64::try_from(by.as_millis()).ok()?)?;
        Some(Self { up_ms, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_of_this_start_comes_back_and_one_of_another_does_not() {
        let Some(now) = Moment::now() else { return };
        let back = now.clone().as_instant().expect("this machine did not start anew");
        assert!(back.elapsed() < Duration::from_secs(5), "{:?}", back.elapsed());
        let earlier = now.clone().minus(Duration::from_millis(50)).expect("up for longer");
        assert!(earlier.as_instant().is_none_or(|earlier| earlier < back + Duration::from_millis(20)));
        assert_eq!(Moment { boot: "another".into(), ..now.clone() }.as_instant(), None);
        assert_eq!(Moment { up_ms: now.up_ms + 3_600_000, ..now }.as_instant(), None, "it lies ahead");
    }
}
