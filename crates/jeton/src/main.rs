//! The binary: hands over to the library. Never holds logic of its own.

fn main() {}
