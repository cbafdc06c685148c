// `openid-client`: RP-initiated logout: back to a registered address with the state, and the session is over.

import * as client from 'openid-client';
import { Person } from '../js/person.mjs';
import { assert, refused, setting, step } from '../js/scenario.mjs';
import { configurationOf, fresh, signIn } from './configuration.mjs';

const person = new Person(setting);
const web = await step('discovery', () => configurationOf('web'));
const back = setting.post_logout_redirect_uri;

await step('an address that is not registered is not led to', async () => {
  const tokens = await signIn(web, person, { scope: 'openid' });
  const evil = 'https://evil.example/bye';
  const page = await person.open(client.buildEndSessionUrl(web, { id_token_hint: tokens.id_token, post_logout_redirect_uri: evil }), { until: evil });
  assert.equal(page.left, undefined);
});

await step('logout leads back with the state', async () => {
  const tokens = await signIn(web, person, { scope: 'openid' });
  const url = client.buildEndSessionUrl(web, { id_token_hint: tokens.id_token, post_logout_redirect_uri: back, state: 'so long' });
  const left = await person.logout(url, back);
  assert.equal(left.searchParams?.get('state'), 'so long', `${left.status} ${left.body}`);
});

await step('the session is over', async () => {
  const { checks, parameters } = await fresh();
  const callback = await person.authorize(client.buildAuthorizationUrl(web, { ...parameters, scope: 'openid', prompt: 'none' }), setting.redirect_uri);
  await refused('login_required', () => client.authorizationCodeGrant(web, callback, checks));
});
