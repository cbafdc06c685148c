//! The benches of Jeton: every figure as a ratio to a bare server that answers the same bytes, taken in one run.
//!
//! `jeton-bench [ROW…] [--large] [--list] [--out FILE]`. Prints a table and writes `bench/results.json`.

mod bare;
mod contest;
mod elsewhere;
mod filling;
mod fronts;
mod installation;
mod lanes;
mod load;
mod pairs;
mod process;
mod report;
mod rows;
mod steady;

use anyhow::{Context, Result, bail};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What was asked for.
struct Wanted {
    rows: Vec<String>,
    large: bool,
    out: std::path::PathBuf,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, kind, address] = arguments.as_slice()
        && first == "--bare"
    {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        return runtime.block_on(bare::serve(kind, address.parse()?));
    }
    if let [first, millions] = arguments.as_slice()
        && first == "--hold"
    {
        return rows::memory::hold(millions.parse()?);
    }
    if arguments.iter().any(|argument| argument == "--list") {
        for (name, what, _) in rows::ALL {
            println!("{name:<14} {what}");
        }
        return Ok(());
    }
    let wanted = read(&arguments)?;
    process::pin_load()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, measure(wanted))
}

fn read(arguments: &[String]) -> Result<Wanted> {
    let mut wanted = Wanted { rows: Vec::new(), large: false, out: "bench/results.json".into() };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--large" => wanted.large = true,
            "--out" => wanted.out = arguments.next().context("--out needs a file")?.into(),
            name if rows::ALL.iter().any(|(own, ..)| *own == name) => wanted.rows.push(name.to_owned()),
            other => bail!("no row is called `{other}`: --list names them"),
        }
    }
    Ok(wanted)
}

/// Measures what is wanted, one row after the other. A row that fails is reported and does not stop the others.
async fn measure(wanted: Wanted) -> Result<()> {
    let mut report = report::Report::begin();
    for (name, _, row) in rows::ALL {
        if !wanted.rows.is_empty() && !wanted.rows.iter().any(|own| own == name) {
            continue;
        }
        eprintln!("· {name}");
        match row(wanted.large).await {
            Ok(lines) => report.add(name, lines),
            Err(fault) => report.failed(name, &fault),
        }
    }
    report.write(&wanted.out)?;
    if report.has_failures() { bail!("some rows could not be measured") } else { Ok(()) }
}
