//! The demonstration: authority, gate and a sample API on loopback. Never for anything but loopback.
