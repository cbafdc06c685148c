//! The command line. Never takes a secret as an argument.
