//! The command line as people and scripts meet it: the real binary, where it needs one against a real authority.

#[cfg(test)]
mod cli {
    mod apply;
    mod authority;
    mod client;
    mod doctor;
    mod help;
    mod jeton;
    mod jwt;
    mod local;
    mod policy;
    mod scan;
    mod secrets;
    mod token;
}
