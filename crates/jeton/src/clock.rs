//! The clock of the program. Never goes back.
