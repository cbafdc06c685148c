//! Client libraries that nobody here wrote drive the real program, and an oracle beside it: what they say of Jeton is only worth
//! something when the same scenario passes at another authorization server as well. Nothing here is passed over in silence: a tool
//! that is missing fails the test and says what to install.

#[cfg(test)]
mod foreign {
    mod apache;
    mod authlib;
    mod authority;
    #[path = "../process/caller.rs"]
    #[expect(dead_code, unreachable_pub, reason = "shared with the tests of the process, which call more of it")]
    mod caller;
    mod certificates;
    mod chromium;
    mod clients;
    #[path = "../process/installation.rs"]
    #[expect(dead_code, unreachable_pub, reason = "shared with the tests of the process, which do more with it")]
    mod installation;
    mod key;
    mod mcp;
    mod oauth4webapi;
    mod openid_client;
    mod oracle;
    #[path = "../proxies/sample.rs"]
    #[expect(dead_code, reason = "shared with the tests of the proxies, which look at what reached it")]
    mod sample;
    mod script;
}
