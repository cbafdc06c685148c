//! The authority: store, gate and keys, wired together. Never decides by itself.
