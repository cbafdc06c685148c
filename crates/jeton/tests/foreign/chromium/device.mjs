// Headless Chromium at the device page: typed, confirmed, without JavaScript; and what a wrong code is told.

import * as oauth from 'oauth4webapi';
import { assert, differs, refused, seconds, setting, step } from '../js/scenario.mjs';
import { clientOf, discover, plain } from '../oauth4webapi/server.mjs';
import { Browser } from './browser.mjs';

const browser = await Browser.start();
const client = clientOf('tv');
const server = await step('discovery', () => discover());

async function begin() {
  const answer = await oauth.deviceAuthorizationRequest(server, client, oauth.None(), { scope: 'openid' }, plain);
  return oauth.processDeviceAuthorizationResponse(server, client, answer);
}

async function poll({ device_code: code }) {
  const answer = await oauth.deviceCodeGrantRequest(server, client, oauth.None(), code, plain);
  return oauth.processDeviceCodeResponse(server, client, answer);
}

async function signIn(page) {
  if (!(await page.locator('input[name=password]').count())) return false;
  await page.locator('input[name=username]').fill(setting.person.username);
  await page.locator('input[name=password]').fill(setting.person.password);
  await page.locator('form:has(input[name=password]) [type=submit]').click();
  return true;
}

/** Types the code, signed in before where the page wants it. */
async function enter(page, { verification_uri: address }, code) {
  await page.goto(address);
  await signIn(page);
  await browser.look(page, 'device');
  await page.locator('input[name=user_code]:not([type=hidden])').fill(code);
  await page.locator('form:has(input[name=user_code]) [type=submit]').click();
}

/** Answers whatever is asked, until nothing is. */
async function decide(page, decision) {
  const button = page.locator(`button[name=decision][value=${decision}]`);
  for (let steps = 0; steps < 5; steps += 1) {
    if (await button.count()) await button.click();
    else if (!(await signIn(page))) return;
  }
}

const begun = await step('a device shows a code', begin);

await step('a wrong code is told', async () => {
  const page = await browser.window();
  await enter(page, begun, 'BBBB-BBBB');
  await signIn(page);
  assert.equal(await page.locator('button[name=decision]').count(), 0);
  assert.ok(await page.locator('input[name=user_code]').count(), 'there is no second try');
  await browser.look(page, 'device-wrong');
  browser.clean();
});

await step('a code is typed, the device is named, and allowed, without JavaScript', async () => {
  const page = await browser.window({ javaScriptEnabled: false });
  await enter(page, begun, begun.user_code.toLowerCase());
  if (!differs('oracle')) await signIn(page);
  const said = await page.locator('main').innerText();
  assert.ok(said.includes(setting.clients.tv.client_name) && said.includes(begun.user_code), said);
  await browser.picture(page, 'device-confirm');
  await decide(page, 'allow');
  await browser.picture(page, 'device-done');
  await seconds(begun.interval ?? 5);
  assert.ok((await poll(begun)).access_token);
  browser.clean();
});

await step('a device that is denied hears of it', async () => {
  const other = await begin();
  const page = await browser.window();
  await enter(page, other, other.user_code);
  await decide(page, 'deny');
  await refused('access_denied', () => poll(other));
  browser.clean();
});

await browser.own.close();
