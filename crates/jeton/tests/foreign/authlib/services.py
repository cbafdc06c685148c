"""Authlib: client credentials by secret and by key (RFC 7523). The library's assertion is for the token endpoint and lives for an hour
unless it is told otherwise; RFC 10070 wants the issuer as its audience, and Jeton a life of minutes, but from clients whose operator says
that their library is an old one."""

import time

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import ECKey
from scenario import differs, setting, step

api = setting["api"]
scope = api["scopes"][0]
by_secret = setting["clients"]["service"]


def keyed(name, audience, claims=None):
    jwk = setting["keys"][name]
    own = setting["clients"][name]["client_id"]
    client = OAuth2Session(own, ECKey.import_key(jwk), token_endpoint_auth_method="private_key_jwt", scope=scope)
    client.register_client_auth_method(PrivateKeyJWT(audience, claims, {"kid": jwk["kid"]}, "ES256"))
    return client


def brief():
    return {"exp": int(time.time()) + 60}


def ask(client):
    return client.fetch_token(endpoint, grant_type="client_credentials", resource=api["audience"])


with step("discovery"):
    plain = OAuth2Session(by_secret["client_id"], by_secret["client_secret"], scope=scope)
    metadata = plain.request("GET", f"{setting['issuer']}/.well-known/oauth-authorization-server", withhold_token=True)
    endpoint = metadata.json()["token_endpoint"]

with step("client credentials by secret"):
    token = ask(plain)
    assert token["token_type"].lower() == "bearer" and "refresh_token" not in token, token

with step("client credentials by key"):
    token = ask(keyed("signer", setting["issuer"], brief()))
    assert token["token_type"].lower() == "bearer", token

if api.get("url"):
    with step("the API lets it in"):
        answer = OAuth2Session(token=token).get(api["url"])
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"

with step("an old client proves itself as the library does by itself"):
    assert ask(keyed("legacy", None))["access_token"]

if not differs("oracle"):
    for name, audience, claims in [("the token endpoint", endpoint, brief()), ("an hour", setting["issuer"], None)]:
        with step(f"an assertion for {name} is refused of all others"):
            try:
                ask(keyed("signer", audience, claims))
                raise AssertionError(f"an assertion for {name} was taken")
            except OAuthError as fault:
                assert fault.error == "invalid_client", fault
