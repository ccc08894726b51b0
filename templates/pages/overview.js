// What the columns say on hover begins with their time in the reader's zone.
{
  const zone = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
  for (const column of document.querySelectorAll('.column[data-start]')) {
    const title = column.querySelector('title')
    title.textContent = title.textContent.replace(/^.*? UTC/, zone.format(Number(column.dataset.start)))
  }
}
