//! Logs and metrics. Never shows a secret.
