// `openid-client`: code with PKCE, ID token, userinfo, one sign-in for all, denial, `prompt`, `max_age`, code replay, a wrong verifier.

import * as client from 'openid-client';
import { Person } from '../js/person.mjs';
import { assert, refused, setting, step } from '../js/scenario.mjs';
import { configurationOf, fresh, signIn } from './configuration.mjs';

const SCOPE = 'openid profile email';
const person = new Person(setting);
const { client_id: clientId } = setting.clients.web;

const web = await step('discovery', () => configurationOf('web'));

await step('the metadata tells what a strict client looks for', () => {
  const metadata = web.serverMetadata();
  assert.equal(metadata.issuer, setting.issuer);
  assert.ok(metadata.supportsPKCE('S256'), 'S256 is not announced');
  assert.equal(metadata.authorization_response_iss_parameter_supported, true);
  assert.ok(metadata.id_token_signing_alg_values_supported.includes('RS256'));
});

await step('a code with PKCE gives tokens and an ID token for this client and this sign-in', async () => {
  const { checks, parameters } = await fresh();
  const url = client.buildAuthorizationUrl(web, { ...parameters, scope: SCOPE });
  const callback = await person.authorize(url, setting.redirect_uri);
  assert.deepEqual(person.met, ['sign-in', 'consent']);
  assert.equal(callback.searchParams.get('iss'), setting.issuer);
  const tokens = await client.authorizationCodeGrant(web, callback, checks);
  assert.equal(tokens.token_type, 'bearer');
  assert.ok(tokens.expiresIn() > 0);
  const claims = tokens.claims();
  assert.deepEqual([claims.iss, [claims.aud].flat(), claims.nonce], [setting.issuer, [clientId], checks.expectedNonce]);
  const told = await client.fetchUserInfo(web, tokens.access_token, claims.sub);
  assert.deepEqual([told.sub, told.email, told.preferred_username], [claims.sub, setting.person.email, setting.person.username]);
});

await step('the next sign-in asks for nothing', async () => {
  const { checks, parameters } = await fresh();
  const callback = await person.authorize(client.buildAuthorizationUrl(web, { ...parameters, scope: SCOPE, prompt: 'none' }), setting.redirect_uri);
  assert.deepEqual(person.met, []);
  const tokens = await client.authorizationCodeGrant(web, callback, checks);
  assert.ok(tokens.claims().sub);
});

await step('a wrong verifier is refused', async () => {
  const { checks, parameters } = await fresh();
  const callback = await person.authorize(client.buildAuthorizationUrl(web, { ...parameters, scope: SCOPE }), setting.redirect_uri);
  await refused('invalid_grant', () => client.authorizationCodeGrant(web, callback, { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() }));
});

await step('without PKCE there is no code', async () => {
  const { checks, parameters } = await fresh();
  delete parameters.code_challenge;
  delete parameters.code_challenge_method;
  const callback = await person.authorize(client.buildAuthorizationUrl(web, { ...parameters, scope: SCOPE }), setting.redirect_uri);
  await refused('invalid_request', () => client.authorizationCodeGrant(web, callback, checks));
});

await step('`prompt=login` asks for the password again', async () => {
  const before = (await signIn(web, person, { scope: SCOPE, max_age: '3600' })).claims();
  const { checks, parameters } = await fresh();
  const callback = await person.authorize(client.buildAuthorizationUrl(web, { ...parameters, scope: SCOPE, prompt: 'login' }), setting.redirect_uri);
  assert.ok(person.met.includes('sign-in'), `met ${person.met}`);
  const after = (await client.authorizationCodeGrant(web, callback, { ...checks, maxAge: 60 })).claims();
  assert.equal(after.sub, before.sub);
  assert.ok(after.auth_time >= before.auth_time);
});

await step('`prompt=none` without a session is refused at the redirect address', async () => {
  const { checks, parameters } = await fresh();
  const url = client.buildAuthorizationUrl(web, { ...parameters, scope: SCOPE, prompt: 'none' });
  const callback = await new Person(setting).authorize(url, setting.redirect_uri);
  assert.equal(callback.searchParams.get('iss'), setting.issuer);
  await refused('login_required', () => client.authorizationCodeGrant(web, callback, checks));
});

await step('a person who says no is believed', async () => {
  const { checks, parameters } = await fresh();
  const url = client.buildAuthorizationUrl(web, { ...parameters, scope: SCOPE, prompt: 'consent' });
  const callback = await person.authorize(url, setting.redirect_uri, 'deny');
  assert.deepEqual([callback.searchParams.get('state'), callback.searchParams.get('iss')], [checks.expectedState, setting.issuer]);
  await refused('access_denied', () => client.authorizationCodeGrant(web, callback, checks));
});

await step('`form_post` brings the same', async () => {
  const { checks, parameters } = await fresh();
  const url = client.buildAuthorizationUrl(web, { ...parameters, scope: SCOPE, response_mode: 'form_post' });
  const posted = await person.authorize(url, setting.redirect_uri);
  assert.ok(person.met.includes('form_post'), `met ${person.met}`);
  assert.ok((await client.authorizationCodeGrant(web, posted, checks)).id_token);
});

await step('a redirect address that is not registered is never led to', async () => {
  const { parameters } = await fresh();
  for (const other of [`${setting.redirect_uri}/`, `${setting.redirect_uri}?a=b`, setting.redirect_uri.replace('/callback', '/callback/../evil'), 'https://evil.example/callback']) {
    const page = await new Person(setting).open(client.buildAuthorizationUrl(web, { ...parameters, redirect_uri: other, scope: SCOPE }), { until: other });
    assert.equal(page.left, undefined, `led to ${other}`);
    assert.equal(page.status, 400, `${other}: ${page.status}`);
  }
});

await step('another port of a loopback address is the same for a native app', async () => {
  const native = await configurationOf('native');
  const { checks, parameters } = await fresh();
  const redirect = 'http://127.0.0.1:49321/callback';
  const callback = await person.authorize(client.buildAuthorizationUrl(native, { ...parameters, redirect_uri: redirect, scope: 'openid' }), redirect);
  assert.equal(callback.port, '49321');
  assert.ok((await client.authorizationCodeGrant(native, callback, checks)).id_token);
});

await step('a code that is used twice takes its tokens with it', async () => {
  const { checks, parameters } = await fresh();
  const callback = await person.authorize(client.buildAuthorizationUrl(web, { ...parameters, scope: SCOPE }), setting.redirect_uri);
  const tokens = await client.authorizationCodeGrant(web, callback, checks);
  await client.fetchUserInfo(web, tokens.access_token, tokens.claims().sub);
  await refused('invalid_grant', () => client.authorizationCodeGrant(web, callback, checks));
  const headers = { authorization: `Bearer ${tokens.access_token}` };
  assert.equal((await fetch(web.serverMetadata().userinfo_endpoint, { headers })).status, 401);
});
