"""The MCP SDK's client at an API that it was never told anything about: from the 401 to the API's metadata (RFC 9728), to the server's
(RFC 8414), to a registration (RFC 7591) or its own metadata document, to a token, to the call.

Takes from the setting: `mcp.url`, and `mcp.client_metadata_url` where the client has a document of its own.
"""

import asyncio
import logging
import sys

import httpx2
from mcp import ClientSession
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata
from person import Person, parameters
from scenario import setting, step

logging.disable(logging.CRITICAL)
redirect_uri = setting["mcp"]["redirect_uri"]
document = setting["mcp"].get("client_metadata_url")


class Kept:
    """What the client keeps, in memory."""

    tokens = client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class Signing:
    """A person who is sent to sign in, and what came back."""

    def __init__(self):
        self.person, self.callback = Person(setting), None

    async def leave(self, url):
        self.callback = await asyncio.to_thread(self.person.authorize, url, redirect_uri)

    async def back(self):
        told = parameters(self.callback)
        return AuthorizationCodeResult(code=told["code"], state=told.get("state"), iss=told.get("iss"))


async def call(kept, signing, seen):
    """Opens a session and calls both tools."""
    metadata = OAuthClientMetadata(
        client_name="An agent",
        redirect_uris=[redirect_uri],
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
        token_endpoint_auth_method="none",
    )
    provider = OAuthClientProvider(
        setting["mcp"]["url"], metadata, kept, redirect_handler=signing.leave, callback_handler=signing.back, client_metadata_url=document
    )

    async def note(response):
        seen.append(f"{response.status_code} {response.request.method} {response.request.url.path}")

    async with httpx2.AsyncClient(auth=provider, event_hooks={"response": [note]}, timeout=30) as http:
        async with streamable_http_client(setting["mcp"]["url"], http_client=http) as (read, write):
            async with ClientSession(read, write) as session:
                await session.initialize()
                total = await session.call_tool("add", {"a": 2, "b": 40})
                who = await session.call_tool("whoami", {})
                return total.content[0].text, who.content[0].text


kept, seen = Kept(), []
with step("an agent that was told nothing calls a tool"):
    signing = Signing()
    try:
        total, who = asyncio.run(call(kept, signing, seen))
    finally:
        print("\n".join(seen), file=sys.stderr)
    assert total == "42", total
    subject, scopes, token_came = who.rsplit(" ", 2)
    assert subject.startswith("usr_") and token_came == "False", who

with step("it went the way that the standards show"):
    paths = [line.split(" ", 1)[1] for line in seen]
    assert seen[0].startswith("401 POST"), seen[0]
    assert paths[1].startswith("GET /.well-known/oauth-protected-resource"), paths[1]
    assert paths[2].startswith("GET /.well-known/oauth-authorization-server"), paths[2]
    assert any(path.startswith("POST") and "/reg" in path for path in paths) == (document is None), paths
    if document:
        assert kept.client.client_id == document, kept.client.client_id
    else:
        assert not kept.client.client_id.startswith("https:"), kept.client.client_id

with step("the next session asks nobody"):
    again = Signing()
    assert asyncio.run(call(kept, again, []))[0] == "42"
    assert again.callback is None, "the person was asked again"

with step("it refreshes what has expired"):
    assert kept.tokens.refresh_token, "no refresh token was given"
    old, kept.tokens.expires_in = kept.tokens.access_token, -1
    kept.tokens.access_token = "jtn_oat_expired"
    before = Signing()
    asyncio.run(call(kept, before, seen))
    assert kept.tokens.access_token != old
