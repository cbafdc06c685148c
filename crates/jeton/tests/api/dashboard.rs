//! The dashboard as browsers meet it, without one: who is let in, which headers pages carry, what the navigation shows.

#[path = "dashboard/frame.rs"]
mod frame;
