// Signs a person in at Jeton as often as the bench has connections, and prints the refresh tokens. Reads `{issuer, person, client,
// redirect_uri, resource, scope, count}` from standard input.

import { readFileSync } from 'node:fs';
import * as oauth from 'oauth4webapi';
import { Person } from '../../crates/jeton/tests/foreign/js/person.mjs';

const told = JSON.parse(readFileSync(0, 'utf8'));
const { client, redirect_uri, resource, scope } = told;
const plain = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(told.issuer);
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...plain }));
const person = new Person(told);

async function family() {
  const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()];
  const parameters = { response_type: 'code', client_id: client.client_id, redirect_uri, scope, resource, state, code_challenge_method: 'S256' };
  const url = new URL(server.authorization_endpoint);
  url.search = new URLSearchParams({ ...parameters, code_challenge: await oauth.calculatePKCECodeChallenge(verifier) });
  const callback = oauth.validateAuthResponse(server, client, await person.authorize(url, redirect_uri), state);
  const basic = oauth.ClientSecretBasic(client.client_secret);
  const answer = await oauth.authorizationCodeGrantRequest(server, client, basic, callback, redirect_uri, verifier, plain);
  const { refresh_token: token } = await oauth.processAuthorizationCodeResponse(server, client, answer);
  if (!token) throw new Error('no refresh token was given');
  return token;
}

const families = [];
for (let number = 0; number < told.count; number += 1) families.push(await family());
console.log(JSON.stringify(families));
