//! Gates that follow an authority over the network, as real processes: what they let pass, what they may know, and that nothing
//! passes for longer than is promised after it was taken back, whatever breaks in between.

#![expect(unreachable_pub, reason = "the modules of one test binary see each other whole")]

#[cfg(test)]
mod gate {
    mod authorities;
    #[path = "../process/caller.rs"]
    #[expect(dead_code, reason = "shared with the tests of the process, which call more of it")]
    mod caller;
    #[path = "../process/calling.rs"]
    mod calling;
    mod certificates;
    mod clock;
    mod copy;
    mod doors;
    mod entitled;
    mod faults;
    mod follow;
    #[path = "../process/installation.rs"]
    #[expect(dead_code, reason = "shared with the tests of the process, which do more with it")]
    mod installation;
    mod limits;
    mod middle;
    mod nodes;
    mod proxied;
    mod recorder;
    mod restored;
    mod rig;
    mod spoilt;
    mod stale;
    mod upgrade;
    #[path = "../process/wall_clock.rs"]
    mod wall_clock;
    mod wire;
}
