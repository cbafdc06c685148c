// `oauth4webapi`: a signed request (RFC 9101) that is pushed (RFC 9126) by a client with its own key, `claims`, `max_age`.

import * as oauth from 'oauth4webapi';
import { Person } from '../js/person.mjs';
import { assert, setting, step } from '../js/scenario.mjs';
import { addressOf, authenticationOf, clientOf, discover, fresh, keyOf, plain } from './server.mjs';

const person = new Person(setting);
const client = clientOf('signed');
const server = await step('discovery', () => discover());
const authentication = await authenticationOf('signed');

await step('a signed request is pushed, and its code taken', async () => {
  const { verifier, state, nonce, parameters } = await fresh();
  const wanted = { ...parameters, client_id: client.client_id, scope: 'openid', max_age: '600', claims: JSON.stringify({ id_token: { auth_time: { essential: true } } }) };
  const request = await oauth.issueRequestObject(server, client, new URLSearchParams(wanted), await keyOf('signed'));
  const answer = await oauth.pushedAuthorizationRequest(server, client, authentication, { request }, plain);
  assert.equal(answer.status, 201);
  assert.equal(answer.headers.get('cache-control')?.includes('no-store'), true);
  const pushed = await oauth.processPushedAuthorizationResponse(server, client, answer);
  assert.ok(pushed.expires_in > 0 && pushed.expires_in <= 600);
  const url = addressOf(server, client, { request_uri: pushed.request_uri });
  const callback = oauth.validateAuthResponse(server, client, await person.authorize(url, setting.redirect_uri), state);
  const given = await oauth.authorizationCodeGrantRequest(server, client, authentication, callback, setting.redirect_uri, verifier, plain);
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, given, { expectedNonce: nonce, maxAge: 600, requireIdToken: true });
  assert.ok(Math.abs(oauth.getValidatedIdTokenClaims(tokens).auth_time - Date.now() / 1000) < 60);
});

await step('what is pushed is checked at once', async () => {
  const { parameters } = await fresh();
  for (const [more, error] of [
    [{ redirect_uri: 'https://evil.example/callback' }, ['invalid_request', 'invalid_redirect_uri']],
    [{ response_type: 'token' }, ['unsupported_response_type', 'invalid_request', 'unauthorized_client']],
    [{ code_challenge_method: 'plain' }, ['invalid_request']],
  ]) {
    const wanted = new URLSearchParams({ ...parameters, client_id: client.client_id, scope: 'openid', ...more });
    const request = await oauth.issueRequestObject(server, client, wanted, await keyOf('signed'));
    const answer = await oauth.pushedAuthorizationRequest(server, client, authentication, { request }, plain);
    const { error: told } = await answer.json();
    assert.ok(answer.status === 400 && error.includes(told), `${JSON.stringify(more)}: ${answer.status} ${told}`);
  }
});
