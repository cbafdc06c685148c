//! The newest place in the change log that this gate was told of. Whoever brings something older, such as a cache on the way or an
//! authority whose data were put back, is not believed. Never goes back while the process runs.

use super::line::AskFault;
use jeton_core::change::Revision;
use std::sync::atomic::{AtomicU64, Ordering};

/// The place.
#[derive(Debug)]
pub struct Newest(AtomicU64);

impl Newest {
    /// What is known at the start.
    pub const fn starting_at(place: Revision) -> Self {
        Self(AtomicU64::new(place.0))
    }
    /// The place.
    pub fn place(&self) -> Revision {
        Revision(self.0.load(Ordering::Acquire))
    }
    /// The authority told of this place.
    pub fn told(&self, place: Revision) {
        self.0.fetch_max(place.0, Ordering::AcqRel);
    }
}

/// Whether an answer that is true at `as_of` can be one to a question that left when `known` was the newest place.
pub fn check(known: Revision, as_of: Revision) -> Result<(), AskFault> {
    if as_of < known {
        return Err(AskFault::Strange(format!("it answers as of revision {as_of}, and told of {known} before it was asked")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_place_never_goes_back_and_nothing_older_is_believed() {
        let newest = Newest::starting_at(Revision(5));
        newest.told(Revision(9));
        newest.told(Revision(7));
        assert_eq!(newest.place(), Revision(9));
        assert!(check(newest.place(), Revision(8)).is_err());
        assert!(check(newest.place(), Revision(9)).is_ok());
    }
}
