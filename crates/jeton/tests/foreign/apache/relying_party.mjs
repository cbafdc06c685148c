// Apache with mod_auth_openidc as relying party: a visitor is sent to sign in, comes back known, and signs out of both.

import { Person } from '../js/person.mjs';
import { assert, setting, step } from '../js/scenario.mjs';

const { site } = setting.apache;
const person = new Person(setting);

await step('a visitor who says no stays out', async () => {
  const page = await new Person(setting).visit(`${site}/app/`, 'deny');
  // The module's own page of errors is a 200.
  assert.deepEqual([page.url.pathname, page.headers['seen-user']], ['/callback', undefined]);
});

await step('a visitor is sent to sign in and comes back known', async () => {
  const page = await person.visit(`${site}/app/`);
  assert.deepEqual(person.met, ['sign-in', 'consent']);
  assert.equal(page.status, 200, page.body);
  assert.equal(page.url.href, `${site}/app/`);
  assert.equal(page.headers['seen-user'], setting.person.username);
  assert.equal(page.headers['seen-email'], setting.person.email);
  assert.ok(page.headers['seen-subject']);
});

await step('signing out of the site ends the session of both', async () => {
  const bye = `${site}/bye/`;
  const left = await person.logout(`${site}/callback?logout=${encodeURIComponent(bye)}`, bye);
  assert.equal(left.pathname ?? left.url?.pathname, '/bye/', `${left.status} ${left.body}`);
  await person.visit(`${site}/app/`);
  assert.ok(person.met.includes('sign-in'), `met ${person.met}`);
});
