// Passkeys: a form marked with `data-passkey` shows itself where the browser knows them, asks the authenticator, and sends its answer.
{
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
  const text = (buffer) =>
    buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const described = (list) => list?.map((own) => ({ ...own, id: bytes(own.id) }));

  function readable({ publicKey: own }) {
    const user = own.user && { ...own.user, id: bytes(own.user.id) };
    const all = { ...own, challenge: bytes(own.challenge), allowCredentials: described(own.allowCredentials), excludeCredentials: described(own.excludeCredentials) };
    return user ? { ...all, user } : all;
  }

  function written({ id, rawId, type, response, ...own }) {
    const names = ['attestationObject', 'clientDataJSON', 'authenticatorData', 'signature', 'userHandle'];
    const answer = Object.fromEntries(names.filter((name) => response[name]).map((name) => [name, text(response[name])]));
    return JSON.stringify({ id, rawId: text(rawId), type, response: answer, extensions: {} });
  }

  let waiting;

  /** Fields that stand in another form of the page: a person fills them in once. */
  function copy(form) {
    for (const name of (form.dataset.copy ?? '').split(' ').filter(Boolean)) {
      const own = document.querySelector(`form:not([data-passkey]) [name="${name}"]`);
      if (own && !own.reportValidity()) return false;
      if (own) form.elements[name].value = own.value;
    }
    return true;
  }

  async function ask(form, mediation) {
    if (!copy(form)) return;
    waiting?.abort();
    waiting = new AbortController();
    const publicKey = readable(JSON.parse(form.dataset.options));
    const call = form.dataset.passkey === 'create' ? 'create' : 'get';
    const credential = await navigator.credentials[call]({ publicKey, mediation, signal: waiting.signal });
    form.elements.credential.value = written(credential);
    form.submit();
  }

  function tell(form, fault) {
    if (fault.name === 'AbortError') return;
    const place = form.querySelector('[data-fault]');
    const words = { InvalidStateError: 'This device has a passkey for this account already.', NotAllowedError: 'The passkey was not used. Try again.' };
    place.textContent = words[fault.name] ?? 'This browser could not use a passkey here.';
    place.hidden = false;
  }

  if (window.PublicKeyCredential) {
    for (const form of document.querySelectorAll('form[data-passkey]')) {
      form.hidden = false;
      form.addEventListener('submit', (event) => {
        event.preventDefault();
        ask(form).catch((fault) => tell(form, fault));
      });
      if (form.dataset.passkey === 'get') {
        // Offered among the names that the browser would fill in, where it can do that.
        PublicKeyCredential.isConditionalMediationAvailable?.().then((can) => can && ask(form, 'conditional')).catch(() => {});
      }
    }
  }
}
