// Every page that the router knows, at 360, 768 and 1440 pixels, light and dark: nothing on the console, nothing against the policy, nothing
// that axe finds, nothing to scroll sideways. Where an id stands in an address, `setting.examples` says which by the segment before.

import { assert, at, browser, end, isSound, setting, signedIn, step } from './person.mjs';

const widths = setting.widths ?? [360, 768, 1440];

/** The address of a page with something in it. */
function example(path) {
  return path.replaceAll(/([^/]+)\/\{[^}]+\}/g, (_, segment) => {
    const id = setting.examples[segment];
    assert.ok(id, `what stands in ${path}? Say it among the examples in tests/dashboard/house.rs`);
    return `${segment}/${encodeURIComponent(id)}`;
  });
}

assert.ok(setting.pages.length > 6, `${setting.pages} are all pages`);
for (const colorScheme of ['light', 'dark']) {
  const page = await signedIn(setting.as, { colorScheme });
  for (const path of setting.pages) {
    await step(`${path}, ${colorScheme}`, async () => {
      const answer = await page.goto(at(example(path)));
      assert.ok(answer.status() < 500 && answer.status() !== 405, `${path} answers ${answer.status()}`);
      if (setting.as === 'owner') assert.ok(answer.status() < 400 || answer.status() === 404, `${path} answers ${answer.status()}`);
      assert.ok((answer.headers()['content-type'] ?? '').startsWith('text/html'), `${path} is no page`);
      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 });
        await isSound(page, `${path} at ${width}, ${colorScheme}`);
      }
      browser.clean();
    });
  }
  await page.context().close();
}
await end();
