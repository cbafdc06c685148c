//! JWTs: seen before against a bare empty 200, and at first sight against the bare answer and the signature together.

use crate::{
    installation::{Database, Installation, check_request},
    load,
    pairs::{self, Side},
    process::Server,
    report::{Goal, Line},
};
use anyhow::Result;
use std::rc::Rc;

/// JWTs of each run at first sight.
const FIRST: usize = 6_000;
/// Runs at first sight.
const RUNS: usize = 3;

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let installation = Installation::prepare(&Database::Sqlite, None)?;
    let node = installation.start("0")?;
    installation.declare_api(&node).await?;
    let issued = installation.issue(&node, "jwt", FIRST * RUNS).await?;
    let bare = Server::bare("empty")?;

    let signature = signature_micros()?;
    let mut costs = Vec::new();
    let mut bare_costs = Vec::new();
    for run in issued.chunks_exact(FIRST) {
        let requests: Rc<Vec<Vec<u8>>> = Rc::new(run.iter().map(|(text, _)| check_request(text)).collect());
        let before = node.server.cpu_seconds()?;
        let first = load::run_once(node.server.address, 32, requests.clone(), 200).await?;
        costs.push((node.server.cpu_seconds()? - before) * 1e6 / first.done as f64);
        bare_costs.push(pairs::run(&Side::new(&bare, requests), pairs::TIME / 3).await?.cpu_micros);
    }
    let floor = pairs::median(&mut bare_costs) + signature;
    let ratios = costs.iter().map(|cost| floor / cost).collect();
    let note = format!(
        "{:.1} µs of processor against {floor:.1} µs (bare + {signature:.1} µs for the signature)",
        pairs::median(&mut costs.clone())
    );
    let mut lines = vec![Line::of_runs("jwt: first sight, ES256 / bare + signature", ratios, "x", Some(Goal::AtLeast(0.91)), note)];

    let seen: Rc<Vec<Vec<u8>>> = Rc::new(issued.iter().take(5_000).map(|(text, _)| check_request(text)).collect());
    load::run_once(node.server.address, 32, seen.clone(), 200).await?;
    let own = Side::new(&node.server, seen.clone());
    lines.extend(pairs::compare("jwt: seen before / bare empty 200", own, Side::new(&bare, seen), 0.90).await?);
    Ok(lines)
}

/// What one ES256 verification costs here and now, in microseconds.
fn signature_micros() -> Result<f64> {
    use aws_lc_rs::{
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey},
    };
    let failed = |_| anyhow::anyhow!("the library refused");
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?;
    let signature = key.sign(&SystemRandom::new(), &[7; 400]).map_err(failed)?;
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key().as_ref().to_vec());
    let begun = std::time::Instant::now();
    let rounds = 3_000;
    for _ in 0..rounds {
        public.verify(std::hint::black_box(&[7; 400]), signature.as_ref()).map_err(failed)?;
    }
    Ok(begun.elapsed().as_secs_f64() * 1e6 / f64::from(rounds))
}
