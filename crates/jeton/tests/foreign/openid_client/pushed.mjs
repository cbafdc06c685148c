// `openid-client`: pushed requests (RFC 9126) by a client with its own key, bound by DPoP with the server's nonces (RFC 9449), at the
// token endpoint, at userinfo and at the API.

import * as client from 'openid-client';
import { Person } from '../js/person.mjs';
import { assert, refused, setting, step } from '../js/scenario.mjs';
import { configurationOf, countingNonces, fresh } from './configuration.mjs';

const person = new Person(setting);
const counter = countingNonces();
const bank = await step('discovery', () => configurationOf('pusher', { fetch: counter.fetch }));
const keyPair = await client.randomDPoPKeyPair('ES256');
const DPoP = client.getDPoPHandle(bank, keyPair);

/** A whole flow by a pushed request: gives what it came to. */
async function pushed(more = {}) {
  const { checks, parameters } = await fresh();
  const url = await client.buildAuthorizationUrlWithPAR(bank, { ...parameters, scope: 'openid', ...more }, { DPoP });
  return { checks, url, parameters };
}

await step('a pushed request says nothing in the address', async () => {
  const { url } = await pushed();
  assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request_uri']);
  assert.match(url.searchParams.get('request_uri'), /^urn:ietf:params:oauth:request_uri:/);
});

const { tokens, used } = await step('code, DPoP with a nonce, tokens bound to the key', async () => {
  const { checks, url } = await pushed();
  const callback = await person.authorize(url, setting.redirect_uri);
  const given = await client.authorizationCodeGrant(bank, callback, checks, undefined, { DPoP });
  assert.equal(given.token_type, 'dpop');
  assert.ok(counter.nonces > 0, 'no nonce was asked for');
  return { tokens: given, used: url };
});

await step('userinfo takes the token with its key only', async () => {
  const subject = tokens.claims().sub;
  const told = await client.fetchUserInfo(bank, tokens.access_token, subject, { DPoP });
  assert.equal(told.sub, subject);
  const other = client.getDPoPHandle(bank, await client.randomDPoPKeyPair('ES256'));
  await assert.rejects(client.fetchUserInfo(bank, tokens.access_token, subject, { DPoP: other }), ({ status, cause }) => (status ?? cause?.[0]?.status ?? 401) === 401);
  const endpoint = bank.serverMetadata().userinfo_endpoint;
  for (const scheme of ['Bearer', 'DPoP']) {
    const answer = await fetch(endpoint, { headers: { authorization: `${scheme} ${tokens.access_token}` } });
    assert.ok([400, 401].includes(answer.status), `${scheme} without a proof gave ${answer.status}`);
  }
});

await step('a request address is good for one sign-in', async () => {
  const page = await person.open(used, { until: setting.redirect_uri });
  const error = page.left?.searchParams.get('error');
  assert.ok(page.status === 400 || error === 'invalid_request_uri' || error === 'invalid_request', `${page.status} ${page.left}`);
});

await step('what must be pushed is not taken from the address', async () => {
  const { parameters } = await fresh();
  const page = await person.open(client.buildAuthorizationUrl(bank, { ...parameters, scope: 'openid' }), { until: setting.redirect_uri });
  assert.ok(page.status === 400 || page.left?.searchParams.get('error') === 'invalid_request', `${page.status} ${page.left}`);
});

await step('a code is of no use with another key than was pushed', async () => {
  const { checks, url } = await pushed();
  const callback = await person.authorize(url, setting.redirect_uri);
  const other = client.getDPoPHandle(bank, await client.randomDPoPKeyPair('ES256'));
  await refused(['invalid_grant', 'invalid_dpop_proof'], () => client.authorizationCodeGrant(bank, callback, checks, undefined, { DPoP: other }));
});

await step('a client that must bind its tokens gets none without a proof', async () => {
  const { checks, parameters } = await fresh();
  const url = await client.buildAuthorizationUrlWithPAR(bank, { ...parameters, scope: 'openid' });
  const callback = await person.authorize(url, setting.redirect_uri);
  await refused(['invalid_grant', 'invalid_dpop_proof', 'invalid_request'], () => client.authorizationCodeGrant(bank, callback, checks));
});

await step('a request address does not lead to another', async () => {
  await refused(['invalid_request', 'request_uri_not_supported'], async () => {
    const { url } = await pushed();
    return client.buildAuthorizationUrlWithPAR(bank, { request_uri: url.searchParams.get('request_uri') }, { DPoP });
  });
});

if (setting.api.url) {
  await step('the API takes the token with its key only', async () => {
    const { checks, url } = await pushed({ scope: 'openid orders:read', resource: setting.api.audience });
    const callback = await person.authorize(url, setting.redirect_uri);
    const { access_token: token } = await client.authorizationCodeGrant(bank, callback, checks, { resource: setting.api.audience }, { DPoP });
    const api = new URL(setting.api.url);
    assert.equal((await client.fetchProtectedResource(bank, token, api, 'GET', undefined, undefined, { DPoP })).status, 200);
    assert.equal((await fetch(api, { headers: { authorization: `Bearer ${token}` } })).status, 401);
  });
}
