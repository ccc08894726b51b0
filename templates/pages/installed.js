// The install check of the snippet page: hears what the snippet of the opened page says, and passes it on where that page
// cannot reach the collector. Whoever has the nonce is the page that was opened.

const link = document.querySelector('#check a[data-nonce]')

const hear = async ({ data, origin }) => {
  if (data?.fieldpost !== link.dataset.nonce) return
  removeEventListener('message', hear)
  if (!data.reached) {
    const csrf = document.querySelector('#check [name=csrf]').value
    const body = new URLSearchParams({ csrf, nonce: data.fieldpost, origin, told: JSON.stringify(data) })
    await fetch(link.dataset.told, { method: 'POST', body, redirect: 'error' })
  }
  location.assign(link.dataset.next)
}

if (link) addEventListener('message', hear)
