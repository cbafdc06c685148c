// npm `oidc-provider` with everything in memory, for the benches: one client that may ask for tokens for itself, introspect them, and
// refresh. `oidc_provider.mjs ADDRESS`. `POST /family` gives the refresh token of a person who signed in, without the pages.

import http from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';
import { MemoryAdapter } from './memory_adapter.mjs';

const [address] = process.argv.slice(2);
const [host, port] = address.split(':');
const API = 'https://api.example.test';
const { privateKey } = await generateKeyPair('RS256', { extractable: true });

const provider = new Provider(`http://${address}`, {
  adapter: MemoryAdapter,
  clients: [
    {
      client_id: 'bench',
      client_secret: 'bench-secret-of-no-use',
      grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
      redirect_uris: ['https://app.example.test/callback'],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  cookies: { keys: ['of no use to anybody'] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => API,
      getResourceServerInfo: () => ({ audience: API, scope: 'orders:read', accessTokenFormat: 'opaque' }),
      useGrantedResource: () => true,
    },
  },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' }] },
  rotateRefreshToken: true,
  scopes: ['offline_access', 'orders:read'],
  ttl: { AccessToken: 600, ClientCredentials: 600, RefreshToken: 86_400, Grant: 86_400 },
});

provider.use(async (ctx, next) => {
  if (ctx.path !== '/family') return next();
  const grant = new provider.Grant({ accountId: 'usr_1', clientId: 'bench' });
  grant.addResourceScope(API, 'orders:read');
  grant.addOIDCScope('offline_access');
  const grantId = await grant.save();
  const client = await provider.Client.find('bench');
  const token = new provider.RefreshToken({ accountId: 'usr_1', client, grantId, gty: 'authorization_code', scope: 'offline_access orders:read', resource: API });
  ctx.body = { refresh_token: await token.save() };
});

http.createServer(provider.callback()).listen(Number(port), host);
