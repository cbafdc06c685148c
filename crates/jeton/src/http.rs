//! The HTTP interface: one file per route. Handlers parse, call one use case and render; they never decide.
