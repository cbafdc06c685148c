// Apache with mod_auth_openidc as resource server, by introspection and by the published keys.

import { assert, setting, step } from '../js/scenario.mjs';
import * as client from 'openid-client';
import { configurationOf } from '../openid_client/configuration.mjs';

const { api, local } = setting.apache;
const [READ, WRITE] = setting.api.scopes;
const service = await step('discovery', () => configurationOf('service'));
const issue = async (scope, resource) => (await client.clientCredentialsGrant(service, { scope, resource })).access_token;
const call = (base, token) => fetch(`${base}/api/`, { headers: token ? { authorization: `Bearer ${token}` } : {} });

async function guarded(base, resource) {
  const token = await issue(READ, resource);
  const answer = await call(base, token);
  assert.equal(answer.status, 200, await answer.text());
  assert.equal(answer.headers.get('seen-user'), setting.clients.service.client_id);
  assert.equal((await call(base, `${token.slice(0, -2)}00`)).status, 401);
  assert.equal((await call(base)).status, 401);
  const other = await issue(WRITE, resource);
  assert.ok([401, 403].includes((await call(base, other)).status), 'another scope opens it');
  return token;
}

await step('an opaque token opens it by introspection', async () => {
  const token = await guarded(api, setting.api.audience);
  await client.tokenRevocation(service, token);
  assert.equal((await call(api, token)).status, 401, 'a revoked token opens it');
});

if (setting.api.jwt_audience) await step('a JWT opens it by its signature', () => guarded(local, setting.api.jwt_audience));
