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

// What is under way is looked at again.
if (document.querySelector('[data-again]')) setTimeout(() => location.reload(), 1500);

// A form is sent once.
for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = 'yes';
  });
}
addEventListener('pageshow', () => document.querySelectorAll('form[data-sent]').forEach((form) => delete form.dataset.sent));
