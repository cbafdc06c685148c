//! Real proxies in front of a sample API and the real program beside them, each with the configuration of `docs/proxies`: Envoy,
//! nginx, Caddy and HAProxy ask whether a request may pass, and what they pass on and refuse is looked at from both sides.

#[cfg(test)]
mod proxies {
    mod caddy;
    #[path = "../process/caller.rs"]
    #[expect(dead_code, unreachable_pub, reason = "shared with the tests of the process, which call more of it")]
    mod caller;
    mod certificates;
    mod envoy;
    mod haproxy;
    mod holder;
    #[path = "../process/installation.rs"]
    #[expect(dead_code, unreachable_pub, reason = "shared with the tests of the process, which do more with it")]
    mod installation;
    mod issuer_path;
    mod nginx;
    mod proxy;
    mod sample;
    mod setting;
    mod traefik;
}
