//! The listener for operators: `/livez`, `/readyz`, `/metrics`. Never serves anything else.
