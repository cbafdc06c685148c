// `oauth4webapi`: the device grant step by step: pending, too fast, denied, allowed.

import * as oauth from 'oauth4webapi';
import { Person } from '../js/person.mjs';
import { assert, differs, refused, seconds, setting, step } from '../js/scenario.mjs';
import { clientOf, discover, plain } from './server.mjs';

const person = new Person(setting);
const client = clientOf('tv');
const none = oauth.None();
const server = await step('discovery', () => discover());

async function begin() {
  const answer = await oauth.deviceAuthorizationRequest(server, client, none, { scope: 'openid' }, plain);
  return oauth.processDeviceAuthorizationResponse(server, client, answer);
}

async function poll({ device_code: code }) {
  const answer = await oauth.deviceCodeGrantRequest(server, client, none, code, plain);
  return oauth.processDeviceCodeResponse(server, client, answer);
}

const begun = await step('a device shows a code', begin);

await step('while nobody decides, it is pending, and nobody may ask too often', async () => {
  await refused('authorization_pending', () => poll(begun));
  if (!differs('oracle')) await refused('slow_down', () => poll(begun));
});

await step('a person allows it, and the device hears of it in its time', async () => {
  await person.device(begun.verification_uri, { userCode: begun.user_code });
  await seconds((begun.interval ?? 5) + (differs('oracle') ? 0 : 5));
  const tokens = await poll(begun);
  assert.ok(oauth.getValidatedIdTokenClaims(tokens).sub);
});

await step('a denial is told at once', async () => {
  const denied = await begin();
  await person.device(denied.verification_uri_complete, { userCode: denied.user_code, decision: 'deny' });
  await refused('access_denied', () => poll(denied));
});

await step('a device code that nobody was given is refused', () => refused('invalid_grant', () => poll({ device_code: 'nonsense' })));
