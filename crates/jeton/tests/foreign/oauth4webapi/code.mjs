// `oauth4webapi`: both kinds of discovery, code with PKCE by a public client whose tokens are bound by DPoP, the signature of the ID
// token, userinfo, refresh with the same key and with another.

import * as oauth from 'oauth4webapi';
import { Person } from '../js/person.mjs';
import { assert, refused, seconds, setting, step } from '../js/scenario.mjs';
import { addressOf, clientOf, discover, fresh, plain, withNonce } from './server.mjs';

const person = new Person(setting);
const client = clientOf('native');
const none = oauth.None();
const counter = { nonces: 0 };
const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'));

const server = await step('both kinds of discovery tell the same', async () => {
  const [oidc, plainOAuth] = await Promise.all([discover('oidc'), discover('oauth2')]);
  for (const name of ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'revocation_endpoint', 'introspection_endpoint']) {
    assert.equal(oidc[name], plainOAuth[name], name);
  }
  assert.ok(oidc.code_challenge_methods_supported.includes('S256') && !oidc.code_challenge_methods_supported.includes('plain'));
  assert.ok(oidc.dpop_signing_alg_values_supported.includes('ES256'));
  return oidc;
});

/** A whole flow: gives the tokens. */
async function flow(more, handle = DPoP) {
  const { verifier, state, nonce, parameters } = await fresh();
  const url = addressOf(server, client, { ...parameters, dpop_jkt: await handle.calculateThumbprint(), ...more });
  const callback = oauth.validateAuthResponse(server, client, await person.authorize(url, setting.redirect_uri), state);
  return withNonce(counter, async () => {
    const answer = await oauth.authorizationCodeGrantRequest(server, client, none, callback, setting.redirect_uri, verifier, { DPoP: handle, ...plain });
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, { expectedNonce: nonce, requireIdToken: true });
    await oauth.validateApplicationLevelSignature(server, answer, plain);
    return tokens;
  });
}

const tokens = await step('a code, a proof with a nonce, a signed ID token', async () => {
  const given = await flow({ scope: 'openid profile offline_access', prompt: 'consent' });
  assert.equal(given.token_type, 'dpop');
  assert.ok(counter.nonces > 0, 'no nonce was asked for');
  const claims = oauth.getValidatedIdTokenClaims(given);
  assert.ok(claims.sub.length > 0 && claims.sub.length <= 255);
  return given;
});
const { sub } = oauth.getValidatedIdTokenClaims(tokens);

await step('userinfo speaks of the same person', async () => {
  const told = await withNonce(counter, async () => {
    const answer = await oauth.userInfoRequest(server, client, tokens.access_token, { DPoP, ...plain });
    return oauth.processUserInfoResponse(server, client, sub, answer);
  });
  assert.equal(told.preferred_username, setting.person.username);
});

const refresh = (token, handle, more) =>
  withNonce(counter, async () => {
    const answer = await oauth.refreshTokenGrantRequest(server, client, none, token, { DPoP: handle, ...plain, ...more });
    return oauth.processRefreshTokenResponse(server, client, answer);
  });

await step('refresh a second later, with the key, and not with another', async () => {
  await seconds(1);
  const next = await refresh(tokens.refresh_token, DPoP);
  assert.equal(next.token_type, 'dpop');
  const other = oauth.DPoP(client, await oauth.generateKeyPair('ES256'));
  await refused(['invalid_grant', 'invalid_dpop_proof'], () => refresh(next.refresh_token, other));
  await refresh(next.refresh_token, DPoP);
});

await step('the proofs of Ed25519 are taken as well', async () => {
  const edwards = oauth.DPoP(client, await oauth.generateKeyPair('Ed25519'));
  assert.equal((await flow({ scope: 'openid' }, edwards)).token_type, 'dpop');
});

await step('an answer that was tampered with, or comes from elsewhere, is not taken', async () => {
  const { state, parameters } = await fresh();
  const callback = await person.authorize(addressOf(server, client, { ...parameters, scope: 'openid' }), setting.redirect_uri);
  assert.throws(() => oauth.validateAuthResponse(server, client, callback, `${state}x`), /state/);
  callback.searchParams.set('iss', 'https://evil.example');
  assert.throws(() => oauth.validateAuthResponse(server, client, callback, state), /iss/);
});

await step('a parameter that comes twice is refused', async () => {
  const { state, parameters } = await fresh();
  const url = addressOf(server, client, { ...parameters, scope: 'openid' });
  url.searchParams.append('scope', 'openid');
  const page = await person.open(url, { until: setting.redirect_uri });
  assert.ok(page.status === 400 || page.left?.searchParams.get('error') === 'invalid_request', `${page.status} ${page.left}`);
  if (page.left) assert.equal(page.left.searchParams.get('state'), state);
});
