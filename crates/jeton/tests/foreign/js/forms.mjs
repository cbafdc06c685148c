// Reads the forms of a page: their fields with values, and their buttons. Enough of HTML for pages that are written with care.

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

function decode(text) {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return ENTITIES[name.toLowerCase()] ?? whole;
  });
}

function attributesOf(text) {
  const found = {};
  for (const [, name, double, single, bare] of text.matchAll(/([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g)) {
    found[name.toLowerCase()] ??= decode(double ?? single ?? bare ?? '');
  }
  return found;
}

/** All forms of a page: where they go, how, their fields (named, not disabled), their submit buttons. */
export function formsOf(html, page) {
  const plain = html.replace(/<!--[\s\S]*?-->/g, '').replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, '');
  const forms = [];
  for (const [, head, body] of plain.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)) {
    const own = attributesOf(head);
    const form = { action: new URL(own.action || page, page), method: (own.method ?? 'get').toUpperCase(), fields: [], buttons: [] };
    for (const [, tag, text] of body.matchAll(/<(input|button|textarea|select)\b([^>]*)>/gi)) {
      const { type = tag.toLowerCase() === 'button' ? 'submit' : 'text', name, value = '', disabled, checked } = attributesOf(text);
      if (disabled !== undefined) continue;
      if (type === 'submit' || type === 'image') form.buttons.push({ name, value });
      else if (name && type !== 'button' && type !== 'reset' && (!['checkbox', 'radio'].includes(type) || checked !== undefined)) {
        form.fields.push({ name, value: value || (type === 'checkbox' ? 'on' : ''), type });
      }
    }
    forms.push(form);
  }
  return forms;
}

/** What a page says, without its markup. */
export function textOf(html) {
  const plain = html.replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ');
  return decode(plain).replace(/\s+/g, ' ').trim();
}
