// A developer registers an app; an operator approves it; it gets its secret once, signs somebody in, is refused for a scope, asks for more,
// gets it, and is disconnected.

import { assert, at, browser, end, isSound, setting, signedIn, step } from './person.mjs';

const BACK = 'https://slips.example.test/back';
// A PNG of one pixel.
const PICTURE = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const manage = (method, path, body) => fetch(at(path), {
  method,
  headers: { authorization: `Bearer ${setting.owner_token}`, 'content-type': 'application/json' },
  body: body && JSON.stringify(body),
}).then((answer) => answer.json());

async function call(token, method, path) {
  const { active, code } = await manage('POST', '/v1/verify', { token, audience: setting.audience, method, path });
  return active ? 'ok' : code;
}

const page = await signedIn('developer');
let app, secret;

async function approve() {
  const { version } = await manage('GET', `/v1/clients/${app}`);
  await manage('POST', `/v1/clients/${app}/approve`, { version });
}

/** Signs the developer in at the app; gives the tokens. */
async function connect(scope) {
  const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
  const query = new URLSearchParams({
    response_type: 'code', client_id: app, redirect_uri: BACK, scope, state: 'x', resource: setting.audience,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256',
  });
  let code;
  await page.route(`${BACK}**`, (route) => {
    code = new URL(route.request().url()).searchParams.get('code');
    return route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>back</title>' });
  });
  await page.goto(at(`/oauth/authorize?${query}`));
  const allow = page.locator('button[value=allow]');
  if (await allow.count()) {
    await isSound(page, 'the consent page');
    assert.equal(await page.locator('main img.logo').count(), 1, 'the picture is shown');
    await allow.click();
  }
  await page.waitForURL(`${BACK}**`);
  await page.unroute(`${BACK}**`);
  const answer = await fetch(at('/oauth/token'), {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${app}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: BACK, code_verifier: verifier }),
  });
  const tokens = await answer.json();
  assert.ok(tokens.access_token, JSON.stringify(tokens));
  return tokens.access_token;
}

await step('an app is registered and waits', async () => {
  await page.goto(at('/dashboard/apps/new'));
  await page.locator('#client_name').fill('Packing slips');
  await page.locator('#redirect_uris').fill(BACK);
  await page.locator('#purpose').fill('Prints packing slips.');
  await page.locator('input[value="orders:read"]').check();
  await page.locator('#logo').setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from(PICTURE, 'base64') });
  await page.locator('main [type=submit]').click();
  await page.waitForURL(/\/dashboard\/apps\/app_/);
  app = page.url().match(/app_[0-9A-Za-z]{12}/)[0];
  assert.ok((await page.locator('main').innerText()).includes('Waiting for approval'));
  await isSound(page, 'the page of an app that waits');
  browser.clean();
});

await step('approved, it gets its secret once', async () => {
  await approve();
  await page.goto(at(`/dashboard/apps/${app}/secret`));
  await page.locator('main [type=submit]').click();
  secret = await page.locator('[data-once] [data-copy-text]').innerText();
  assert.match(secret, /^jtn_cls_[0-9A-Za-z]{61}$/);
  await page.goto(at(`/dashboard/apps/${app}`));
  await page.goBack();
  assert.ok(!(await page.content()).includes(secret), 'what was shown once is gone');
  browser.clean();
});

await step('its token does what was allowed, and more once more is granted', async () => {
  const first = await connect('openid orders:read');
  assert.deepEqual([await call(first, 'GET', '/v1/orders/7'), await call(first, 'POST', '/v1/orders')], ['ok', 'insufficient_scope']);
  await page.goto(at(`/dashboard/apps/${app}/edit`));
  await page.locator('input[value="orders:write"]').check();
  await page.locator('main [type=submit]').first().click();
  await page.getByText('A change waits for approval').waitFor();
  await isSound(page, 'the page of an app with a change');
  await approve();
  const second = await connect('openid orders:read orders:write');
  assert.equal(await call(second, 'POST', '/v1/orders'), 'ok');
  await page.goto(at('/account/apps'));
  await page.locator('main form:has(input[name=client]) [type=submit]').first().click();
  await page.waitForURL(/done=/);
  assert.deepEqual([await call(first, 'GET', '/v1/orders/7'), await call(second, 'POST', '/v1/orders')], ['revoked', 'revoked']);
  browser.clean();
});

await end();
