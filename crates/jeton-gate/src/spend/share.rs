//! Units that this gate leased and may spend without asking: in lots, each with its end. Never spends a unit twice, and none after its end.

use super::Bill;
use jeton_core::{
    id::TokenId,
    lease::{GivenBack, Lease, LeaseAsk, LimitId, Measure, Payer},
    limits,
    timestamp::Span,
};
use std::time::{Duration, Instant};

/// Lots of one limit at once. More are put together, with the earlier end.
const LOTS: usize = 4;

/// What is held of all limits of one payer.
#[derive(Default)]
pub(super) struct Shares(Vec<Share>);

/// What is held of one limit.
struct Share {
    id: LimitId,
    limit: Measure,
    below: Option<TokenId>,
    lots: [Option<Lot>; LOTS],
    /// What the ledger had left when it was asked last.
    left: u64,
    /// When the limit is whole again, as far as the ledger knew.
    whole_at: Instant,
    refused: Option<Refused>,
    /// What was spent since `paced_at`, and before that in so long as is leased ahead.
    spent: u64,
    pace: u64,
    paced_at: Instant,
    used_at: Instant,
}

/// Units that were leased together.
#[derive(Clone, Copy)]
struct Lot {
    units: u64,
    until: Instant,
    /// Of a quota: the window that they were counted in.
    window_micros: Option<i64>,
}

/// The ledger had no room.
#[derive(Clone, Copy)]
struct Refused {
    /// For so many units, or more.
    least: u64,
    /// It is not asked again before.
    until: Instant,
    /// When there should be room.
    room_at: Instant,
}

/// How a call finds one limit.
pub(super) enum Standing {
    /// There is enough.
    Covered {
        /// What is left after the call, here and in the ledger as far as is known.
        remaining: u64,
        /// Until the limit is whole.
        reset: Span,
    },
    /// There is not, and the ledger had no more.
    Refused {
        /// What is left here.
        remaining: u64,
        /// How long until there should be.
        retry_after: Span,
    },
    /// The ledger must be asked for so many units.
    Short(u64),
}

/// What is to be done about what is held.
#[derive(Default)]
pub(crate) struct Upkeep {
    /// More of what will soon be used up.
    pub(super) asks: Vec<LeaseAsk>,
    /// What nobody spends.
    pub(super) back: Vec<GivenBack>,
}

impl Shares {
    /// How a call finds one of the limits.
    pub(super) fn standing(&self, id: LimitId, cost: u32, at: Instant) -> Standing {
        self.0.iter().find(|share| share.id == id).map_or(Standing::Short(cost.into()), |share| share.standing(cost.into(), at))
    }
    /// What is likely to be spent of a limit soon; nothing where calls come one by one.
    pub(super) fn pace(&self, id: LimitId) -> u64 {
        let pace = self.0.iter().find(|share| share.id == id).map_or(0, |share| share.pace.max(share.spent));
        if pace > 1 { pace } else { 0 }
    }
    /// Spends of each of the limits. To be called only where each has enough.
    pub(super) fn spend(&mut self, bill: &Bill, at: Instant) {
        for share in &mut self.0 {
            share.spend(bill.cost.into(), at);
        }
    }
    /// Takes in what was leased; it was asked for at `asked_at`.
    pub(super) fn take_in(&mut self, ask: &LeaseAsk, lease: &Lease, asked_at: Instant) {
        match self.0.iter_mut().find(|share| share.id == ask.id()) {
            Some(share) => share.take_in(ask, lease, asked_at),
            None => {
                let mut share = Share::new(ask, asked_at);
                share.take_in(ask, lease, asked_at);
                self.0.push(share);
            }
        }
    }
    /// Looks after what is held; whether anything is still of use.
    pub(super) fn look_after(&mut self, at: Instant, upkeep: &mut Upkeep) -> bool {
        self.0.retain_mut(|share| share.look_after(at, upkeep));
        !self.0.is_empty()
    }
    /// All that can be given back.
    pub(super) fn give_back(&mut self, at: Instant, back: &mut Vec<GivenBack>) {
        self.0.drain(..).for_each(|mut share| share.give_back(at, back));
    }
}

impl Share {
    fn new(ask: &LeaseAsk, at: Instant) -> Self {
        Self {
            id: ask.id(),
            limit: ask.limit,
            below: ask.below,
            lots: [None; LOTS],
            left: 0,
            whole_at: at,
            refused: None,
            spent: 0,
            pace: 0,
            paced_at: at,
            used_at: at,
        }
    }
    fn units(&self, at: Instant) -> u64 {
        self.lots.iter().flatten().filter(|lot| lot.until > at).map(|lot| lot.units).sum()
    }
    fn standing(&self, cost: u64, at: Instant) -> Standing {
        let units = self.units(at);
        if units >= cost {
            let remaining = (units - cost).saturating_add(self.left);
            return Standing::Covered { remaining, reset: span(self.whole_at, at) };
        }
        let short = cost - units;
        match self.refused {
            Some(refused) if short >= refused.least && at < refused.until => {
                Standing::Refused { remaining: units.saturating_add(self.left), retry_after: span(refused.room_at, at) }
            }
            _ => Standing::Short(short),
        }
    }
    /// Spends what ends first.
    fn spend(&mut self, cost: u64, at: Instant) {
        let mut owed = cost;
        for lot in self.lots.iter_mut().flatten().filter(|lot| lot.until > at) {
            let now = lot.units.min(owed);
            lot.units -= now;
            owed -= now;
        }
        self.spent = self.spent.saturating_add(cost);
        self.used_at = at;
    }
    fn take_in(&mut self, ask: &LeaseAsk, lease: &Lease, asked_at: Instant) {
        (self.limit, self.below) = (ask.limit, ask.below);
        self.left = lease.left;
        self.whole_at = later(asked_at, lease.reset_micros);
        self.refused = lease.retry_micros.map(|retry| Refused {
            least: ask.least.into(),
            until: later(asked_at, retry.min(limits::LEASE_REFUSED.as_micros())),
            room_at: later(asked_at, retry),
        });
        if lease.units > 0 {
            let until = later(asked_at, lease.life_micros);
            self.put(Lot { units: lease.units, until, window_micros: lease.window_micros }, asked_at);
        }
    }
    /// Puts a lot behind those that were there before it.
    fn put(&mut self, new: Lot, at: Instant) {
        let held = std::mem::take(&mut self.lots);
        let mut held = held.into_iter().flatten().filter(|lot| lot.units > 0 && lot.until > at);
        for slot in self.lots.iter_mut().take(LOTS - 1) {
            *slot = held.next();
        }
        let together = held.filter(|lot| lot.window_micros == new.window_micros);
        let all = together.fold(new, |all, lot| Lot { units: all.units.saturating_add(lot.units), until: all.until.min(lot.until), ..all });
        if let Some(slot) = self.lots.iter_mut().find(|slot| slot.is_none()) {
            *slot = Some(all);
        }
    }
    fn look_after(&mut self, at: Instant, upkeep: &mut Upkeep) -> bool {
        let ahead: Duration = limits::LEASE_AHEAD.into();
        let measured = at.saturating_duration_since(self.paced_at);
        if measured >= ahead {
            // What was measured over longer is brought down to what is leased ahead.
            let scaled = u128::from(self.spent) * ahead.as_millis() / measured.as_millis().max(1);
            self.pace = u64::try_from(scaled).unwrap_or(u64::MAX);
            (self.spent, self.paced_at) = (0, at);
        }
        let idle: Duration = limits::LEASE_IDLE.into();
        if at.saturating_duration_since(self.used_at) >= idle {
            self.give_back(at, &mut upkeep.back);
            return false;
        }
        let is_refused = self.refused.is_some_and(|refused| at < refused.until);
        if !is_refused && self.pace > 1 && self.units(at) <= self.pace / 2 {
            upkeep.asks.push(self.ask_ahead());
        }
        true
    }
    fn ask_ahead(&self) -> LeaseAsk {
        LeaseAsk { payer: self.id.payer, limit: self.limit, least: 0, wanted: 0, ahead: self.pace, below: self.below }
    }
    fn give_back(&mut self, at: Instant, back: &mut Vec<GivenBack>) {
        let Payer::Token(token) = self.id.payer else { return };
        for lot in self.lots.iter().flatten().filter(|lot| lot.units > 0 && lot.until > at) {
            if let Some(window_micros) = lot.window_micros {
                back.push(GivenBack { token, refill_seconds: self.id.seconds, window_micros, units: lot.units });
            }
        }
        self.lots = [None; LOTS];
    }
}

fn later(at: Instant, micros: i64) -> Instant {
    let span = Duration::from_micros(u64::try_from(micros).unwrap_or(0));
    // What lies beyond the clock's end is as good as never: a day will do, as it is asked for anew.
    at.checked_add(span).unwrap_or_else(|| at + Duration::from_secs(86_400))
}

fn span(until: Instant, at: Instant) -> Span {
    let micros = until.saturating_duration_since(at).as_micros();
    Span::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}
