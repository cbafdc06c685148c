//! The program: the authority that issues, checks, watches and takes back API tokens, wired from its parts.
//!
//! Only wiring, HTTP, jobs and the command line live here: rules live in `jeton-core`, SQL in `jeton-store`, enforcement in `jeton-gate`.

pub mod apis;
pub mod authority;
pub mod bootstrap;
pub mod caller;
pub mod cli;
pub mod client;
pub mod clients;
pub mod config;
pub mod demo;
pub mod derive;
pub mod edit;
pub mod explain;
pub mod ext_authz;
pub mod fetch;
pub mod follower;
pub mod gates;
pub mod http;
pub mod issue;
pub mod jobs;
pub mod json;
pub mod keys;
pub mod listener;
pub mod oauth;
pub mod openapi;
pub mod ops;
pub mod organisations;
pub mod pages;
pub mod password;
pub mod ports;
pub mod problem;
pub mod quotas;
pub mod recorder;
pub mod remote;
pub mod roles;
pub mod rotate;
pub mod serve;
pub mod session;
pub mod sign_in;
pub mod telemetry;
pub mod tls;
pub mod transition;
pub mod users;
pub mod verifiers;
pub mod verify;
