// `oauth4webapi`: tokens for programs, what introspection tells in JSON and as a signed answer (RFC 9701), revocation, and JWT access
// tokens as an API validates them (RFC 9068).

import * as oauth from 'oauth4webapi';
import { assert, refused, setting, step } from '../js/scenario.mjs';
import { authenticationOf, clientOf, discover, plain } from './server.mjs';

const server = await step('discovery', () => discover('oauth2'));
const [READ] = setting.api.scopes;

async function issue(name, resource = setting.api.audience, scope = READ) {
  const answer = await oauth.clientCredentialsGrantRequest(server, clientOf(name), await authenticationOf(name), { scope, resource }, plain);
  return oauth.processClientCredentialsResponse(server, clientOf(name), answer);
}

async function introspect(token, more = {}) {
  const client = { ...clientOf('reader'), ...more };
  const options = { requestJwtResponse: more.introspection_signed_response_alg !== undefined, ...plain };
  const answer = await oauth.introspectionRequest(server, client, await authenticationOf('reader'), token, options);
  const seen = await oauth.processIntrospectionResponse(server, client, answer);
  if (options.requestJwtResponse) await oauth.validateApplicationLevelSignature(server, answer, plain);
  return seen;
}

const token = await step('a token by each way of proving', async () => {
  const [secret, body, key] = await Promise.all(['service', 'poster', 'signer'].map((name) => issue(name)));
  assert.equal(new Set([secret, body, key].map(({ access_token: text }) => text)).size, 3);
  return secret.access_token;
});

await step('introspection tells what the token may do', async () => {
  const seen = await introspect(token);
  assert.deepEqual([seen.active, seen.client_id, seen.scope], [true, setting.clients.service.client_id, READ]);
});

await step('introspection tells it signed', async () => {
  const seen = await introspect(token, { introspection_signed_response_alg: setting.introspection_alg ?? 'RS256' });
  assert.deepEqual([seen.active, seen.scope], [true, READ]);
});

await step('a revoked token is not active, as JSON and signed', async () => {
  const client = clientOf('service');
  const answer = await oauth.revocationRequest(server, client, await authenticationOf('service'), token, plain);
  await oauth.processRevocationResponse(answer);
  assert.deepEqual(await introspect(token), { active: false });
  assert.equal((await introspect(token, { introspection_signed_response_alg: setting.introspection_alg ?? 'RS256' })).active, false);
});

if (setting.api.jwt_audience) {
  const { jwt_audience: audience } = setting.api;
  const request = (text) => new Request(audience, { headers: { authorization: `Bearer ${text}` } });
  const { access_token: jwt } = await step('an API that wants JWTs gets one', () => issue('service', audience));

  await step('the JWT is what RFC 9068 says', async () => {
    const claims = await oauth.validateJwtAccessToken(server, request(jwt), audience, plain);
    assert.deepEqual([claims.client_id, claims.sub], [setting.clients.service.client_id, setting.clients.service.client_id]);
    await refused('OAUTH_JWT_CLAIM_COMPARISON_FAILED', () => oauth.validateJwtAccessToken(server, request(jwt), `${audience}/other`, plain));
  });
}
