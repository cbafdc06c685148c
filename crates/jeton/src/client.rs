//! The HTTP client of the command line. Never prints what it sends.
