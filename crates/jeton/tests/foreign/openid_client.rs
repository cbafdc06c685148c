//! npm `openid-client`: the library that most programs in Node.js sign people in with.

use super::authority::Authority;

macro_rules! scenarios {
    ($($test:ident: $script:literal),* $(,)?) => {$(
        #[tokio::test]
        async fn $test() {
            Authority::start().await.passes(concat!("openid_client/", $script, ".mjs")).await;
        }
    )*};
}

scenarios! {
    signs_people_in: "code",
    pushes_requests_and_binds_tokens: "pushed",
    signs_requests: "signed_request",
    connects_devices: "device",
    refreshes: "refresh",
    fetches_tokens_for_programs: "services",
    introspects_and_revokes: "lifecycle",
    signs_people_out: "logout",
}
