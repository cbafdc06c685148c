//! The other nodes, as this one has seen them: when each was last seen to say something new, by this node's own clock.

use jeton_store::limit_nodes::{LimitCompany, LimitNode};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// The others.
#[derive(Debug, Default)]
pub(super) struct Company(HashMap<String, (LimitNode, Instant)>);

impl Company {
    /// Takes in who is there.
    pub(super) fn see(&mut self, told: &LimitCompany, at: Instant) {
        let before = std::mem::take(&mut self.0);
        for other in &told.others {
            let known = before.get(&other.node).filter(|(known, _)| known.beat == other.beat);
            let since = known.map_or(at, |(_, since)| *since);
            self.0.insert(other.node.clone(), (other.clone(), since));
        }
    }
    /// Those that have said nothing for so long.
    pub(super) fn gone(&self, at: Instant, after: Duration) -> Vec<LimitNode> {
        let is_gone = |since: &Instant| at.saturating_duration_since(*since) >= after;
        self.0.values().filter(|(_, since)| is_gone(since)).map(|(node, _)| node.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_says_nothing_new_is_gone_after_a_while() {
        let node = |beat| LimitNode { node: "a".to_owned(), beat, alone: true };
        let told = |beat| LimitCompany { others: vec![node(beat)], ..LimitCompany::default() };
        let (mut company, begun, life) = (Company::default(), Instant::now(), Duration::from_secs(4));
        let at = |seconds| begun + Duration::from_secs(seconds);
        company.see(&told(1), at(0));
        company.see(&told(1), at(3));
        assert!(company.gone(at(3), life).is_empty());
        company.see(&told(2), at(4));
        assert!(company.gone(at(7), life).is_empty(), "it was heard at four");
        assert_eq!(company.gone(at(8), life), [node(2)]);
        company.see(&LimitCompany::default(), at(9));
        assert!(company.gone(at(20), life).is_empty(), "it is known no more");
    }
}
