//! Kills the program at random moments while tokens are issued, rotated and revoked, and asks after each restart whether
//! every answer that was given still holds. The seed is printed; `JETON_TEST_SEED` repeats a run's choices.

use super::{
    caller::{Caller, Issued, code, issued, order},
    installation::{AUDIENCE, Installation},
};
use jeton_store::testing::Cluster;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// How often the program is killed.
const ROUNDS: usize = 50;
/// Callers at once.
const LANES: u64 = 6;

/// What a caller knows of one token.
#[derive(Clone, Debug)]
struct Known {
    token: Issued,
    /// Rotations that were answered.
    rotations: u64,
    /// Secrets that rotations replaced, and from when on each is certainly dead.
    replaced: Vec<(String, Instant)>,
    /// Secrets that still work beside the newest, as their overlap is long.
    beside: Option<String>,
    revoked: bool,
    /// What was asked for last and not answered.
    pending: Option<Pending>,
}

/// What was on its way when the program was killed.
#[derive(Clone, Debug)]
enum Pending {
    Rotate { overlap_seconds: u64 },
    Revoke,
}

/// One caller: its tokens, and an issue that was not answered.
struct Lane {
    number: u64,
    random: StdRng,
    tokens: BTreeMap<String, Known>,
    /// Tokens that changed since the last restart, and some others besides.
    touched: Vec<String>,
    unanswered_issue: Option<String>,
    issues: u64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_holds_after_a_kill_on_sqlite() {
    rounds(Installation::on_sqlite("deadline_ms = 20000\n\n[log]\nlevel = \"warn\"\n"), "sqlite").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_holds_after_a_kill_on_postgres() {
    let url = Cluster::shared().fresh_database();
    rounds(Installation::over(&url, "deadline_ms = 20000\n\n[log]\nlevel = \"warn\"\n"), "postgres").await;
}

async fn rounds(installation: Installation, engine: &str) {
    let seed = std::env::var("JETON_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(rand::random::<u64>);
    println!("{engine}: JETON_TEST_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut node = installation.start().await;
    installation.owner_of(&node).declare_api().await;
    let mut lanes: Vec<Lane> = (0..LANES).map(|number| Lane::new(number, seed)).collect();
    let answered = Arc::new(AtomicU64::new(0));
    for round in 0..ROUNDS {
        let owner = installation.owner_of(&node);
        let tasks: Vec<_> = lanes.drain(..).map(|lane| tokio::spawn(lane.work(owner.clone(), answered.clone()))).collect();
        // Not a wait for something to happen: the moment of the kill itself is what is drawn.
        tokio::time::sleep(Duration::from_millis(random.random_range(5..350))).await;
        node.kill();
        for task in tasks {
            lanes.push(task.await.expect("a lane ends with the connection"));
        }
        node = installation.start().await;
        let owner = installation.owner_of(&node);
        for lane in &mut lanes {
            lane.prove(&owner, &format!("{engine}, seed {seed}, round {round}")).await;
        }
        if round % 10 == 9 {
            let output = installation.command(&node, &["audit", "verify"]);
            let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{engine}, seed {seed}, round {round}: the audit chain is broken: {said}");
        }
    }
    let answered = answered.load(Ordering::Relaxed);
    println!("{engine}: {answered} operations were answered in {ROUNDS} rounds");
    assert!(answered >= ROUNDS as u64 * 4, "only {answered} operations were answered: the kills came before the work");
}

impl Lane {
    fn new(number: u64, seed: u64) -> Self {
        let random = StdRng::seed_from_u64(seed ^ (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        Self { number, random, tokens: BTreeMap::new(), touched: Vec::new(), unanswered_issue: None, issues: 0 }
    }

    /// Works until the connection breaks.
    async fn work(mut self, owner: Caller, answered: Arc<AtomicU64>) -> Self {
        loop {
            let going = match self.random.random_range(0..10) {
                0..4 => self.issue(&owner).await,
                4..7 => self.rotate(&owner).await,
                _ => self.revoke(&owner).await,
            };
            match going {
                Some(()) => answered.fetch_add(1, Ordering::Relaxed),
                None => return self,
            };
        }
    }

    async fn issue(&mut self, owner: &Caller) -> Option<()> {
        self.issues += 1;
        let name = format!("lane-{}-token-{}", self.number, self.issues);
        self.unanswered_issue = Some(name.clone());
        let answer = owner.send_with("POST", "/v1/tokens", Some(order(&name)), &[("idempotency-key", &name)]).await.ok()?;
        assert_eq!(answer.status, 201, "{}", answer.body);
        self.unanswered_issue = None;
        self.keep(issued(&answer.body));
        Some(())
    }

    fn keep(&mut self, token: Issued) {
        self.touched.push(token.id.clone());
        let known = Known { token, rotations: 0, replaced: Vec::new(), beside: None, revoked: false, pending: None };
        self.tokens.insert(known.token.id.clone(), known);
    }

    /// A live token of this lane, drawn at random.
    fn draw(&mut self) -> Option<String> {
        let live: Vec<&String> =
            self.tokens.iter().filter(|(_, known)| !known.revoked && known.pending.is_none()).map(|(id, _)| id).collect();
        if live.is_empty() { None } else { Some(live[self.random.random_range(0..live.len())].clone()) }
    }

    async fn rotate(&mut self, owner: &Caller) -> Option<()> {
        let Some(id) = self.draw() else { return self.issue(owner).await };
        let overlap_seconds = [0, 0, 1, 3600][self.random.random_range(0..4)];
        let known = self.tokens.get_mut(&id).expect("drawn from it");
        known.pending = Some(Pending::Rotate { overlap_seconds });
        self.touched.push(id.clone());
        let body = json!({"overlap_seconds": overlap_seconds, "end_running_overlap": true});
        let answer = owner.send("POST", &format!("/v1/tokens/{id}/rotate"), Some(body)).await.ok()?;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let next = issued(&answer.body);
        let known = self.tokens.get_mut(&id).expect("drawn from it");
        known.pending = None;
        known.rotated(Some(next), overlap_seconds);
        Some(())
    }

    async fn revoke(&mut self, owner: &Caller) -> Option<()> {
        let Some(id) = self.draw() else { return self.issue(owner).await };
        let known = self.tokens.get_mut(&id).expect("drawn from it");
        known.pending = Some(Pending::Revoke);
        self.touched.push(id.clone());
        let answer = owner.send("POST", &format!("/v1/tokens/{id}/revoke"), Some(json!({"reason": "test"}))).await.ok()?;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let known = self.tokens.get_mut(&id).expect("drawn from it");
        known.pending = None;
        known.revoked = true;
        Some(())
    }

    /// Asks after a restart whether all that was answered holds, and what became of what was not.
    async fn prove(&mut self, owner: &Caller, place: &str) {
        if let Some(name) = self.unanswered_issue.take() {
            self.settle_issue(owner, &name, place).await;
        }
        for known in self.tokens.values_mut().filter(|known| known.pending.is_some()) {
            known.settle(owner, place).await;
        }
        let others: Vec<String> =
            (0..20).filter_map(|_| self.tokens.keys().nth(self.random.random_range(0..self.tokens.len().max(1))).cloned()).collect();
        self.touched.extend(others);
        self.touched.sort();
        self.touched.dedup();
        let mut questions = Vec::new();
        for known in self.touched.drain(..).filter_map(|id| self.tokens.get(&id)) {
            questions.extend(known.expectations());
        }
        for hundred in questions.chunks(100) {
            let asked: Vec<Value> = hundred.iter().map(|(text, ..)| json!({"token": text, "audience": AUDIENCE})).collect();
            let answers = owner.expect(200, "POST", "/v1/verify/batch", Some(batch(asked))).await;
            let answers = results(&answers);
            assert_eq!(answers.len(), hundred.len());
            for ((_, expected, what), answer) in hundred.iter().zip(answers) {
                assert_eq!(code(answer), *expected, "{place}: {what}");
            }
        }
    }

    /// The same request again, with the same key: there must be exactly one such token, and it must work.
    async fn settle_issue(&mut self, owner: &Caller, name: &str, place: &str) {
        let answer = owner.send_with("POST", "/v1/tokens", Some(order(name)), &[("idempotency-key", name)]).await.expect("an answer");
        assert!(matches!(answer.status, 200 | 201), "{place}: {} {}", answer.status, answer.body);
        let token = issued(&answer.body);
        let again = owner.send_with("POST", "/v1/tokens", Some(order(name)), &[("idempotency-key", name)]).await.expect("an answer");
        assert_eq!(issued(&again.body).id, token.id, "{place}: an issue was done twice");
        assert_eq!(owner.verify(&token.text).await, "ok", "{place}: an issue that was repeated");
        self.keep(token);
    }
}

impl Known {
    /// Notes that a rotation was done; `next` is `None` where its answer, and so the new secret, was lost.
    fn rotated(&mut self, next: Option<Issued>, overlap_seconds: u64) {
        self.rotations += 1;
        let now = Instant::now();
        if let Some(beside) = self.beside.take() {
            self.replaced.push((beside, now));
        }
        let old = std::mem::replace(&mut self.token.text, next.map(|next| next.text).unwrap_or_default());
        match overlap_seconds {
            3600 => self.beside = Some(old),
            seconds => self.replaced.push((old, now + Duration::from_secs(seconds) + Duration::from_millis(200))),
        }
    }

    /// Finds out whether what was not answered was done: wholly or not at all.
    async fn settle(&mut self, owner: &Caller, place: &str) {
        let detail = owner.expect(200, "GET", &format!("/v1/tokens/{}", self.token.id), None).await;
        match self.pending.take() {
            Some(Pending::Revoke) => {
                self.revoked = detail["state"] == json!("revoked");
                assert!(self.revoked || detail["state"] == json!("active"), "{place}: {detail}");
            }
            Some(Pending::Rotate { overlap_seconds }) => {
                let secrets = detail["generation"].as_u64().unwrap_or_else(|| panic!("{place}: no `generation` in {detail}"));
                match secrets.checked_sub(self.rotations + 1) {
                    Some(0) => {}
                    Some(1) => {
                        self.rotated(None, overlap_seconds);
                        // Its newest secret was never told to anybody; a rotation gives one that is.
                        let body = json!({"overlap_seconds": 0, "end_running_overlap": true});
                        let answer = owner.expect(201, "POST", &format!("/v1/tokens/{}/rotate", self.token.id), Some(body)).await;
                        let beside = self.beside.take();
                        drop(beside);
                        // Only the secret replaced last is told to be replaced, and here that one was never told to anybody.
                        self.replaced.clear();
                        self.token = issued(&answer);
                        self.rotations += 1;
                    }
                    other => panic!("{place}: {secrets} secrets after {} rotations ({other:?}): {detail}", self.rotations),
                }
            }
            None => {}
        }
    }

    /// What must be answered for each secret that is known: text, code, and what it is.
    fn expectations(&self) -> Vec<(&str, &'static str, String)> {
        let id = &self.token.id;
        let now = Instant::now();
        let alive = if self.revoked { "revoked" } else { "ok" };
        let mut all = vec![(self.token.text.as_str(), alive, format!("the newest secret of {id}"))];
        all.extend(self.beside.as_deref().map(|text| (text, alive, format!("the secret of {id} whose overlap runs"))));
        if let Some((text, dead_from)) = self.replaced.last()
            && self.beside.is_none()
            && now > *dead_from
        {
            all.push((text, "revoked", format!("the secret of {id} that was replaced")));
        }
        all
    }
}

fn batch(questions: Vec<Value>) -> Value {
    json!({ "items": questions })
}

fn results(answers: &Value) -> Vec<&Value> {
    answers["items"].as_array().unwrap_or_else(|| panic!("no `items` in {answers}")).iter().collect()
}
