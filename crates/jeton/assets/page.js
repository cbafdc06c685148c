// Small comforts; every page works without them.

// Times in the zone of whoever reads; the title keeps them in UTC.
for (const time of document.querySelectorAll('time[datetime]')) {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.getTime())) {
    time.textContent = at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  }
}

// The answer to an app is posted at once.
document.querySelector('form[data-submit]')?.submit();

// Copying what stands beside a button.
for (const button of document.querySelectorAll('button[data-copy]')) {
  const text = button.closest('figure, .copy')?.querySelector('[data-copy-text]');
  if (!text || !navigator.clipboard) continue;
  button.hidden = false;
  const words = [...button.childNodes];
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(text);
      button.textContent = 'Selected: press Ctrl+C';
    }
    setTimeout(() => button.replaceChildren(...words), 2500);
  });
}

// What is shown once is not there any more when somebody comes back to the page.
const forget = () => document.querySelectorAll('[data-once]').forEach((shown) => {
  shown.replaceWith(Object.assign(document.createElement('p'), { className: 'note', textContent: 'It was shown once, and is gone.' }));
});
addEventListener('pagehide', forget);
addEventListener('pageshow', (event) => { if (event.persisted) forget(); });

// One menu at a time, which closes by Escape or a click elsewhere.
const menus = [...document.querySelectorAll('details.drop')];
const close = (but) => menus.forEach((menu) => { if (menu !== but) menu.open = false; });
addEventListener('click', (event) => close(event.target.closest?.('details.drop')));
addEventListener('keydown', (event) => {
  const open = menus.find((menu) => menu.open);
  if (event.key === 'Escape' && open) {
    open.open = false;
    open.querySelector('summary').focus();
  }
});

// A question in front of the page instead of a page of its own: <a data-dialog="id" href="…the page…">.
for (const way of document.querySelectorAll('a[data-dialog]')) {
  const dialog = document.getElementById(way.dataset.dialog);
  way.addEventListener('click', (event) => {
    if (!dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    dialog.showModal();
  });
}
for (const button of document.querySelectorAll('dialog button[data-close]')) {
  button.addEventListener('click', () => button.closest('dialog').close());
}

// A form is sent once.
for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = 'yes';
  });
}
addEventListener('pageshow', () => document.querySelectorAll('form[data-sent]').forEach((form) => delete form.dataset.sent));

// Another row of a form in its place: <button data-more="id of the rows">. Without a script the button sends the form for it.
for (const button of document.querySelectorAll('button[data-more]')) {
  const rows = document.getElementById(button.dataset.more);
  button.addEventListener('click', (event) => {
    event.preventDefault();
    const last = rows.lastElementChild;
    const at = rows.children.length;
    const row = last.cloneNode(true);
    row.querySelectorAll('.fault').forEach((fault) => fault.remove());
    for (const part of row.querySelectorAll('[name], [for], legend')) {
      for (const attribute of ['name', 'id', 'for']) {
        const value = part.getAttribute(attribute);
        if (value) part.setAttribute(attribute, value.replace(/\.\d+\./, `.${at}.`));
      }
      ['autofocus', 'aria-describedby', 'aria-invalid'].forEach((attribute) => part.removeAttribute(attribute));
      if (part.matches('legend')) part.textContent = part.textContent.replace(/\d+$/, at + 1);
      if (part.matches('input')) part.value = '';
      if (part.matches('select')) part.selectedIndex = 0;
    }
    rows.append(row);
    button.hidden = rows.children.length >= Number(rows.dataset.most);
    row.querySelector('input:not([type="hidden"]), select').focus();
  });
}
