//! Follows the change log into the memory of the gate. Never the other way round.
