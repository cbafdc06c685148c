//! The other nodes, as this one has seen them: when each was last seen to say something new, by this node's own clock.

use jeton_store::limit_nodes::{LimitCompany, LimitNode};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// The others.
#[derive(Debug, Default)]
pub(super) struct Company {
    seen: HashMap<String, (LimitNode, Instant)>,
    /// Those whose processes are known to have ended.
    ended: Vec<String>,
}

impl Company {
    /// Nobody was seen yet; the processes of some are known to have ended.
    pub(super) fn without(ended: Vec<String>) -> Self {
        Self { ended, ..Self::default() }
    }
    /// Takes in who is there.
    pub(super) fn see(&mut self, told: &LimitCompany, at: Instant) {
        let before = std::mem::take(&mut self.seen);
        for other in &told.others {
            let known = before.get(&other.node).filter(|(known, _)| known.beat == other.beat);
            let since = known.map_or(at, |(_, since)| *since);
            self.seen.insert(other.node.clone(), (other.clone(), since));
        }
    }
    /// Those that have said nothing for so long, and those that cannot.
    pub(super) fn gone(&self, at: Instant, after: Duration) -> Vec<LimitNode> {
        let is_gone = |own: &LimitNode, since: &Instant| at.saturating_duration_since(*since) >= after || self.ended.contains(&own.node);
        self.seen.values().filter(|(own, since)| is_gone(own, since)).map(|(node, _)| node.clone()).collect()
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

    #[test]
    fn who_has_ended_is_gone_at_once() {
        let node = |name: &str| LimitNode { node: name.to_owned(), beat: 1, alone: true };
        let mut company = Company::without(vec!["a".to_owned(), "never seen".to_owned()]);
        let begun = Instant::now();
        company.see(&LimitCompany { others: vec![node("a"), node("b")], ..LimitCompany::default() }, begun);
        assert_eq!(company.gone(begun, Duration::from_secs(4)), [node("a")]);
    }
}
