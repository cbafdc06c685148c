// A developer issues a token, copies it, uses it, sees why a call was refused, rotates it while somebody uses the old secret, and ends it.

import { assert, at, browser, end, isSound, setting, signedIn, step } from './person.mjs';

const page = await signedIn('developer');

async function call(token, method, path) {
  const answer = await fetch(at('/v1/verify'), {
    method: 'POST',
    headers: { authorization: `Bearer ${setting.owner_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ token, audience: setting.audience, method, path, client_ip: '192.0.2.7' }),
  });
  const { active, code } = await answer.json();
  return active ? 'ok' : code;
}

let token, address;

await step('a token is issued, says what it may do, and is shown once', async () => {
  await page.goto(at('/dashboard/tokens/new'));
  await page.locator('#name').fill('nightly report');
  await page.locator('button[value=preview]').click();
  const said = await page.locator('#said').innerText();
  assert.ok(said.startsWith('This personal access token can call GET /v1/orders/**'), said);
  await page.locator('button[value=issue]').click();
  token = await page.locator('[data-once] [data-copy-text]').innerText();
  assert.match(token, /^jtn_pat_[0-9A-Za-z]{61}$/);
  await isSound(page, 'the page with the token');
  await page.locator('.head-actions a').click();
  await page.waitForURL(/\/dashboard\/tokens\/[0-9A-Za-z]{12}$/);
  address = page.url();
  assert.ok(!address.includes(token));
  // A browser does not send a form again by itself: it says so instead of a page.
  const refused = await page.goBack().then(() => undefined, (fault) => fault);
  if (refused) {
    assert.ok(refused.message.includes('ERR_CACHE_MISS'), refused);
    // The browser's own page comes a moment later, and would come between the next one.
    await page.waitForURL(/^chrome-error:/);
  }
  const shown = await page.evaluate('document.documentElement.outerHTML').catch(() => '');
  assert.ok(!shown.includes(token), 'what was shown once is gone');
  browser.clean();
});

await step('a refusal says why and what to do', async () => {
  assert.equal(await call(token, 'GET', '/v1/orders/7'), 'ok');
  assert.equal(await call(token, 'POST', '/v1/orders'), 'insufficient_scope');
  await page.goto(address);
  await page.locator('main').getByText('How to fix it').first().waitFor();
  const here = await page.locator('main').innerText();
  assert.ok(here.includes('Issue a token that may orders:write, or add it to this one.') && !here.includes('`'), here);
  await page.locator('a[href^="/dashboard/decisions/dec_"]').first().click();
  const said = await page.locator('main').innerText();
  assert.ok(said.includes('Scope missing') && said.includes('Issue a token that may orders:write, or add it to this one.') && !said.includes('`'), said);
  browser.clean();
});

await step('a rotation shows who still uses the old secret', async () => {
  await page.goto(`${address}/rotate`);
  await page.locator('input[name=overlap][value=silent]').check();
  await page.locator('main [type=submit]').click();
  const fresh = await page.locator('[data-once] [data-copy-text]').innerText();
  assert.notEqual(fresh, token);
  assert.deepEqual([await call(token, 'GET', '/v1/orders/8'), await call(fresh, 'GET', '/v1/orders/8')], ['ok', 'ok']);
  await page.goto(address);
  const said = await page.locator('main').innerText();
  assert.ok(said.includes('The old secret still works') && said.includes('192.0.2.7'), said);
  await isSound(page, 'the page of a rotated token');
  await page.locator('a[href$="/end-overlap"]').click();
  await page.locator('main form [type=submit]').click();
  assert.deepEqual([await call(token, 'GET', '/v1/orders/8'), await call(fresh, 'GET', '/v1/orders/8')], ['revoked', 'ok']);
  token = fresh;
  browser.clean();
});

await step('a revoked token is dead before the page is there again', async () => {
  await page.goto(`${address}/revoke`);
  let seen;
  await page.route(/done=revoked/, async (route) => {
    seen = await call(token, 'GET', '/v1/orders/9');
    await route.continue();
  });
  await page.locator('main form [type=submit]').click();
  await page.waitForURL(/done=revoked/);
  assert.ok((await page.locator('main').innerText()).includes('Revoked'));
  assert.equal(seen ?? (await call(token, 'GET', '/v1/orders/9')), 'revoked');
  browser.clean();
});

await end();
