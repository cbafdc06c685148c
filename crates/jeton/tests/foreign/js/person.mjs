// A person with a browser that is no browser: follows redirects, keeps cookies as browsers do, and fills in the first form that
// has the wanted fields. Sends nothing that a page did not ask for. Never runs a script of a page, so all must work without any.

import http from 'node:http';
import https from 'node:https';
import { Cookies } from './cookies.mjs';
import { formsOf, textOf } from './forms.mjs';

const HOPS_MAX = 15;

export class Person {
  /** @param {{issuer: string, person: {username: string, password: string}}} setting */
  constructor(setting) {
    this.issuer = new URL(setting.issuer);
    const { username, password } = setting.person;
    this.credentials = { username, password };
    this.cookies = new Cookies();
    /** The kinds of pages met since the last call of `authorize`. */
    this.met = [];
  }

  /** One request as a browser's navigation makes it; redirects are not followed. */
  request(method, url, body, from) {
    const headers = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-user': '?1' };
    headers['sec-fetch-site'] = from ? (from.origin === url.origin ? 'same-origin' : 'cross-site') : 'none';
    const cookie = this.cookies.header(url);
    if (cookie) headers.cookie = cookie;
    if (method === 'POST') {
      headers['content-type'] = 'application/x-www-form-urlencoded';
      headers['content-length'] = Buffer.byteLength(body);
      if (from) headers.origin = from.origin;
    }
    const { request } = url.protocol === 'https:' ? https : http;
    return new Promise((resolve, reject) => {
      const sent = request(url, { method, headers, agent: false }, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () => {
          this.cookies.keep(url, answer.headers['set-cookie'] ?? []);
          resolve({ url, status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts).toString() });
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** Goes to a page, through redirects, until there is a page to look at or the way leaves to `until`. */
  async open(url, { until, method = 'GET', body, from } = {}) {
    let at = new URL(url);
    for (let hop = 0; hop < HOPS_MAX; hop += 1) {
      if (until && beginsWith(at, until)) return { left: at };
      const answer = await this.request(method, at, body, from);
      if (answer.status < 300 || answer.status > 399) return { ...answer, forms: formsOf(answer.body, at) };
      if (method === 'POST' && answer.status !== 303 && answer.status !== 302) {
        throw new Error(`a form is answered with ${answer.status}: what was typed would be sent on`);
      }
      from = at;
      at = new URL(answer.headers.location, at);
      method = 'GET';
      body = undefined;
    }
    throw new Error(`more than ${HOPS_MAX} redirects, the last to ${at}`);
  }

  /** Sends a form of a page with these fields filled in and this button pressed. */
  submit(page, form, fields, { button, until } = {}) {
    const values = new URLSearchParams();
    for (const { name, value } of form.fields) values.append(name, value);
    for (const [name, value] of Object.entries(fields)) {
      if (!values.has(name)) throw new Error(`the form has no field ${name}: ${JSON.stringify(form)}`);
      values.set(name, value);
    }
    if (button) values.append(button.name, button.value);
    if (form.method === 'GET') {
      const target = new URL(form.action);
      target.search = values;
      return this.open(target, { until, from: page.url });
    }
    return this.open(form.action, { until, method: 'POST', body: values.toString(), from: page.url });
  }

  /**
   * Does what pages ask until the way leads to the redirect address, and gives that address with its parameters.
   * @param decision what is answered on the consent page
   */
  async authorize(url, redirectUri, decision = 'allow') {
    this.met = [];
    let page = await this.open(url, { until: redirectUri });
    for (let steps = 0; steps < HOPS_MAX; steps += 1) {
      if (page.left) return page.left;
      page = await this.step(page, { until: redirectUri, decision });
      if (page.posted) return page.posted;
    }
    throw new Error(`no end of pages: ${this.met}`);
  }

  /** Goes to a page of a site, through sign-in and consent where it is sent there, until there is nothing more to answer. */
  async visit(url, decision = 'allow') {
    this.met = [];
    let page = await this.open(url);
    while (page.forms.some(({ fields, buttons }) => isStep(fields, buttons, decision)) && this.met.length < HOPS_MAX) {
      page = await this.step(page, { decision });
    }
    return page;
  }

  /** One step on a page of sign-in, consent, confirmation or `form_post`. */
  async step(page, { until, decision = 'allow' } = {}) {
    for (const form of page.forms) {
      if (until && beginsWith(form.action, until)) return this.#formPost(form);
      if (named(form.fields, 'password')) {
        this.met.push('sign-in');
        return this.submit(page, form, this.credentials, { until });
      }
      const button = form.buttons.find(({ name, value }) => name === 'decision' && value === decision);
      if (button) {
        this.met.push('consent');
        return this.submit(page, form, {}, { button, until });
      }
    }
    throw new Error(`nothing to do on ${page.url} (${page.status}): ${textOf(page.body).slice(0, 600)}`);
  }

  /** The answer of a `form_post` page as the address that a redirect would have led to. */
  #formPost(form) {
    this.met.push('form_post');
    const url = new URL(form.action);
    for (const { name, value } of form.fields) url.searchParams.append(name, value);
    return { posted: url };
  }

  /** Types a user code on the device page, unless the address brought it, and confirms or denies. */
  async device(verificationUri, { userCode, decision = 'allow' } = {}) {
    this.met = [];
    let page = await this.open(verificationUri);
    for (let steps = 0; steps < HOPS_MAX; steps += 1) {
      const asked = page.forms.find(({ fields, buttons }) => named(fields, 'user_code') && !named(buttons, 'decision'));
      if (asked && !this.met.includes('code')) {
        this.met.push('code');
        const isPrefilled = asked.fields.some(({ name, type, value }) => name === 'user_code' && (type === 'hidden' || value !== ''));
        page = await this.submit(page, asked, isPrefilled ? {} : { user_code: userCode });
      } else if (page.forms.some(({ fields, buttons }) => isStep(fields, buttons, decision))) {
        page = await this.step(page, { decision });
      } else {
        return page;
      }
    }
    throw new Error(`no end of pages: ${this.met}`);
  }

  /** Ends the session at the logout address; confirms when asked. */
  async logout(url, postLogoutRedirectUri) {
    this.met = [];
    let page = await this.open(url, { until: postLogoutRedirectUri });
    if (page.left) return page.left;
    const form = page.forms.find(({ buttons }) => buttons.length > 0);
    if (!form) throw new Error(`nothing to confirm on ${page.url} (${page.status}): ${textOf(page.body).slice(0, 600)}`);
    this.met.push('confirm');
    page = await this.submit(page, form, {}, { button: form.buttons.find(({ name }) => name), until: postLogoutRedirectUri });
    return page.left ?? page;
  }
}

function named(parts, wanted) {
  return parts.some(({ name }) => name === wanted);
}

function isStep(fields, buttons, decision) {
  return named(fields, 'password') || buttons.some(({ name, value }) => name === 'decision' && value === decision);
}

/** Whether an address is the redirect address with parameters added. */
function beginsWith(url, redirectUri) {
  const expected = new URL(redirectUri);
  return url.origin === expected.origin && url.protocol === expected.protocol && url.pathname === expected.pathname;
}
