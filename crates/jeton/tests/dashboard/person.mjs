// Somebody at a browser that is watched: signs in, looks at pages, fills in forms. Every fault that a page makes is kept by the browser.

import axe from 'axe-core';
import { Browser, violations } from '../foreign/chromium/browser.mjs';
import { assert, setting, step } from '../foreign/js/scenario.mjs';

export { assert, setting, step };

/** A browser that is watched. */
export const browser = await Browser.start();

/** The whole address of a page. */
export const at = (path) => new URL(path, setting.issuer).href;

/** A window at which somebody of a role is signed in. */
export async function signedIn(role, options = {}) {
  const page = await browser.window({ viewport: { width: 1440, height: 900 }, ...options });
  // A name that became a script would ask something.
  page.on('dialog', (dialog) => {
    browser.faults.push(`${page.url()} runs a script of somebody's: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.goto(at('/sign-in'));
  const { username, password } = setting.people[role];
  await page.locator('input[name=username]').fill(username);
  await page.locator('input[name=password]').fill(password);
  await page.locator('form:has(input[name=password]) [type=submit]').click();
  await page.waitForURL(at('/dashboard'));
  return page;
}

/** Whether the page fits, and axe finds nothing. */
export async function isSound(page, what) {
  const isWide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
  assert.ok(!isWide, `${what} must be scrolled sideways`);
  if (!(await page.evaluate('typeof axe === "object"'))) await page.evaluate(axe.source);
  assert.deepEqual(await violations(page), [], `axe on ${what}`);
}

/** The end of a scenario: nothing was wrong with any page. */
export async function end() {
  browser.clean();
  await browser.own.close();
}
