// Cookies as browsers keep them, as far as a sign-in needs it: by host and path, `Secure` only over TLS or to loopback, and the
// rules of the `__Host-` and `__Secure-` prefixes. What a browser would drop is an error here: a page that sets it is wrong.

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

function secure(url) {
  return url.protocol === 'https:' || LOOPBACK.has(url.hostname);
}

export class Cookies {
  #kept = [];

  /** Keeps what an answer sets. */
  keep(url, lines) {
    for (const line of lines) {
      const [pair, ...rest] = line.split(';').map((part) => part.trim());
      const name = pair.slice(0, pair.indexOf('='));
      const attributes = new Map(rest.map((part) => part.split('=')).map(([key, value = '']) => [key.toLowerCase(), value]));
      const fault = faultOf(name, attributes, url);
      if (fault) throw new Error(`a browser drops the cookie ${name} of ${url.pathname}: ${fault}`);
      const path = attributes.get('path') || url.pathname.replace(/\/[^/]*$/, '') || '/';
      this.#kept = this.#kept.filter((own) => own.name !== name || own.host !== url.hostname || own.path !== path);
      const expired = Number(attributes.get('max-age') ?? 1) <= 0 || Date.parse(attributes.get('expires') ?? '') <= Date.now();
      if (!expired) {
        this.#kept.push({ name, value: pair.slice(name.length + 1), host: url.hostname, path, secure: attributes.has('secure') });
      }
    }
  }

  /** The `Cookie` header for a request, empty when there is none. */
  header(url) {
    const fits = ({ host, path, secure: only }) =>
      host === url.hostname &&
      (url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`)) &&
      (!only || secure(url));
    return this.#kept
      .filter(fits)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  /** The value of a cookie whose name begins so. */
  find(prefix) {
    return this.#kept.find(({ name }) => name.startsWith(prefix))?.value;
  }

  /** As many browsers as one likes begin with the same cookies. */
  copy() {
    const copy = new Cookies();
    copy.#kept = [...this.#kept];
    return copy;
  }
}

function faultOf(name, attributes, url) {
  if (name === '') return 'it has no name';
  if (attributes.has('domain')) return 'it names a domain';
  if (attributes.has('secure') && !secure(url)) return 'it is `Secure` and was set in the clear';
  const isHost = name.startsWith('__Host-');
  if ((isHost || name.startsWith('__Secure-')) && !attributes.has('secure')) return 'its prefix needs `Secure`';
  if (isHost && attributes.get('path') !== '/') return 'its prefix needs `Path=/`';
  if (/^none$/i.test(attributes.get('samesite') ?? '') && !attributes.has('secure')) return '`SameSite=None` needs `Secure`';
  return undefined;
}
