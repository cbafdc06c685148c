//! The description of the management interface, made from the code. Never written by hand.
