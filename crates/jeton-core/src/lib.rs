//! The rules of Jeton, and nothing but rules: token text, scopes, networks, routes, limits, JOSE, and the decision.
//!
//! Pure: nothing here reads a clock, a socket, a file or a database, and randomness comes in as an argument.

pub mod allowance;
pub mod api;
pub mod api_limit;
pub mod authentication;
mod base62;
pub mod binding;
pub mod change;
pub mod client_certificate;
pub mod cut;
pub mod decide;
pub mod demand;
pub mod denial;
pub mod derive;
pub mod dpop_nonce;
pub mod facts;
pub mod fault;
pub mod id;
pub mod jose;
pub mod kind;
pub mod lease;
pub mod limits;
pub mod mark;
pub mod master_key;
pub mod name;
pub mod network;
pub mod oauth;
pub mod outcome;
pub mod path;
pub mod plain_words;
pub mod policy;
pub mod redact;
pub mod role;
pub mod route;
pub mod scope;
pub mod seal;
pub mod special_use;
pub mod strict_json;
pub mod timestamp;
pub mod token_rules;
pub mod token_text;
pub mod usage;
