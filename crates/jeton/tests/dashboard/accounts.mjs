// Who comes in, and how: the first owner by the link of `jeton init` with a passkey alone; somebody invited by mail; one-time passwords and
// recovery codes; a forgotten password; signing out everywhere. The passkeys are those of the browser's own virtual authenticator.

import { createHmac } from 'node:crypto';
import { Mailbox } from './mailbox.mjs';
import { assert, at, browser, end, isSound, setting, step } from './person.mjs';

const mailbox = await Mailbox.open(setting.mail_port);
const PASSWORD = 'plum orbit velvet canyon';

/** A window with an authenticator, which has no passkey yet. */
async function windowWithAuthenticator() {
  const page = await browser.window();
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', { options });
  page.credentials = async () => (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
  return page;
}

/** The one-time password of a secret, some steps of thirty seconds from now (RFC 6238). */
function oneTimePassword(base32, steps = 0) {
  const bits = [...base32.replaceAll(' ', '')].map((digit) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(digit).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const hash = createHmac('sha1', key).update(counter).digest();
  const number = hash.readUInt32BE(hash[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** Whether a page is sound, wide and narrow; with a picture of it. */
async function look(page, name) {
  const size = page.viewportSize();
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 800 });
    await browser.picture(page, `accounts-${name}-${width}`);
    // axe is a script: where there are none it would never end.
    if (!browser.unscripted.has(page)) await isSound(page, `${name} at ${width}`);
  }
  await page.setViewportSize(size);
}

const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

async function signOut(page) {
  await page.goto(at('/sign-out'));
  await page.locator('main form [type=submit]').click();
}

async function typePassword(page, name, password) {
  await page.goto(at('/sign-in'));
  await page.locator('#username').fill(name);
  await page.locator('#password').fill(password);
  await press(page, 'Sign in');
}

const owner = await windowWithAuthenticator();

await step('the first owner sets the account up with a passkey alone, and declares an API', async () => {
  await owner.goto(setting.setup_url);
  assert.ok(!owner.url().includes('link='), 'the secret is out of the address');
  await look(owner, 'setup');
  await owner.locator('#name').fill('grace');
  await owner.locator('#email').fill('grace@example.test');
  await press(owner, 'Use a passkey, no password');
  await owner.waitForURL(at('/setup/api'));
  await look(owner, 'setup-api');
  await owner.locator('#audience').fill('https://api.example.test');
  await owner.locator('#name').fill('Orders');
  await press(owner, 'Add the API');
  await owner.waitForURL(at('/setup/done'));
  await look(owner, 'setup-done');
  const late = await browser.window();
  await late.goto(setting.setup_url);
  await late.waitForURL(/\/sign-in/);
  browser.clean();
});

await step('she signs in without typing a name', async () => {
  // The browser offers the passkey in the field for the name; its authenticator takes that for a yes.
  await signOut(owner);
  await owner.goto(at('/sign-in'));
  await owner.waitForURL(at('/dashboard'));
  // By the button, in a browser that cannot offer it there.
  await signOut(owner);
  await owner.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false');
  await owner.goto(at('/sign-in'));
  await look(owner, 'sign-in-passkey');
  await press(owner, 'Sign in with a passkey');
  await owner.waitForURL(at('/dashboard'));
  const [credential] = await owner.credentials();
  assert.equal(credential.rpId, 'localhost');
  browser.clean();
});

await step('she adds a second passkey, names it, and removes it', async () => {
  const other = await windowWithAuthenticator();
  await other.context().addCookies(await owner.context().cookies());
  await other.goto(at('/account/security'));
  await other.locator('#passkey-name').fill('spare key');
  await press(other, 'Add a passkey');
  await other.waitForURL(/done=added/);
  await look(other, 'security');
  const entry = other.locator('li', { hasText: 'spare key' });
  await entry.locator('summary').click();
  await entry.locator('input[name=name]').fill('old key');
  await entry.getByRole('button', { name: 'Rename' }).click();
  await other.waitForURL(/done=saved/);
  const renamed = other.locator('li', { hasText: 'old key' });
  await renamed.locator('summary').click();
  await renamed.getByRole('button', { name: /Remove/ }).click();
  await other.waitForURL(/done=removed/);
  assert.equal(await other.locator('li', { hasText: 'old key' }).count(), 0);
  assert.ok((await mailbox.next()).includes('a passkey was added'));
  browser.clean();
});

const ada = await browser.window();

await step('somebody is invited by mail, and makes an account', async () => {
  await owner.goto(at('/dashboard/people/invite'));
  await owner.locator('#email').fill('ada@example.test');
  await owner.locator('#role').selectOption('operator');
  await press(owner, 'Invite');
  await owner.waitForURL(/done=invited/);
  await look(owner, 'people');
  await ada.goto(await mailbox.link(setting.issuer, '/account/invitation'));
  await look(ada, 'invitation');
  await ada.locator('#name').fill('ada');
  await ada.locator('#password').fill('password1234');
  await ada.locator('#again').fill('password1234');
  await press(ada, 'Make this account mine');
  await ada.locator('[role=alert]').first().waitFor();
  assert.equal(await ada.locator('#name').inputValue(), 'ada', 'what was typed stays');
  await ada.locator('#password').fill(PASSWORD);
  await ada.locator('#again').fill(PASSWORD);
  await press(ada, 'Make this account mine');
  await ada.waitForURL(at('/dashboard'));
  browser.clean();
});

let codes;

await step('she turns one-time passwords on, and is asked for one', async () => {
  await ada.goto(at('/account/totp'));
  await look(ada, 'totp');
  const secret = await ada.locator('code.secret').innerText();
  await ada.locator('#code').fill(oneTimePassword(secret));
  await press(ada, 'Turn on');
  await ada.locator('.codes').waitFor();
  codes = await ada.locator('.codes code').allInnerTexts();
  assert.equal(codes.length, 10);
  await look(ada, 'recovery-codes');
  await ada.goto(at('/account/security'));
  // The answer to a form is kept nowhere: the browser has nothing to show, or what it kept is empty.
  await ada.goBack().catch(() => ada.waitForURL(/^chrome-error:/));
  assert.ok(!(await ada.content()).includes(codes[0]), 'the codes are gone when somebody comes back');
  await signOut(ada);
  await typePassword(ada, 'ada', PASSWORD);
  await ada.locator('#code').waitFor();
  await look(ada, 'second-step');
  await ada.locator('#code').fill(oneTimePassword(secret, 1));
  await press(ada, 'Go on');
  await ada.waitForURL(at('/dashboard'));
  browser.clean();
});

await step('a recovery code lets her in once', async () => {
  for (const works of [true, false]) {
    await signOut(ada);
    await typePassword(ada, 'ada', PASSWORD);
    await ada.locator('#code').fill(codes[0].toUpperCase());
    await press(ada, 'Go on');
    if (works) await ada.waitForURL(at('/dashboard'));
    else await ada.locator('[role=alert]').waitFor();
  }
  browser.clean();
});

await step('a forgotten password is helped by mail, without a script as well', async () => {
  for (const [javaScriptEnabled, password] of [[true, 'copper lantern drift seven'], [false, 'winter maple quartz ledger']]) {
    const page = await browser.window({ javaScriptEnabled });
    await page.goto(at('/sign-in'));
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await page.locator('#name').fill('ada');
    await press(page, 'Send the link');
    await page.locator('[role=status]').waitFor();
    await page.goto(await mailbox.link(setting.issuer, '/account/reset'));
    await look(page, 'reset');
    await page.locator('#password').fill(password);
    await page.locator('#again').fill(password);
    await press(page, 'Use this password');
    await page.waitForURL(/done=password/);
    assert.ok((await mailbox.next()).includes('the password of your account was changed'));
    await typePassword(page, 'ada', password);
    await page.locator('#code').fill(codes[javaScriptEnabled ? 1 : 2]);
    await press(page, 'Go on');
    await page.waitForURL(at('/dashboard'));
  }
  browser.clean();
});

await step('she is signed out everywhere', async () => {
  const [one, other] = [await browser.window(), await browser.window()];
  for (const [page, code] of [[one, codes[3]], [other, codes[4]]]) {
    await typePassword(page, 'ada', 'winter maple quartz ledger');
    await page.locator('#code').fill(code);
    await press(page, 'Go on');
    await page.waitForURL(at('/dashboard'));
  }
  await one.goto(at('/account/sessions'));
  await press(one, 'Sign out everywhere, here too');
  await one.getByText('signed out').first().waitFor();
  await other.goto(at('/account'));
  await other.waitForURL(/\/sign-in/);
  browser.clean();
});

mailbox.server.close();
await end();
