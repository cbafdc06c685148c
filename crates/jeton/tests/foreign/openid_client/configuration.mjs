// A configuration of `openid-client` for a client of the setting, found by discovery.

import * as client from 'openid-client';
import { importJWK } from 'jose';
import { setting } from '../js/scenario.mjs';

export const AUTHENTICATION = {
  client_secret_basic: ({ client_secret: secret }) => client.ClientSecretBasic(secret),
  client_secret_post: ({ client_secret: secret }) => client.ClientSecretPost(secret),
  none: () => client.None(),
};

/** The private key of a client of the setting. */
export async function keyOf(name) {
  const jwk = setting.keys[name];
  return { key: await importJWK(jwk, jwk.alg), kid: jwk.kid };
}

/** Counts the answers that asked for a nonce, and lets all others pass. */
export function countingNonces() {
  const counter = { nonces: 0 };
  counter.fetch = async (...request) => {
    const answer = await fetch(...request);
    const asked = answer.status === 400 ? (await answer.clone().text()).includes('use_dpop_nonce') : /use_dpop_nonce/.test(answer.headers.get('www-authenticate') ?? '');
    if (asked) counter.nonces += 1;
    return answer;
  };
  return counter;
}

/** Discovers the issuer and gives a configuration for this client. */
export async function configurationOf(name, { fetch: own, algorithm = 'oidc', authentication } = {}) {
  const metadata = setting.clients[name];
  const { token_endpoint_auth_method: method } = metadata;
  const auth = authentication ?? (method === 'private_key_jwt' ? client.PrivateKeyJwt(await keyOf(name)) : AUTHENTICATION[method](metadata));
  const execute = setting.issuer.startsWith('http:') ? [client.allowInsecureRequests] : [];
  const options = { algorithm, execute: [...execute, client.enableNonRepudiationChecks] };
  if (own) options[client.customFetch] = own;
  const { client_id: id, id_token_signed_response_alg } = metadata;
  return client.discovery(new URL(setting.issuer), id, { id_token_signed_response_alg }, auth, options);
}

/** What a code flow needs besides: verifier, challenge, state, nonce. */
export async function fresh() {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()];
  return {
    checks: { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true },
    parameters: {
      redirect_uri: setting.redirect_uri,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
      nonce: expectedNonce,
    },
  };
}

/** A whole code flow by a person: gives the tokens. */
export async function signIn(configuration, person, parameters, options) {
  const { checks, parameters: own } = await fresh();
  const url = client.buildAuthorizationUrl(configuration, { ...own, ...parameters });
  const callback = await person.authorize(url, setting.redirect_uri);
  return client.authorizationCodeGrant(configuration, callback, checks, undefined, options);
}
