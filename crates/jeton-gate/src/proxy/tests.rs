//! The proxy over real sockets: raw clients before it, raw upstreams behind it.

mod access;
mod balancing;
mod deadlines;
mod http2;
mod passing;
mod refusing;
mod rig;
mod smuggling;
mod upstream_tokens;
mod websocket;
