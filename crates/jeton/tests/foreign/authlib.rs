//! PyPI `Authlib`: what programs in Python sign people in and fetch tokens with.

use super::authority::Authority;

#[tokio::test]
async fn signs_people_in() {
    Authority::start().await.passes("authlib/code.py").await;
}

#[tokio::test]
async fn fetches_tokens_for_programs() {
    Authority::start().await.passes("authlib/services.py").await;
}

#[tokio::test]
async fn signs_people_in_over_tls() {
    Authority::start_over_tls().await.passes("authlib/code.py").await;
}
