// `openid-client`: introspection (RFC 7662) and revocation (RFC 7009): who may ask, what is told, what dies with what.

import * as client from 'openid-client';
import { Person } from '../js/person.mjs';
import { assert, differs, refused, setting, step } from '../js/scenario.mjs';
import { configurationOf, signIn } from './configuration.mjs';

const [READ] = setting.api.scopes;
const resource = setting.api.audience;
const person = new Person(setting);
const [web, reader, service] = await step('discovery', () => Promise.all(['web', 'reader', 'service'].map((name) => configurationOf(name))));
const order = { scope: `openid offline_access ${READ}`, resource, prompt: 'consent' };
const active = async (token) => (await client.tokenIntrospection(reader, token)).active;

const tokens = await step('a person signs in', () => signIn(web, person, order));

await step('the API is told what it needs to know', async () => {
  const seen = await client.tokenIntrospection(reader, tokens.access_token);
  assert.equal(seen.active, true);
  assert.equal(seen.client_id, setting.clients.web.client_id);
  assert.equal(seen.sub, tokens.claims().sub);
  assert.equal(seen.iss, setting.issuer);
  assert.ok(seen.scope.split(' ').includes(READ) && [seen.aud].flat().includes(resource), JSON.stringify(seen));
  assert.ok(seen.exp > Date.now() / 1000 && seen.iat <= Date.now() / 1000 + 5);
});

await step('what is no token is not active, and nothing else is said', async () => {
  for (const nonsense of ['nonsense', `${tokens.access_token}x`, 'jtn_oat_0000000000000000000000000000000000000000000000000000000000000']) {
    assert.deepEqual(await client.tokenIntrospection(reader, nonsense), { active: false });
  }
});

await step('a client cannot revoke what is not its own', async () => {
  await client.tokenRevocation(service, tokens.access_token).catch(({ error }) => assert.ok(['invalid_request', 'invalid_grant', 'unauthorized_client'].includes(error), error));
  assert.equal(await active(tokens.access_token), true);
});

await step('a revoked access token is dead, its family is not', async () => {
  await client.tokenRevocation(web, tokens.access_token);
  assert.equal(await active(tokens.access_token), false);
  // The oracle ends the whole grant, as RFC 7009 allows.
  if (differs('oracle')) return void Object.assign(tokens, await signIn(web, person, order));
  const next = await client.refreshTokenGrant(web, tokens.refresh_token);
  assert.equal(await active(next.access_token), true);
  tokens.refresh_token = next.refresh_token ?? tokens.refresh_token;
  tokens.access_token = next.access_token;
});

await step('a revoked refresh token takes its access tokens with it', async () => {
  await client.tokenRevocation(web, tokens.refresh_token, { token_type_hint: 'access_token' });
  assert.equal(await active(tokens.access_token), false);
  await refused('invalid_grant', () => client.refreshTokenGrant(web, tokens.refresh_token));
});

await step('revoking what is not there is done', async () => {
  await client.tokenRevocation(web, tokens.refresh_token);
  await client.tokenRevocation(web, 'nonsense');
});
