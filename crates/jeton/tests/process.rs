//! The real program as its operators run it: processes, signals, files and a real PostgreSQL. Nothing here looks inside.

#![expect(unreachable_pub, reason = "the modules of one test binary see each other whole")]

#[cfg(test)]
mod process {
    mod access_log;
    mod acme;
    #[path = "../api/oauth/browser.rs"]
    #[expect(dead_code, reason = "shared with the tests of the pages, which do more with it")]
    mod browser;
    mod caller;
    mod calling;
    mod configuration;
    mod curl;
    mod database;
    mod demo;
    mod disk;
    mod hosts;
    mod idle;
    mod installation;
    mod kill;
    mod kill_cuts;
    mod lifecycle;
    mod limits;
    mod nodes;
    mod one_processor;
    mod pages;
    mod quota;
    mod readme;
    mod refresh;
    mod restore;
    mod runs;
    mod tamper;
    mod tls;
    mod upgrade;
    mod wall_clock;
}
