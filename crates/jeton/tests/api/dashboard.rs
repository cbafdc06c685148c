//! The dashboard as browsers meet it, without one: who is let in, which headers pages carry, what the navigation shows.

#[path = "dashboard/apps.rs"]
mod apps;
#[path = "dashboard/assets.rs"]
mod assets;
#[path = "dashboard/frame.rs"]
mod frame;
#[path = "dashboard/home.rs"]
mod home;
#[path = "dashboard/inspect.rs"]
mod inspect;
#[path = "dashboard/tokens.rs"]
mod tokens;
