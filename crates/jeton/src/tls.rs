//! TLS of the listener: certificate files, reloaded when they change. Never falls back to plain HTTP.
