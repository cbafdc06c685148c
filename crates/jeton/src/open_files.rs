//! How many files this process may have open: each connection is one, and systems begin a process with as few as 1,024. Never fails: a
//! program that may not ask for more serves with what it has, and says so.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Fewer than this are soon used up by a door that many knock at.
const ENOUGH: u64 = 8_192;

/// Takes as many as the system lets this process have; `None` means without bound.
fn raise() -> rustix::io::Result<Option<u64>> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    }
    Ok(maximum)
}

/// Takes as many as the system lets this process have, and logs it where that is little.
pub fn raise_and_tell() {
    match raise() {
        Ok(Some(most)) if most < ENOUGH => tracing::warn!(
            most,
            "this process may have few files open, and every connection is one: raise the limit (`LimitNOFILE=` of systemd, `ulimit -n`)"
        ),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the limit of open files stays as it is"),
    }
}
