// An operator decides about what a developer wants (part of what a new app asks for, then a change of where it sends people), stops an
// app and lets it go on, and takes many tokens back at once.

import { assert, at, browser, end, isSound, setting, signedIn, step } from './person.mjs';

const BACK = 'https://labels.example.test/back';
const ELSEWHERE = 'https://elsewhere.example.test/back';
const MANY = 120;

async function manage(method, path, body) {
  const answer = await fetch(at(path), {
    method,
    headers: { authorization: `Bearer ${setting.owner_token}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  return answer.json();
}

async function call(token) {
  const question = { token, audience: setting.audience, method: 'GET', path: '/v1/orders/7' };
  const { active, code } = await manage('POST', '/v1/verify', question);
  return active ? 'ok' : code;
}

const codes = async (tokens) => [...new Set(await Promise.all(tokens.map(call)))];
const said = (page) => page.locator('main').innerText();

const developer = await signedIn('developer');
const operator = await signedIn('operator');
let app, id;

/** Opens the app that waits, by the inbox. */
async function open(what) {
  await operator.goto(at('/dashboard/approvals'));
  const row = operator.locator('tr', { has: operator.locator(`a[href="/dashboard/approvals/${id}"]`) });
  assert.ok((await row.innerText()).includes(what), await row.innerText());
  await isSound(operator, 'the inbox');
  await row.locator('a').click();
  await operator.waitForURL(at(`/dashboard/approvals/${id}`));
  await isSound(operator, `a page to decide on: ${what}`);
}

await step('an app is registered and waits', async () => {
  await developer.goto(at('/dashboard/apps/new'));
  await developer.locator('#client_name').fill('Label printer');
  await developer.locator('#redirect_uris').fill(BACK);
  await developer.locator('#purpose').fill('Prints labels for parcels.');
  await developer.locator('input[value="orders:read"]').check();
  await developer.locator('input[value="orders:write"]').check();
  await developer.locator('main [type=submit]').click();
  await developer.waitForURL(/\/dashboard\/apps\/app_/);
  id = developer.url().match(/app_[0-9A-Za-z]{12}/)[0];
  browser.clean();
});

await step('an operator reads why, and approves part of it', async () => {
  await open('New app');
  const text = await said(operator);
  assert.ok(text.includes('Prints labels for parcels.') && text.includes(BACK) && text.includes('dan'), text);
  await operator.locator('input[name=scopes][value="orders:write"]').uncheck();
  await operator.getByRole('button', { name: 'Approve', exact: true }).click();
  await operator.waitForURL(/done=approved/);
  app = await manage('GET', `/v1/clients/${id}`);
  assert.deepEqual([app.state, app.metadata.scope], ['approved', 'openid orders:read']);
  await developer.goto(at(`/dashboard/apps/${id}`));
  const told = await said(developer);
  assert.ok(told.includes('Approved') && !told.includes('orders:write'), told);
  browser.clean();
});

await step('an app is stopped on its own page, and goes on', async () => {
  await operator.goto(at(`/dashboard/apps/${id}`));
  await isSound(operator, 'the page of an app with what can be decided');
  await operator.locator('#why').fill('Seen where it should not be.');
  await operator.getByRole('button', { name: 'Suspend the app' }).click();
  await operator.waitForURL(at(`/dashboard/apps/${id}?done=suspended`));
  await developer.goto(at(`/dashboard/apps/${id}`));
  const told = await said(developer);
  assert.ok(told.includes('Suspended') && told.includes('Seen where it should not be.'), told);
  assert.equal(await developer.getByRole('button', { name: 'Resume the app' }).count(), 0, 'its developer cannot');
  await operator.getByRole('button', { name: 'Resume the app' }).click();
  await operator.waitForURL(at(`/dashboard/apps/${id}?done=resumed`));
  assert.equal((await manage('GET', `/v1/clients/${id}`)).state, 'approved');
  browser.clean();
});

await step('where it sends people waits again: what comes and what goes is told apart, and it is refused with words', async () => {
  await developer.goto(at(`/dashboard/apps/${id}/edit`));
  await developer.locator('#redirect_uris').fill(ELSEWHERE);
  await developer.locator('main [type=submit]').first().click();
  await developer.getByText('A change waits for approval').waitFor();
  await open('Change of an approved app');
  for (const [address, what] of [[ELSEWHERE, 'new'], [BACK, 'goes']]) {
    const line = await operator.locator('li', { has: operator.locator(`code:text-is("${address}")`) }).innerText();
    assert.ok(line.toLowerCase().includes(what), `${address}: ${line}`);
  }
  await operator.locator('form[action$="/reject"] textarea').fill('Not an address of yours.');
  await operator.locator('form[action$="/reject"] [type=submit]').click();
  await operator.waitForURL(/done=rejected/);
  app = await manage('GET', `/v1/clients/${id}`);
  assert.deepEqual([app.state, app.metadata.redirect_uris], ['approved', [BACK]]);
  await developer.goto(at(`/dashboard/apps/${id}`));
  const told = await said(developer);
  assert.ok(told.includes('Not an address of yours.') && !told.includes(ELSEWHERE), told);
  await operator.goto(at('/dashboard/approvals'));
  assert.equal(await operator.locator(`a[href="/dashboard/approvals/${id}"]`).count(), 0, 'nothing of it waits');
  browser.clean();
});

await step('the pages about a person tell of apps and refusals, and so does home', async () => {
  const { id: person } = setting.people.developer;
  await operator.goto(at(`/dashboard/people/${person}`));
  assert.ok((await said(operator)).includes('Label printer'), 'the app of that person');
  await isSound(operator, 'the page of a person');
  await operator.goto(at(`/dashboard/subjects/${person}`));
  const told = await said(operator);
  assert.ok(told.includes('POST /v1/orders') && told.includes('Issue a token that may orders:write, or add it to this one.'), told);
  await isSound(operator, 'the page of a subject');
  await developer.goto(at('/dashboard'));
  const own = await said(developer);
  assert.ok(own.includes('Label printer') && own.includes('Issue a token that may orders:write, or add it to this one.'), own);
  await isSound(developer, 'home of a developer');
  browser.clean();
});

await step('tokens that a search finds are counted, and dead as soon as the page says so', async () => {
  const order = (number, subject) => ({ kind: 'svc', name: `courier ${number}`, subject, audience: [setting.audience], scopes: ['orders:read'] });
  const issue = async (number, subject = 'courier') => (await manage('POST', '/v1/tokens', order(number, subject))).token;
  const tokens = await Promise.all(Array.from({ length: MANY }, (_, number) => issue(number)));
  const other = await issue(MANY, 'courier/other');
  assert.equal(await call(tokens[0]), 'ok');
  await operator.goto(at('/dashboard/tokens'));
  await operator.locator('#q').fill('courier');
  await operator.locator('#kind').selectOption('svc');
  await operator.locator('form[role=search] [type=submit]').click();
  await operator.getByText('Revoke what is found').click();
  await operator.waitForURL(/\/dashboard\/tokens\/revoke\?/);
  // Uses are written every few seconds.
  const figures = async () => (await operator.locator('.figure .value').allInnerTexts()).join(' of ');
  const patience = Date.now() + 20_000;
  while ((await figures()) !== `${MANY} of 1` && Date.now() < patience) await operator.reload();
  assert.equal(await figures(), `${MANY} of 1`);
  await isSound(operator, 'the preview of many');
  await operator.locator('#typed').fill(`${MANY - 1}`);
  await operator.getByRole('button', { name: 'Revoke them' }).click();
  assert.ok((await said(operator)).includes('must be the number of tokens that are found'));
  assert.deepEqual(await codes(tokens), ['ok']);
  await operator.locator('#typed').fill(`${MANY}`);
  await operator.getByRole('button', { name: 'Revoke them' }).click();
  await operator.waitForURL(/\/dashboard\/tokens\/revoke\/[^?]+$/);
  await operator.getByText(`Done: ${MANY} of ${MANY}`).waitFor();
  assert.deepEqual(await codes(tokens), ['revoked'], 'all are refused once the page says so');
  await isSound(operator, 'the page of a run');
  assert.equal(await call(other), 'ok');
  browser.clean();
});

await step('all of a subject is ended by one change', async () => {
  const left = await Promise.all([1, 2].map(() => manage('POST', '/v1/tokens', { kind: 'svc', name: 'left', subject: 'courier/other', audience: [setting.audience], scopes: ['orders:read'] })));
  const tokens = left.map((one) => one.token);
  assert.deepEqual(await codes(tokens), ['ok']);
  await operator.goto(at('/dashboard/tokens/revoke?subject=courier%2Fother'));
  assert.ok((await said(operator)).includes('All at once'));
  await isSound(operator, 'the preview of what can be cut');
  await operator.locator('#typed').fill('3');
  await operator.getByRole('button', { name: 'Revoke them' }).click();
  await operator.waitForURL(/done=cut/);
  assert.deepEqual(await codes(tokens), ['revoked']);
  assert.ok((await said(operator)).includes('Ended at once'));
  const { items } = await manage('GET', '/v1/revocations');
  assert.deepEqual([items[0].what, items[0].value], ['subject', 'courier/other'], JSON.stringify(items[0]));
  await operator.goto(at('/dashboard/tokens/revoke'));
  assert.ok((await said(operator)).includes('q=courier'), 'the run is listed');
  await isSound(operator, 'the list of runs');
  browser.clean();
});

await end();
