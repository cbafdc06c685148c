// `openid-client`: the request as a signed object (RFC 9101). What stands beside it in the address counts for nothing.

import * as client from 'openid-client';
import { Person } from '../js/person.mjs';
import { assert, setting, step } from '../js/scenario.mjs';
import { configurationOf, fresh, keyOf } from './configuration.mjs';

const person = new Person(setting);
const signed = await step('discovery', () => configurationOf('signed'));
const key = await keyOf('signed');

await step('a signed request gives a code', async () => {
  const { checks, parameters } = await fresh();
  const url = await client.buildAuthorizationUrlWithJAR(signed, { ...parameters, scope: 'openid' }, key);
  assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request']);
  const callback = await person.authorize(url, setting.redirect_uri);
  assert.ok((await client.authorizationCodeGrant(signed, callback, checks)).id_token);
});

await step('parameters beside the object are not looked at', async () => {
  const { checks, parameters } = await fresh();
  const url = await client.buildAuthorizationUrlWithJAR(signed, { ...parameters, scope: 'openid' }, key);
  url.searchParams.set('state', 'another');
  url.searchParams.set('redirect_uri', 'https://evil.example/callback');
  const callback = await person.authorize(url, setting.redirect_uri);
  assert.equal(callback.searchParams.get('state'), checks.expectedState);
});

/** Where a request that must fail led to: an error at the redirect address, or an error page. */
async function failed(url) {
  const page = await person.open(url, { until: setting.redirect_uri });
  return page.left ? page.left.searchParams.get('error') : `page ${page.status}`;
}

await step('an object that somebody else signed, or nobody, is refused', async () => {
  const { parameters } = await fresh();
  const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const forged = await client.buildAuthorizationUrlWithJAR(signed, { ...parameters, scope: 'openid' }, { key: privateKey, kid: key.kid });
  const good = await client.buildAuthorizationUrlWithJAR(signed, { ...parameters, scope: 'openid' }, key);
  const [, payload] = good.searchParams.get('request').split('.');
  const unsigned = new URL(good);
  unsigned.searchParams.set('request', `${Buffer.from('{"alg":"none","typ":"oauth-authz-req+jwt"}').toString('base64url')}.${payload}.`);
  const other = new URL(good);
  other.searchParams.set('client_id', setting.clients.web.client_id);
  for (const url of [forged, unsigned, other]) {
    assert.ok(['invalid_request_object', 'invalid_request', 'page 400'].includes(await failed(url)), `${await failed(url)}: ${url}`);
  }
});
