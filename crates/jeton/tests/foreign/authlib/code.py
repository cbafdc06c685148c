"""Authlib: `OAuth2Session` with code and PKCE, the ID token read by joserfc, userinfo, refresh, introspection, revocation."""

from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet
from person import Person, parameters
from scenario import differs, setting, step

own = setting["clients"]["web"]
redirect_uri = setting["redirect_uri"]
person = Person(setting)
scope = f"openid profile offline_access {setting['api']['scopes'][0]}"


def session():
    return OAuth2Session(own["client_id"], own["client_secret"], scope=scope, redirect_uri=redirect_uri, code_challenge_method="S256")


def flow(client, **more):
    """A whole code flow: gives the token and the nonce."""
    verifier, nonce = generate_token(48), generate_token(20)
    order = {"nonce": nonce, "resource": setting["api"]["audience"], **more}
    url, state = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier, **order)
    callback = person.authorize(url, redirect_uri)
    assert parameters(callback)["iss"] == setting["issuer"], callback
    token = client.fetch_token(metadata["token_endpoint"], authorization_response=callback, state=state, code_verifier=verifier)
    return token, nonce


with step("discovery"):
    metadata = session().request("GET", f"{setting['issuer']}/.well-known/openid-configuration", withhold_token=True).json()
    assert metadata["issuer"] == setting["issuer"], metadata["issuer"]

client = session()
with step("a code with PKCE gives a token"):
    token, nonce = flow(client, prompt="consent")
    assert token["token_type"].lower() == "bearer" and token["refresh_token"], token

with step("the ID token is signed and for this client"):
    keys = KeySet.import_key_set(client.request("GET", metadata["jwks_uri"], withhold_token=True).json())
    read = jwt.decode(token["id_token"], keys, algorithms=metadata["id_token_signing_alg_values_supported"])
    rules = {"iss": {"essential": True, "value": setting["issuer"]}, "aud": {"essential": True, "value": own["client_id"]}}
    jwt.JWTClaimsRegistry(**rules, nonce={"essential": True, "value": nonce}, exp={"essential": True}).validate(read.claims)

if not differs("oracle"):
    with step("userinfo speaks of the same person"):
        told = client.get(metadata["userinfo_endpoint"]).json()
        assert told["sub"] == read.claims["sub"], told

with step("introspection"):
    seen = client.introspect_token(metadata["introspection_endpoint"], token["access_token"]).json()
    assert seen["active"] is True and seen["client_id"] == own["client_id"], seen

with step("refresh"):
    fresh = client.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"])
    assert fresh["access_token"] != token["access_token"], "the same access token again"

with step("revocation"):
    answer = client.revoke_token(metadata["revocation_endpoint"], fresh["refresh_token"], token_type_hint="refresh_token")
    assert answer.status_code == 200, answer.status_code
    seen = client.introspect_token(metadata["introspection_endpoint"], fresh["access_token"]).json()
    assert seen == {"active": False}, seen
    try:
        client.refresh_token(metadata["token_endpoint"], refresh_token=fresh["refresh_token"])
        raise AssertionError("refreshed with a revoked token")
    except OAuthError as fault:
        assert fault.error == "invalid_grant", fault
