// The light of the snippet page: asks whether events of pages have arrived, while somebody looks.

const light = document.querySelector('.light[data-ask]')
const PAUSE = 2000
let timer = 0

const show = found => {
  light.classList.toggle('green', found.stored > 0)
  light.querySelector('.trouble').hidden = found.rejected === 0
  light.querySelector('.rejected').textContent = found.rejected.toLocaleString('en')
  if (!found.stored) return
  if (found.newest_at !== null) {
    const time = document.createElement('time')
    time.dateTime = time.title = new Date(found.newest_at / 1000).toISOString()
    light.querySelector('.newest').replaceChildren(time)
    localTimes(light) // of pages.js
  }
  light.querySelector('.source').textContent = found.source ?? ''
}

const ask = async () => {
  clearTimeout(timer)
  if (document.hidden) return
  try {
    const answer = await fetch(light.dataset.ask, { headers: { Accept: 'application/json' }, redirect: 'error' })
    if (answer.ok) show(await answer.json())
    else if (answer.status < 500) return
  } catch { /* the next try may do better */ }
  if (!light.classList.contains('green')) timer = setTimeout(ask, PAUSE)
}

if (light && !light.classList.contains('green')) {
  document.addEventListener('visibilitychange', ask)
  ask()
}
