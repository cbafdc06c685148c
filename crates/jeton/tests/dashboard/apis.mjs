// An operator adds an API by the form, with rows that come by the script and without it; edits it; and people and gates meet what was said.

import { assert, at, browser, end, isSound, setting, signedIn, step } from './person.mjs';

const AUDIENCE = 'https://parcels.example.test';
const BACK = 'https://parcels-app.example.test/back';

const manage = (method, path, body) => fetch(at(path), {
  method,
  headers: { authorization: `Bearer ${setting.owner_token}`, 'content-type': 'application/json' },
  body: body && JSON.stringify(body),
}).then((answer) => answer.json());

const page = await signedIn('operator');
/** A field of a row. */
const field = (own, name) => own.locator(`[name="${name}"]`);
let api;

await step('a row more comes in its place, and what is wrong stands at its field', async () => {
  await page.goto(at('/dashboard/apis/new'));
  await page.locator('#name').fill('Parcels');
  await page.locator('#audience').fill(AUDIENCE);
  await field(page, 'scope.0.name').fill('parcels:read');
  await field(page, 'scope.0.words').fill('See where your parcels are');
  await page.locator('button[data-more=scope-rows]').click();
  assert.equal(await page.evaluate('document.activeElement.name'), 'scope.1.name');
  await field(page, 'scope.1.name').fill('parcels send');
  await field(page, 'scope.1.kind').selectOption('sensitive');
  await field(page, 'route.0.pattern').fill('GET /v1/parcels/**');
  await field(page, 'route.0.scopes').fill('parcels:read');
  await field(page, 'limit.0.per').selectOption('subject');
  await field(page, 'limit.0.requests').fill('3');
  await field(page, 'limit.0.seconds').fill('3600');
  await isSound(page, 'the form of an API');
  await page.locator('main .actions [type=submit]').click();
  await page.locator('[id="scope.1.name-fault"]').waitFor();
  assert.equal(await page.evaluate('document.activeElement.name'), 'scope.1.name', 'the page begins at what is wrong');
  assert.equal(await field(page, 'scope.1.kind').inputValue(), 'sensitive');
  await isSound(page, 'the form of an API with a fault');
  await field(page, 'scope.1.name').fill('parcels:send');
  // Enter saves, and adds no row.
  await field(page, 'scope.1.name').press('Enter');
  await page.waitForURL(/\/dashboard\/apis\/api_[0-9A-Za-z]{12}\?done=added/);
  api = page.url().match(/api_[0-9A-Za-z]{12}/)[0];
  const said = await page.locator('main').innerText();
  assert.ok(said.includes('3 calls in 3,600 s for each subject') && said.includes('See where your parcels are'), said);
  await isSound(page, 'the page of an API');
});

await step('without a script a row more comes with the page', async () => {
  const plain = await signedIn('owner', { javaScriptEnabled: false, viewport: { width: 360, height: 700 } });
  await plain.goto(at(`/dashboard/apis/${api}/edit`));
  assert.equal(await field(plain, 'scope.2.name').count(), 0);
  await field(plain, 'scope.0.words').fill('Follow your parcels');
  await plain.locator('button[data-more=scope-rows]').click();
  await field(plain, 'scope.2.name').fill('parcels:list');
  await field(plain, 'scope.2.kind').selectOption('public');
  assert.equal(await field(plain, 'scope.0.words').inputValue(), 'Follow your parcels', 'what was typed stays');
  await plain.locator('main .actions [type=submit]').click();
  await plain.waitForURL(/done=saved/);
  const { scopes, limits } = await manage('GET', `/v1/apis/${api}`);
  assert.deepEqual(scopes.map(({ scope, public: open }) => [scope, open]), [['parcels:read', false], ['parcels:send', false], ['parcels:list', true]]);
  assert.equal(limits[0].requests, 3);
});

await step('people read it at consent, programs in the metadata, and the gate keeps to the limit', async () => {
  const document = await fetch(at(`/.well-known/oauth-protected-resource/${api}`)).then((answer) => answer.json());
  assert.ok(document.scopes_supported.includes('parcels:list'), JSON.stringify(document.scopes_supported));
  const app = await manage('POST', '/v1/clients', { metadata: { client_name: 'Parcel app', redirect_uris: [BACK], scope: 'parcels:read' }, approve: true });
  const query = new URLSearchParams({
    response_type: 'code', client_id: app.client_id, redirect_uri: BACK, scope: 'parcels:read', state: 'x', resource: AUDIENCE,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256',
  });
  await page.goto(at(`/oauth/authorize?${query}`));
  const asked = await page.locator('main').innerText();
  assert.ok(asked.includes('Follow your parcels'), asked);
  const { token } = await manage('POST', '/v1/tokens', { kind: 'svc', name: 'parcels', audience: [AUDIENCE], scopes: ['parcels:read'] });
  const codes = [];
  for (let call = 0; call < 4; call += 1) {
    const { code } = await manage('POST', '/v1/verify', { token, audience: AUDIENCE, method: 'GET', path: '/v1/parcels/7' });
    codes.push(code);
  }
  assert.deepEqual(codes, ['ok', 'ok', 'ok', 'rate_limited']);
});

await end();
