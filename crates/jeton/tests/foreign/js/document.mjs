// Serves the metadata document of a client whose id is the document's address, over TLS on loopback. Reads `{tls, document}` from
// standard input and says `ready ADDRESS`.

import { readFileSync } from 'node:fs';
import https from 'node:https';

const { tls, document } = JSON.parse(readFileSync(0, 'utf8'));
const server = https.createServer({ cert: readFileSync(tls.certificate), key: readFileSync(tls.key) }, (request, answer) => {
  const isKnown = request.method === 'GET' && request.url === '/client.json';
  answer.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' });
  answer.end(isKnown ? JSON.stringify({ client_id: address(), ...document }) : '{}');
});
const address = () => `https://localhost:${server.address().port}/client.json`;
server.listen(0, '127.0.0.1', () => console.log(`ready ${address()}`));
