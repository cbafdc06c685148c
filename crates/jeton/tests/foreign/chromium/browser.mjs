// A real browser that is watched: every page is looked at for errors on its console, requests to elsewhere, a loose policy, and what
// axe finds wrong with it; screenshots go where the setting says. And an app with an address to come back to.

import { mkdirSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import axe from 'axe-core';
import { chromium } from 'playwright-core';
import { assert, setting } from '../js/scenario.mjs';

const issuer = new URL(setting.issuer).origin;

/** An app on loopback: keeps what its callback address is sent, by redirect or by a posted form. */
export class App {
  static async start() {
    const app = new App();
    app.seen = [];
    app.server = http.createServer((request, answer) => {
      const parts = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', () => {
        const url = new URL(request.url, app.origin);
        if (url.pathname === '/callback') {
          const parameters = request.method === 'POST' ? new URLSearchParams(Buffer.concat(parts).toString()) : url.searchParams;
          app.seen.push({ method: request.method, parameters });
        }
        answer.setHeader('content-type', 'text/html');
        const frame = url.pathname === '/frame' ? `<iframe src="${url.searchParams.get('of').replaceAll('"', '&quot;')}"></iframe>` : '';
        answer.end(`<!doctype html><html lang="en"><title>App</title><link rel="icon" href="data:,"><h1>Back at the app</h1>${frame}</html>`);
      });
    });
    await new Promise((listening) => app.server.listen(0, '127.0.0.1', listening));
    app.origin = `http://127.0.0.1:${app.server.address().port}`;
    app.redirectUri = `${app.origin}/callback`;
    return app;
  }

  /** What came back last. */
  back() {
    const last = this.seen.pop();
    assert.ok(last, 'nobody came back to the app');
    return last;
  }
}

/** What axe finds wrong with a page that it was loaded into. All of its rules; what they found to be right is not told at length. */
export function violations(page) {
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run({ resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`);
  });
}

export class Browser {
  static async start() {
    const browser = new Browser();
    browser.faults = [];
    browser.unscripted = new WeakSet();
    browser.own = await chromium.launch({ executablePath: setting.chromium ?? '/usr/bin/chromium', args: process.getuid() === 0 ? ['--no-sandbox'] : [] });
    return browser;
  }

  /** A fresh person's window. */
  async window(options = {}) {
    const context = await this.own.newContext({ ignoreHTTPSErrors: setting.issuer.startsWith('https:'), viewport: { width: 1000, height: 760 }, ...options });
    context.setDefaultTimeout(10_000);
    const page = await context.newPage();
    if (options.javaScriptEnabled === false) this.unscripted.add(page);
    page.on('console', (message) => this.#said(message));
    page.on('pageerror', (fault) => this.faults.push(`a script failed: ${fault}`));
    page.on('response', (answer) => this.#answered(answer));
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      const isElsewhere = origin !== issuer && !request.isNavigationRequest() && protocol !== 'data:';
      if (isElsewhere && request.frame().url().startsWith(issuer)) this.faults.push(`a page asks ${request.url()}`);
    });
    return page;
  }

  #said(message) {
    // A page that is answered with 4xx says so here as well.
    if (message.type() === 'error' && !/^Failed to load resource: .* status of 4\d\d/.test(message.text())) {
      this.faults.push(`the console says: ${message.text()}`);
    }
  }

  #answered(answer) {
    const headers = answer.headers();
    if (!answer.url().startsWith(issuer) || !(headers['content-type'] ?? '').startsWith('text/html') || setting.differences) return;
    const policy = headers['content-security-policy'] ?? '';
    for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"]) {
      if (!policy.includes(rule)) this.faults.push(`${answer.url()} has no ${rule}: ${policy}`);
    }
    // An app on this machine may have any port.
    if (/unsafe-|\*/.test(policy.replaceAll(/http:\/\/(127\.0\.0\.1|localhost):\*/g, ''))) this.faults.push(`${answer.url()} is loose: ${policy}`);
    if (!(headers['cache-control'] ?? '').includes('no-store')) this.faults.push(`${answer.url()} may be kept`);
    for (const [name, value] of [['x-content-type-options', 'nosniff'], ['referrer-policy', 'same-origin']]) {
      if (headers[name] !== value) this.faults.push(`${answer.url()} has ${name}: ${headers[name]}`);
    }
  }

  /** Looks at a page: a picture of it, wide and narrow, and what axe finds. */
  async look(page, name) {
    await this.picture(page, name);
    const size = page.viewportSize();
    await page.setViewportSize({ width: 320, height: 640 });
    await this.picture(page, `${name}-narrow`);
    // axe is a script: where there are none it would never end.
    if (!setting.differences && !this.unscripted.has(page)) {
      const scrolls = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
      assert.ok(!scrolls, `${name} is wider than a narrow screen`);
      // Given to the browser's own console, which no policy of the page forbids.
      await page.evaluate(axe.source);
      assert.deepEqual(await violations(page), [], `axe on ${name}`);
    }
    await page.setViewportSize(size);
  }

  async picture(page, name) {
    if (!setting.screenshots) return;
    mkdirSync(setting.screenshots, { recursive: true });
    await page.screenshot({ path: path.join(setting.screenshots, `${name}.png`), fullPage: true });
  }

  /** Nothing was wrong with any page since the last time. */
  clean() {
    assert.deepEqual(this.faults.splice(0), []);
  }
}
