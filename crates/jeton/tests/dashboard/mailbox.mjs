// A mail server on loopback that keeps what it is given.

import net from 'node:net';

export class Mailbox {
  #letters = [];
  #waiting = [];

  static async open(port) {
    const own = new Mailbox();
    own.server = net.createServer((socket) => own.#take(socket));
    await new Promise((listening) => own.server.listen(port, '127.0.0.1', listening));
    return own;
  }

  #take(socket) {
    let [rest, text, isData] = ['', '', false];
    const answer = (line) => socket.write(`${line}\r\n`);
    answer('220 sink');
    socket.on('error', () => {});
    socket.on('data', (part) => {
      rest += part;
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (isData && line === '.') {
          isData = false;
          this.#keep(text);
          answer('250 kept');
        } else if (isData) {
          text += `${line}\n`;
        } else if (/^DATA/i.test(line)) {
          [isData, text] = [true, ''];
          answer('354 go on');
        } else {
          answer(/^QUIT/i.test(line) ? '221 bye' : '250 ok');
        }
      }
    });
  }

  #keep(text) {
    // Long lines are broken for the way (RFC 2045, section 6.7).
    this.#letters.push(text.replaceAll('=\n', '').replaceAll('=3D', '='));
    for (const ready of this.#waiting.splice(0)) ready();
  }

  /** The next letter, once it has come. */
  async next() {
    while (this.#letters.length === 0) await new Promise((ready) => this.#waiting.push(ready));
    return this.#letters.shift();
  }

  /** The link in the next letter. */
  async link(issuer, path) {
    const letter = await this.next();
    const found = letter.split(/\s+/).find((word) => word.startsWith(`${issuer}${path}?link=`));
    if (!found) throw new Error(`no link to ${path} in: ${letter}`);
    return found;
  }
}
