//! Configuration: `jeton.toml` and its overlay from the environment. Never ignores a key.
