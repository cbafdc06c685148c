// Somebody finds the way about: by the navigation, by the menus alone on a small screen, without a script; is shown what the role may see;
// and inspects a token.

import { assert, at, browser, end, setting, signedIn, step } from './person.mjs';

const labels = (page, selector) => page.locator(`${selector} a`).evaluateAll((all) => all.map((one) => one.firstChild.textContent.trim()));

await step('the navigation leads to pages, and marks the one that is shown', async () => {
  const page = await signedIn('owner');
  const addresses = await page.locator('nav.side a').evaluateAll((all) => all.map((one) => one.getAttribute('href')));
  assert.ok(addresses.includes('/dashboard') && addresses.includes('/dashboard/inspect'), addresses);
  for (const address of addresses) {
    const answer = await page.goto(at(address));
    assert.equal(answer.status(), 200, address);
    assert.equal(await page.locator('nav.side a[aria-current=page]').getAttribute('href'), address);
  }
  browser.clean();
});

await step('a small screen has menus, without a script as well', async () => {
  for (const javaScriptEnabled of [true, false]) {
    const page = await signedIn('owner', { viewport: { width: 360, height: 780 }, javaScriptEnabled });
    assert.ok(!(await page.locator('nav.side').isVisible()));
    await page.locator('details.ways summary').click();
    await page.locator('details.ways a[href="/dashboard/inspect"]').click();
    await page.waitForURL(at('/dashboard/inspect'));
    await page.locator('details.own summary').click();
    await page.locator('details.own a[href="/sign-out"]').click();
    await page.locator('main form [type=submit]').click();
    assert.ok((await page.locator('main').innerText()).includes('signed out'));
  }
  browser.clean();
});

await step('a menu is closed by Escape, and the keyboard comes past the navigation', async () => {
  const page = await signedIn('owner');
  await page.locator('details.own summary').click();
  await page.keyboard.press('Escape');
  assert.ok(!(await page.locator('details.own nav').isVisible()));
  await page.goto(at('/dashboard'));
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.ok(await page.evaluate('document.activeElement.id === "main"'), 'the first link skips to the content');
  browser.clean();
});

await step('each role is shown what it may see', async () => {
  const developer = await labels(await signedIn('developer'), 'nav.side');
  const auditor = await labels(await signedIn('auditor'), 'nav.side');
  assert.ok(developer.includes('Home') && !developer.includes('Keys') && !developer.includes('People'), developer);
  assert.ok(auditor.length >= developer.length, auditor);
  browser.clean();
});

await step('home says what was refused, in the reader\'s own time', async () => {
  const page = await signedIn('developer', { timezoneId: 'Asia/Tokyo' });
  await page.locator('main').getByText('Scope missing').first().waitFor();
  const time = page.locator('main time').first();
  assert.ok((await time.getAttribute('title')).endsWith('UTC') && !(await time.innerText()).endsWith('UTC'));
  browser.clean();
});

await step('a token is inspected, and is nowhere in the page', async () => {
  const page = await signedIn('owner');
  const { token } = setting.tokens.hostile;
  await page.goto(at('/dashboard/inspect'));
  await page.locator('#token').fill(token);
  await page.locator('#audience').selectOption(setting.audience);
  await page.locator('#method').selectOption('POST');
  await page.locator('#path').fill('/v1/orders');
  await page.locator('main [type=submit]').click();
  await page.locator('#verdict').waitFor();
  const said = await page.locator('main').innerText();
  assert.ok(said.includes('Scope missing') && said.includes('onerror=alert'), said);
  assert.ok(!(await page.content()).includes(token) && !page.url().includes(token));
  browser.clean();
});

await end();
