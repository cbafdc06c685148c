// Headless Chromium at the pages of sign-in and consent: by mouse, by keyboard alone, without JavaScript; denial, a wrong password,
// `form_post`, no framing. The app is a native one, whose loopback address may have any port.

import * as oauth from 'oauth4webapi';
import { assert, setting, step } from '../js/scenario.mjs';
import { addressOf, clientOf, discover, plain } from '../oauth4webapi/server.mjs';
import { App, Browser } from './browser.mjs';

const app = await App.start();
const browser = await Browser.start();
const client = clientOf('native');
const server = await step('discovery', () => discover());
const [READ] = setting.api.scopes;

/** The address that signs in, and a check of what came back from there. */
async function order(more = {}) {
  const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()];
  const challenge = { code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' };
  const parameters = { response_type: 'code', redirect_uri: app.redirectUri, scope: `openid ${READ}`, resource: setting.api.audience, state, ...challenge };
  const take = async ({ parameters: came }) => {
    const callback = oauth.validateAuthResponse(server, client, came, state);
    const answer = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), callback, app.redirectUri, verifier, plain);
    return oauth.processAuthorizationCodeResponse(server, client, answer, { requireIdToken: true });
  };
  return { url: addressOf(server, client, { ...parameters, ...more }).href, take };
}

async function signIn(page, { password = setting.person.password } = {}) {
  await page.locator('input[name=username]').fill(setting.person.username);
  await page.locator('input[name=password]').fill(password);
  await page.locator('form:has(input[name=password]) [type=submit]').click();
}

const decide = (page, decision) => page.locator(`button[name=decision][value=${decision}]`).click();
const back = (page) => page.waitForURL(`${app.origin}/**`);

await step('a person signs in, allows, and the app has its code', async () => {
  const page = await browser.window();
  const { url, take } = await order();
  await page.goto(url);
  await browser.look(page, 'sign-in');
  await signIn(page);
  await page.locator('button[name=decision]').first().waitFor();
  await browser.look(page, 'consent');
  const said = await page.locator('main').innerText();
  assert.ok(said.includes(setting.clients.native.client_name), said);
  await decide(page, 'allow');
  await back(page);
  assert.ok((await take(app.back())).access_token);
  browser.clean();

  const again = await order();
  await page.goto(again.url);
  // Whoever is signed in stays so, and is asked about native apps each time (RFC 8252, section 8.6).
  await decide(page, 'allow');
  await back(page);
  assert.ok((await again.take(app.back())).access_token);
  browser.clean();
});

await step('a person says no', async () => {
  const page = await browser.window();
  await page.goto((await order()).url);
  await signIn(page);
  await decide(page, 'deny');
  await back(page);
  assert.equal(app.back().parameters.get('error'), 'access_denied');
  browser.clean();
});

await step('a wrong password is told, and signs nobody in', async () => {
  const page = await browser.window({ colorScheme: 'dark' });
  await page.goto((await order()).url);
  await signIn(page, { password: 'wrong' });
  await page.locator('[role=alert]:not([hidden])').waitFor();
  await browser.look(page, 'wrong-password');
  assert.equal(await page.locator('input[name=password]').inputValue(), '');
  await page.goto((await order()).url);
  assert.ok(await page.locator('input[name=password]').isVisible(), 'signed in with a wrong password');
  browser.clean();
});

/** Goes on by Tab until what has the focus fits. */
async function tabTo(page, selector) {
  for (let steps = 0; steps < 25; steps += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab never comes to ${selector}`);
}

await step('the keyboard alone will do', async () => {
  const page = await browser.window();
  const { url, take } = await order();
  await page.goto(url);
  await tabTo(page, 'input[name=username]');
  await page.keyboard.type(setting.person.username);
  await page.keyboard.press('Tab');
  await tabTo(page, 'input[name=password]');
  await page.keyboard.type(setting.person.password);
  await page.keyboard.press('Enter');
  await page.locator('button[name=decision]').first().waitFor();
  await tabTo(page, 'button[name=decision][value=allow]');
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(outline, 'none', 'the focus is not to be seen');
  await browser.picture(page, 'consent-focus');
  await page.keyboard.press('Enter');
  await back(page);
  assert.ok((await take(app.back())).access_token);
  browser.clean();
});

for (const javaScriptEnabled of [true, false]) {
  await step(`\`form_post\` comes back ${javaScriptEnabled ? 'by itself' : 'without JavaScript'}`, async () => {
    const page = await browser.window({ javaScriptEnabled });
    const { url, take } = await order({ response_mode: 'form_post' });
    await page.goto(url);
    await signIn(page);
    await decide(page, 'allow');
    if (!javaScriptEnabled) {
      await browser.picture(page, 'form-post');
      await page.locator('[type=submit]').first().click();
    }
    await back(page);
    const came = app.back();
    assert.equal(came.method, 'POST');
    assert.ok((await take(came)).access_token);
    browser.clean();
  });
}

await step('no other site can frame it', async () => {
  const page = await browser.window();
  await page.goto(`${app.origin}/frame?of=${encodeURIComponent((await order()).url)}`);
  const [, frame] = page.frames();
  assert.equal(await frame.locator('input').count().catch(() => 0), 0, 'the sign-in page stands in a frame');
  browser.faults.splice(0);
});

await step('an error is told to the person, not to an address that nobody registered', async () => {
  const page = await browser.window();
  const answer = await page.goto((await order({ redirect_uri: 'https://evil.example/callback' })).url);
  assert.deepEqual([answer.status(), new URL(page.url()).origin], [400, new URL(setting.issuer).origin]);
  await browser.look(page, 'error');
  browser.clean();
});

await browser.own.close();
app.server.close();
