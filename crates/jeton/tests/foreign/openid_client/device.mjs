// `openid-client`: the device grant (RFC 8628): a code that is typed, a code in the address, a person who says no.

import * as client from 'openid-client';
import { Person } from '../js/person.mjs';
import { assert, refused, setting, step } from '../js/scenario.mjs';
import { configurationOf } from './configuration.mjs';

const person = new Person(setting);
const tv = await step('discovery', () => configurationOf('tv'));
const begin = () => client.initiateDeviceAuthorization(tv, { scope: 'openid offline_access' });
// The library waits before it asks: the three ways are gone through at the same time.
const [typed, followed, denied] = await step('three devices show a code', () => Promise.all([begin(), begin(), begin()]));

await step('the codes are for people', () => {
  assert.match(typed.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-?[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
  assert.ok(typed.expires_in > 0 && typed.expires_in <= 1800);
  assert.ok(typed.verification_uri_complete.startsWith(typed.verification_uri));
  assert.equal(new Set([typed, followed, denied].map(({ device_code: code }) => code)).size, 3);
});

await step('one is typed as people type, and allowed', async () => {
  await person.device(typed.verification_uri, { userCode: ` ${typed.user_code.toLowerCase().replace('-', '')} ` });
  assert.equal(person.met[0] === 'sign-in' ? person.met[1] : person.met[0], 'code', `met ${person.met}`);
  assert.equal(person.met.at(-1), 'consent', `met ${person.met}`);
});

await step('one is followed, and still asked about', async () => {
  await person.device(followed.verification_uri_complete, { userCode: followed.user_code });
  assert.equal(person.met.at(-1), 'consent', `met ${person.met}`);
});

await step('one is denied', async () => {
  await person.device(denied.verification_uri, { userCode: denied.user_code, decision: 'deny' });
});

await step('a code that nobody was given is told to be wrong', async () => {
  const page = await person.device(typed.verification_uri, { userCode: 'BBBB-BBBB' });
  assert.ok(page.status < 500 && page.forms.some(({ fields }) => fields.some(({ name }) => name === 'user_code')), `${page.status}`);
});

await step('the devices hear what was decided', async () => {
  const [first, second] = await Promise.all([
    client.pollDeviceAuthorizationGrant(tv, typed),
    client.pollDeviceAuthorizationGrant(tv, followed),
    refused('access_denied', () => client.pollDeviceAuthorizationGrant(tv, denied)),
  ]);
  assert.equal(first.claims().sub, second.claims().sub);
  assert.ok(first.refresh_token && first.access_token !== second.access_token);
  await client.fetchUserInfo(tv, first.access_token, first.claims().sub);
});

await step('a device code is good once', () => refused('invalid_grant', () => client.pollDeviceAuthorizationGrant(tv, { ...typed, interval: 1 })));
