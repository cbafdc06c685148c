// Pictures of the main pages for the documents: as a person sees them, not the whole length.

import path from 'node:path';
import { assert, at, browser, end, setting, signedIn, step } from './person.mjs';

const wide = { width: 1280, height: 820 };
const narrow = { width: 390, height: 780 };

async function picture(page, name) {
  await page.mouse.move(0, 0);
  const { length } = await page.screenshot({ path: path.join(setting.screenshots, `${name}.png`) });
  assert.ok(length < 200 * 1024, `${name}.png is larger than 200 KiB: ${length} bytes`);
}

for (const [name, viewport, colorScheme] of [['home', wide, 'light'], ['home-dark', wide, 'dark'], ['home-narrow', narrow, 'dark']]) {
  await step(name, async () => {
    const page = await signedIn('owner', { viewport, colorScheme });
    await page.goto(at('/dashboard'));
    await picture(page, name);
  });
}

await step('inspector', async () => {
  const page = await signedIn('owner', { viewport: wide, colorScheme: 'light' });
  await page.goto(at('/dashboard/inspect'));
  await page.locator('#token').fill(setting.tokens.hostile.token);
  await page.locator('#audience').selectOption(setting.audience);
  await page.locator('#method').selectOption('POST');
  await page.locator('#path').fill('/v1/orders');
  await page.locator('main [type=submit]').click();
  await page.locator('#verdict').waitFor();
  await picture(page, 'inspector');
});

await step('refusal', async () => {
  const page = await signedIn('owner', { viewport: wide, colorScheme: 'light' });
  await page.goto(at(`/dashboard/tokens/${setting.examples.tokens}`));
  // What was refused, and why, in the middle of the picture.
  await page.locator('main').getByText('How to fix it').first().evaluate((own) => own.scrollIntoView({ block: 'center' }));
  await picture(page, 'refusal');
});

await step('consent', async () => {
  const page = await signedIn('developer', { viewport: wide, colorScheme: 'light' });
  const query = new URLSearchParams({
    response_type: 'code', client_id: setting.examples.apps, redirect_uri: 'https://app.example.test/cb', scope: 'orders:read', state: 'x',
    resource: setting.audience, code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256',
  });
  await page.goto(at(`/oauth/authorize?${query}`));
  await page.locator('button[value=allow]').waitFor();
  await picture(page, 'consent');
});

// Pages of others, where they are there.
for (const [name, where] of [['tokens', '/dashboard/tokens'], ['token', `/dashboard/tokens/${setting.examples.tokens}`], ['approvals', '/dashboard/approvals'], ['people', '/dashboard/people'], ['new-token', '/dashboard/tokens/new']]) {
  await step(name, async () => {
    const page = await signedIn('owner', { viewport: wide, colorScheme: 'light' });
    const answer = await page.goto(at(where));
    assert.ok(answer.status() < 500);
    if (answer.status() === 200) await picture(page, name);
  });
}

await end();
