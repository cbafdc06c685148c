//! Problem details (RFC 9457). Never repeats a secret.
