"""A small MCP server that knows nothing of Jeton: it stands behind the gate and believes the names that the gate gives.

`server.py PORT PATH`; says `ready` on the line before it serves.
"""

import sys

import uvicorn
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.transport_security import TransportSecuritySettings

server = MCPServer("orders")


@server.tool()
def whoami(ctx: Context) -> str:
    """The subject that the gate named, and whether a token came through."""
    headers = ctx.request_context.request.headers
    return f"{headers.get('jeton-subject')} {headers.get('jeton-scopes')} {'authorization' in headers}"


@server.tool()
def add(a: int, b: int) -> int:
    """The sum of two numbers."""
    return a + b


# The gate is the only caller: it names the upstream in `Host`.
app = server.streamable_http_app(
    streamable_http_path=sys.argv[2],
    json_response=True,
    stateless_http=True,
    transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
)


class Announcing(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        print("ready", flush=True)


Announcing(uvicorn.Config(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")).run()
