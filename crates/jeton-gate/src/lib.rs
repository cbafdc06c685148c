//! The door of Jeton: takes a request, finds what is known of its token, lets the core decide, and answers.
//!
//! Knows no store: what it needs it asks of the ports in [`port`]. Never trusts a header that a client could have sent, and
//! with nothing to decide on it denies.

pub mod port;
