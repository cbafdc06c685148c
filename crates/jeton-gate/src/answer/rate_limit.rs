//! The `RateLimit-Policy` and `RateLimit` fields (draft-ietf-httpapi-ratelimit-headers, eleventh draft): a list of quoted names,
//! each with what it allows in how many seconds, and with what is left and for how long it stays so.

use super::{RATE_LIMIT, RATE_LIMIT_POLICY};
use crate::spend::LimitsReport;
use http::HeaderMap;
use std::fmt::Write;

/// The largest integer of a structured field (RFC 9651, section 3.3.1).
const INTEGER_MAX: u64 = 999_999_999_999_999;

/// Sets both fields; neither where there are no limits.
pub(super) fn put(headers: &mut HeaderMap, limits: &LimitsReport) {
    if limits.is_empty() {
        return;
    }
    let (mut policy, mut standing) = (String::new(), String::new());
    for limit in limits.entries() {
        let comma = if policy.is_empty() { "" } else { ", " };
        let (name, window) = (limit.name, limit.window_seconds);
        let _ = write!(policy, "{comma}\"{name}\";q={};w={window}", limit.requests.min(INTEGER_MAX));
        let _ = write!(standing, "{comma}\"{name}\";r={};t={}", limit.remaining.min(INTEGER_MAX), limit.reset.as_seconds_up());
    }
    super::put(headers, RATE_LIMIT_POLICY, &policy);
    super::put(headers, RATE_LIMIT, &standing);
}
