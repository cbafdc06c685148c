//! The dashboard in a real browser, at the real program, on both engines: every page is looked at in every size and scheme, and what
//! people do there is done. A page that the router knows and nobody looks at fails here.

#[cfg(test)]
mod dashboard {
    #[path = "../process/caller.rs"]
    #[expect(dead_code, unreachable_pub, reason = "shared with the tests of the process, which call more of it")]
    mod caller;
    mod flows;
    mod house;
    #[path = "../process/installation.rs"]
    #[expect(dead_code, unreachable_pub, reason = "shared with the tests of the process, which do more with it")]
    mod installation;
    #[path = "../foreign/script.rs"]
    #[expect(dead_code, reason = "shared with the tests of foreign clients, which run more kinds of scripts")]
    mod script;
    mod sweep;
}
