// `oauth4webapi`: from an API to its server (RFC 9728), registration by anybody (RFC 7591) with members that nobody knows, and what a
// registered client may do.

import * as oauth from 'oauth4webapi';
import { Person } from '../js/person.mjs';
import { assert, differs, setting, step } from '../js/scenario.mjs';
import { addressOf, discover, fresh, plain } from './server.mjs';

const server = await step('discovery', () => discover('oauth2'));

if (!differs('oracle')) {
  await step('an API says who guards it', async () => {
    const resource = new URL(setting.api.audience);
    const told = await oauth.processResourceDiscoveryResponse(resource, await oauth.resourceDiscoveryRequest(resource, plain));
    assert.deepEqual(told.authorization_servers, [setting.issuer]);
    assert.deepEqual(told.bearer_methods_supported, ['header']);
    for (const scope of setting.api.scopes) assert.ok(told.scopes_supported.includes(scope), scope);
  });
}

async function register(metadata) {
  return oauth.processDynamicClientRegistrationResponse(await oauth.dynamicClientRegistrationRequest(server, metadata, plain));
}

const client = await step('a client registers itself', async () => {
  const given = await register({
    client_name: 'A new app',
    redirect_uris: [setting.redirect_uri],
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    'x-unknown': { to: 'everybody' },
  });
  assert.deepEqual(given.redirect_uris, [setting.redirect_uri]);
  assert.equal(given.token_endpoint_auth_method, 'none');
  assert.equal(given.client_secret, undefined);
  assert.ok(given.client_id_issued_at <= Date.now() / 1000 + 5);
  return given;
});

await step('it is told when a secret ends', async () => {
  const given = await register({ redirect_uris: [setting.redirect_uri], token_endpoint_auth_method: 'client_secret_basic' });
  assert.ok(given.client_secret && typeof given.client_secret_expires_at === 'number');
  assert.match(given.client_secret, /^[A-Za-z0-9_-]+$/);
});

await step('it signs a person in', async () => {
  const { verifier, state, nonce, parameters } = await fresh();
  const url = addressOf(server, client, { ...parameters, scope: 'openid' });
  const callback = oauth.validateAuthResponse(server, client, await new Person(setting).authorize(url, setting.redirect_uri), state);
  const answer = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), callback, setting.redirect_uri, verifier, plain);
  assert.ok((await oauth.processAuthorizationCodeResponse(server, client, answer, { expectedNonce: nonce, requireIdToken: true })).access_token);
});

await step('what is not a registration is refused in the words of RFC 7591', async () => {
  for (const [metadata, error] of [
    [{ redirect_uris: ['https://app.example/callback#part'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: [setting.redirect_uri], grant_types: ['password'] }, 'invalid_client_metadata'],
    [{ redirect_uris: [setting.redirect_uri], jwks: { keys: [] }, jwks_uri: 'https://app.example/jwks' }, 'invalid_client_metadata'],
  ]) {
    const answer = await oauth.dynamicClientRegistrationRequest(server, metadata, plain);
    const { error: told } = await answer.json();
    const isKnown = told === error || (differs('oracle') && ['invalid_client_metadata', 'invalid_redirect_uri'].includes(told));
    assert.ok(answer.status === 400 && isKnown, `${JSON.stringify(metadata)}: ${answer.status} ${told}`);
  }
});
