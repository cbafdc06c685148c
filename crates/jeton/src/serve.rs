//! Starts everything and ends it in order. Never loses what was acknowledged.
