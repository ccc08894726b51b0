// What every page can do a little better with JavaScript; all of it works without.

// Browsers keep the clipboard from pages that came over plain http from elsewhere; a selection can be copied.
const copyFrom = async element => {
  if (navigator.clipboard) return navigator.clipboard.writeText(element.textContent)
  getSelection().selectAllChildren(element)
  document.execCommand('copy')
}

for (const button of document.querySelectorAll('[data-copy]')) {
  button.addEventListener('click', async () => {
    await copyFrom(document.getElementById(button.dataset.copy))
    const words = button.textContent
    button.textContent = 'Copied'
    setTimeout(() => (button.textContent = words), 1500)
  })
}

for (const form of document.querySelectorAll('form[data-confirm]')) {
  form.addEventListener('submit', event => {
    if (!confirm(form.dataset.confirm)) event.preventDefault()
  })
}

// Times in the reader's own zone; the exact one stays in the title.
const shown = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const localTimes = root => {
  for (const time of root.querySelectorAll('time[datetime]')) {
    time.textContent = shown.format(new Date(time.dateTime))
  }
}
localTimes(document)
