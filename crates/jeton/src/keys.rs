//! Signing keys: made, published, put to use, retired. Never signs with a key that was not published before.
