// `openid-client`: tokens for programs: client credentials by secret (in the header, in the body) and by key (RFC 7523 as RFC 10070 has it).

import * as client from 'openid-client';
import { assert, differs, refused, setting, step } from '../js/scenario.mjs';
import { configurationOf, keyOf } from './configuration.mjs';

const [READ, WRITE] = setting.api.scopes;
const resource = setting.api.audience;
const ask = (configuration, more = {}) => client.clientCredentialsGrant(configuration, { scope: READ, resource, ...more });

for (const name of ['service', 'poster', 'signer']) {
  const { token_endpoint_auth_method: method } = setting.clients[name];
  await step(`client credentials by ${method}`, async () => {
    const tokens = await ask(await configurationOf(name));
    assert.equal(tokens.token_type, 'bearer');
    assert.equal(tokens.scope ?? READ, READ);
    assert.equal(tokens.refresh_token, undefined);
    assert.equal(tokens.id_token, undefined);
    if (setting.api.url) {
      const headers = { authorization: `Bearer ${tokens.access_token}` };
      assert.equal((await fetch(setting.api.url, { headers })).status, 200);
    }
  });
}

const service = await configurationOf('service');

await step('a wrong secret is a 401 with a challenge', async () => {
  const wrong = client.ClientSecretBasic('jtn_cls_000000000000000000000000000000000000000000000000000000000000');
  const fault = await configurationOf('service', { authentication: wrong }).then((own) => ask(own).catch((error) => error));
  assert.equal(fault.status ?? fault.cause?.status ?? fault.response?.status, 401, `${fault}`);
});

await step('a scope that the client does not have is refused', async () => {
  const poster = await configurationOf('poster');
  const given = await ask(poster, { scope: `${READ} ${WRITE}` }).catch((fault) => fault);
  assert.ok(given.error === 'invalid_scope' || given.scope === READ, `${given.error ?? JSON.stringify(given)}`);
});

await step('an API that nobody knows is refused', () => refused('invalid_target', () => ask(service, { resource: 'https://unknown.example' })));

await step('an assertion of another key is refused', async () => {
  const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const forged = client.PrivateKeyJwt({ key: privateKey, kid: setting.keys.signer.kid });
  await refusedClient(await configurationOf('signer', { authentication: forged }));
});

/** Refused as a client that did not prove who it is. */
async function refusedClient(configuration) {
  const fault = await ask(configuration).catch((error) => error);
  const told = fault.error ?? (await fault.response?.clone?.().json().catch(() => undefined))?.error ?? fault.cause?.[0]?.scheme;
  assert.ok(fault instanceof Error && (told === 'invalid_client' || fault.status === 401), `${told}: ${JSON.stringify(fault)}`);
}

if (!differs('oracle')) {
  const changed = async (change) => {
    const authentication = client.PrivateKeyJwt(await keyOf('signer'), { [client.modifyAssertion]: change });
    return configurationOf('signer', { authentication });
  };

  await step('an assertion for the token endpoint, or for several, is refused', async () => {
    const { token_endpoint: endpoint } = service.serverMetadata();
    await refusedClient(await changed((_, payload) => void (payload.aud = endpoint)));
    await refusedClient(await changed((_, payload) => void (payload.aud = [payload.aud, endpoint])));
  });

  await step('an assertion is good once', async () => {
    const own = await changed((_, payload) => void (payload.jti = 'the same again'));
    await ask(own);
    await refusedClient(own);
  });
}
