// The oracle: npm `oidc-provider` with the same clients, person and API as Jeton in the tests, and pages with the same fields. What a
// scenario says of Jeton is only worth something when it passes here as well. Reads what to serve from standard input:
// `{issuer, clients: {name: metadata with client_id}, person, api, tls?: {certificate, key}}`. Says `ready` when it listens.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { exportJWK, generateKeyPair } from 'jose';

// Its reminders are for those who run it for people.
console.info = () => {};
console.warn = () => {};
const { default: Provider, errors } = await import('oidc-provider');

const told = JSON.parse(readFileSync(0, 'utf8'));
const issuer = new URL(told.issuer);

async function keys() {
  const made = ['RS256', 'ES256', 'Ed25519'].map(async (alg) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    return { ...(await exportJWK(privateKey)), alg, use: 'sig' };
  });
  return { keys: await Promise.all(made) };
}

const escape = (text) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
const page = (title, body) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(title)}</title><main><h1>${escape(title)}</h1>${body}</main></html>`;
const withButtons = (form, buttons) => form.replace('</form>', `${buttons}</form>`);
const button = (name, value, text) => `<button type="submit" name="${name}" value="${value}">${text}</button>`;

function signInPage(uid, fault) {
  const alert = fault ? `<p role="alert">${fault}</p>` : '';
  return page(
    'Sign in',
    `${alert}<form method="post" action="/interaction/${uid}"><input type="hidden" name="csrf" value="-">` +
      '<label>User name <input name="username" autofocus></label><label>Password <input name="password" type="password"></label>' +
      '<button type="submit">Sign in</button></form>',
  );
}

function consentPage(uid, client, scope) {
  return page(
    `${client} wants access`,
    `<p>${escape(scope)}</p><form method="post" action="/interaction/${uid}"><input type="hidden" name="csrf" value="-">` +
      `<input type="hidden" name="request" value="${uid}">${button('decision', 'allow', 'Allow')}${button('decision', 'deny', 'Deny')}</form>`,
  );
}

function features(api) {
  const always = (enabled) => ({ enabled });
  return {
    clientCredentials: always(true),
    claimsParameter: { enabled: true, assertClaimsParameter: () => {} },
    devInteractions: always(false),
    deviceFlow: {
      enabled: true,
      userCodeInputSource(ctx, form) {
        const field = '<label>Code <input name="user_code"></label><button type="submit">Continue</button>';
        ctx.body = page('Connect a device', withButtons(form.replace(/<input[^>]*name="user_code"[^>]*>/, ''), field));
      },
      userCodeConfirmSource(ctx, form, client, _, userCode) {
        const deny = withButtons(form.replace(/id="[^"]*"/, ''), `<input type="hidden" name="abort" value="yes">${button('decision', 'deny', 'Deny')}`);
        const body = withButtons(form, button('decision', 'allow', 'Allow')) + deny;
        ctx.body = page('Connect a device', `<p>${escape(client.clientName ?? client.clientId)}: <code>${escape(userCode)}</code></p>${body}`);
      },
      successSource: (ctx) => void (ctx.body = page('Connected', '')),
    },
    dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => true, allowReplay: false },
    introspection: always(true),
    jwtIntrospection: always(true),
    jwtUserinfo: always(true),
    pushedAuthorizationRequests: always(true),
    registration: always(true),
    registrationManagement: always(true),
    requestObjects: always(true),
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      useGrantedResource: () => true,
      getResourceServerInfo: (_, resource) => {
        if (resource !== api.audience) throw new errors.InvalidTarget();
        return { audience: api.audience, scope: api.scopes.join(' '), accessTokenFormat: 'opaque' };
      },
    },
    revocation: always(true),
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => void (ctx.body = page('Sign out?', withButtons(form, button('logout', 'yes', 'Sign out')))),
      postLogoutSuccessSource: (ctx) => void (ctx.body = page('Signed out', '')),
    },
  };
}

const { username, password, email, name } = told.person;
const claims = { sub: 'usr_oracle', preferred_username: username, name, email, email_verified: true };
const provider = new Provider(told.issuer, {
  claims: { profile: ['name', 'preferred_username'], email: ['email', 'email_verified'] },
  clients: Object.values(told.clients),
  clientBasedCORS: () => true,
  cookies: { keys: ['of no use to anybody'] },
  extraClientMetadata: { properties: told.extra_metadata ?? [] },
  features: features(told.api),
  findAccount: (_, id) => ({ accountId: id, claims: () => claims }),
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
  issueRefreshToken: (_, client, code) => client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
  jwks: await keys(),
  pkce: { required: () => true },
  renderError: (ctx, { error, error_description: description }) =>
    void Object.assign(ctx, { type: 'html', body: page('That did not work', `<p>${escape(error)}: ${escape(description)}</p>`) }),
  rotateRefreshToken: true,
  scopes: ['openid', 'offline_access', ...told.api.scopes],
  ttl: { AccessToken: 600, ClientCredentials: 600, IdToken: 600, RefreshToken: 86_400, Session: 86_400, Grant: 86_400, Interaction: 600, DeviceCode: 600 },
});
provider.on('server_error', (_, fault) => console.error(fault));

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return new URLSearchParams(Buffer.concat(parts).toString());
}

/** Keeps what was allowed, as the provider's own documentation has it. */
async function grantOf({ prompt: { details }, params, session, grantId }) {
  const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  if (details.missingOIDCScope) grant.addOIDCScope(details.missingOIDCScope.join(' '));
  if (details.missingOIDCClaims) grant.addOIDCClaims(details.missingOIDCClaims);
  for (const [resource, scopes] of Object.entries(details.missingResourceScopes ?? {})) grant.addResourceScope(resource, scopes.join(' '));
  return grant.save();
}

provider.use(async (ctx, next) => {
  ctx.set('content-security-policy', "frame-ancestors 'none'");
  if (!ctx.path.startsWith('/interaction/')) return next();
  const details = await provider.interactionDetails(ctx.req, ctx.res);
  const { uid, prompt, params } = details;
  const client = await provider.Client.find(params.client_id);
  const shown = (fault) => (prompt.name === 'login' ? signInPage(uid, fault) : consentPage(uid, client.clientName ?? client.clientId, params.scope ?? ''));
  ctx.type = 'html';
  if (ctx.method !== 'POST') return void (ctx.body = shown());
  const body = await bodyOf(ctx.req);
  let result;
  if (prompt.name === 'login') {
    if (body.get('username') !== username || body.get('password') !== password) {
      ctx.status = 400;
      return void (ctx.body = shown('User name or password is wrong'));
    }
    result = { login: { accountId: claims.sub, amr: ['pwd'] } };
  } else if (body.get('decision') === 'allow') {
    result = { consent: { grantId: await grantOf(details) } };
  } else {
    result = { error: 'access_denied', error_description: 'the person said no' };
  }
  ctx.respond = false;
  return provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: result.error === undefined });
});

const { tls } = told;
const server = tls
  ? https.createServer({ cert: readFileSync(tls.certificate), key: readFileSync(tls.key) }, provider.callback())
  : http.createServer(provider.callback());
server.listen(Number(issuer.port), '127.0.0.1', () => console.log('ready'));
