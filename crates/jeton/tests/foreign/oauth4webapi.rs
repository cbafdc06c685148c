//! npm `oauth4webapi`: the strict library below `openid-client`, step by step.

use super::authority::Authority;

macro_rules! scenarios {
    ($($test:ident: $script:literal),* $(,)?) => {$(
        #[tokio::test]
        async fn $test() {
            Authority::start().await.passes(concat!("oauth4webapi/", $script, ".mjs")).await;
        }
    )*};
}

scenarios! {
    signs_people_in_with_bound_tokens: "code",
    pushes_signed_requests: "pushed",
    connects_devices: "device",
    reads_tokens_of_programs: "services",
    registers_itself: "registration",
}

#[tokio::test]
async fn registers_itself_over_tls() {
    Authority::start_over_tls().await.passes("oauth4webapi/registration.mjs").await;
}
