//! JSON Object Signing and Encryption, as far as access tokens need it.
