// The authorization server and the clients of the setting, in the words of `oauth4webapi`.

import { importJWK } from 'jose';
import * as oauth from 'oauth4webapi';
import { setting } from '../js/scenario.mjs';

/** Plain HTTP is let through where the issuer is on loopback in the clear. */
export const plain = { [oauth.allowInsecureRequests]: setting.issuer.startsWith('http:') };
const issuer = new URL(setting.issuer);

/** The server's metadata, found in the way of `oidc` or `oauth2`. */
export async function discover(algorithm = 'oidc') {
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm, ...plain }));
}

/** A client of the setting. */
export function clientOf(name) {
  const { client_id, token_endpoint_auth_method, id_token_signed_response_alg, require_auth_time } = setting.clients[name];
  return { client_id, token_endpoint_auth_method, id_token_signed_response_alg, require_auth_time };
}

/** The private key of a client. */
export async function keyOf(name) {
  const jwk = setting.keys[name];
  return { key: await importJWK(jwk, jwk.alg), kid: jwk.kid };
}

/** How a client proves who it is. */
export async function authenticationOf(name, options) {
  const { token_endpoint_auth_method: method, client_secret: secret } = setting.clients[name];
  switch (method) {
    case 'client_secret_basic':
      return oauth.ClientSecretBasic(secret);
    case 'client_secret_post':
      return oauth.ClientSecretPost(secret);
    case 'private_key_jwt':
      return oauth.PrivateKeyJwt(await keyOf(name), options);
    default:
      return oauth.None();
  }
}

/** Tries once more when a nonce was asked for, and counts that. */
export async function withNonce(counter, run) {
  try {
    return await run();
  } catch (fault) {
    if (!oauth.isDPoPNonceError(fault)) throw fault;
    counter.nonces += 1;
    return run();
  }
}

/** What a code flow needs: verifier, state, nonce, and the parameters that say so. */
export async function fresh() {
  const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()];
  const parameters = {
    response_type: 'code',
    redirect_uri: setting.redirect_uri,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  };
  return { verifier, state, nonce, parameters };
}

/** The address of the authorization endpoint with these parameters. */
export function addressOf(server, client, parameters) {
  const url = new URL(server.authorization_endpoint);
  for (const [name, value] of Object.entries({ client_id: client.client_id, ...parameters })) url.searchParams.append(name, value);
  return url;
}
