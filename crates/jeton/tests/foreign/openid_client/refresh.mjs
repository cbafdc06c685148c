// `openid-client`: refresh: a second after the exchange, narrower, never wider, by nobody else, again within the grace, and many at once.

import * as client from 'openid-client';
import { Person } from '../js/person.mjs';
import { assert, differs, refused, seconds, setting, step } from '../js/scenario.mjs';
import { configurationOf, signIn } from './configuration.mjs';

const [READ, WRITE] = setting.api.scopes;
const person = new Person(setting);
const native = await step('discovery', () => configurationOf('native'));
const resource = setting.api.audience;
const order = { scope: `openid offline_access ${READ} ${WRITE}`, resource, prompt: 'consent' };

const first = await step('`offline_access` brings a refresh token', async () => {
  const tokens = await signIn(native, person, order);
  assert.ok(tokens.refresh_token);
  return tokens;
});

const second = await step('one second after the exchange it is taken', async () => {
  await seconds(1);
  const tokens = await client.refreshTokenGrant(native, first.refresh_token);
  assert.notEqual(tokens.access_token, first.access_token);
  assert.ok(tokens.refresh_token && tokens.refresh_token !== first.refresh_token, 'a public client keeps its refresh token');
  return tokens;
});

await step('without `resource` the token is for what it was for', async () => {
  const tokens = await client.refreshTokenGrant(native, second.refresh_token);
  const seen = await client.tokenIntrospection(await configurationOf('reader'), tokens.access_token);
  assert.equal(seen.active, true);
  assert.ok([seen.aud].flat().includes(resource), `for ${seen.aud}`);
  second.refresh_token = tokens.refresh_token;
});

await step('fewer scopes may be asked for, and all of them again', async () => {
  const narrow = await client.refreshTokenGrant(native, second.refresh_token, { scope: READ });
  assert.equal(narrow.scope, READ);
  const wide = await client.refreshTokenGrant(native, narrow.refresh_token);
  assert.ok((wide.scope ?? order.scope).split(' ').includes(WRITE), `lost: ${wide.scope}`);
  second.refresh_token = wide.refresh_token;
});

await step('more than was granted is refused', async () => {
  await refused('invalid_scope', () => client.refreshTokenGrant(native, second.refresh_token, { scope: `${READ} profile` }));
});

await step('another client has no use for it', async () => {
  const web = await configurationOf('web');
  await refused('invalid_grant', () => client.refreshTokenGrant(web, second.refresh_token));
});

if (!differs('oracle')) {
  await step('a lost answer is given again', async () => {
    const given = await client.refreshTokenGrant(native, second.refresh_token);
    const again = await client.refreshTokenGrant(native, second.refresh_token);
    assert.equal(again.refresh_token, given.refresh_token);
    assert.equal((await client.refreshTokenGrant(native, again.refresh_token)).token_type, 'bearer');
  });

  await step('sixty-four at once are one refresh', async () => {
    const { refresh_token: token } = await signIn(native, person, order);
    const all = await Promise.all(Array.from({ length: 64 }, () => client.refreshTokenGrant(native, token)));
    assert.equal(new Set(all.map(({ refresh_token: next }) => next)).size, 1);
    assert.ok((await client.refreshTokenGrant(native, all[0].refresh_token)).access_token);
  });
}

await step('an old refresh token ends the family, once the grace is over', async () => {
  const { refresh_token: stolen } = await signIn(native, person, order);
  let last = await client.refreshTokenGrant(native, stolen);
  last = await client.refreshTokenGrant(native, last.refresh_token);
  if (!differs('oracle')) await seconds(setting.refresh_grace_seconds + 1);
  await refused('invalid_grant', () => client.refreshTokenGrant(native, stolen));
  await refused('invalid_grant', () => client.refreshTokenGrant(native, last.refresh_token));
});
