//! Real proxies in front of a sample API, with the configurations of `docs/proxies`: nginx and Caddy ask the check endpoint, and
//! what they pass on and refuse is looked at from both sides. The gate is served here on the same connection code as the program
//! serves it, with tokens in memory.

#[cfg(test)]
mod proxies {
    mod caddy;
    mod nginx;
    mod setting;
}
