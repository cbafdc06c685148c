// Two small comforts; every page works without them.
// Times in the zone of whoever reads; the title keeps them in UTC.
for (const time of document.querySelectorAll('time[datetime]')) {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.getTime())) {
    time.textContent = at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  }
}
// The answer to an app is posted at once.
document.querySelector('form[data-submit]')?.submit();
