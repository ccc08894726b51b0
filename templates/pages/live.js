// The live list: asks every two seconds, while it is looked at, whether something arrived, and puts it on top.
// The server's answer is the list's own HTML, in which everything from outside is text.
{
  const EVERY = 2000
  const MOST = 500
  const list = document.querySelector('[data-news]')
  const pause = document.querySelector('[data-pause]')
  const status = document.querySelector('[data-status]')
  const older = document.querySelector('[data-older]')
  let isPaused = false

  const newest = () => list.firstElementChild?.dataset.id ?? ''

  const say = (kind, words) => {
    status.className = `status ${kind}`
    const place = status.querySelector('[data-status-text]')
    if (place.textContent !== words) place.textContent = words
  }

  const read = async () => {
    const address = new URL(list.dataset.news, location.href)
    address.searchParams.set('newest', newest())
    const answer = await fetch(address, { cache: 'no-store' })
    if (answer.status === 204) return []
    if (!answer.ok || answer.redirected) throw new Error(`status ${answer.status}`)
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    localTimes(page)
    return [...page.querySelectorAll('li[data-id]')]
  }

  // Only what is new is put in, so that nobody loses the focus or the selection; after a flood, which leaves
  // a gap between what was shown and what came, the list begins anew.
  const show = items => {
    const known = new Map([...list.children].map(item => [item.dataset.id, item]))
    const fresh = items.filter(item => !known.has(item.dataset.id))
    if (known.size && fresh.length && fresh.length === items.length) list.replaceChildren()
    for (const item of fresh) {
      item.classList.add('fresh')
      const next = [...list.children].find(other => other.dataset.id < item.dataset.id)
      list.insertBefore(item, next ?? null)
    }
    trim(fresh.length === items.length && known.size > 0)
    if (fresh.length) tell(fresh.length)
  }

  const trim = beganAnew => {
    const isTooLong = list.children.length > MOST
    while (list.children.length > MOST) list.lastElementChild.remove()
    if (!(isTooLong || beganAnew) || !list.lastElementChild) return
    const address = new URL(older.href)
    address.searchParams.set('cursor', list.lastElementChild.dataset.id)
    older.href = address
    older.hidden = false
  }

  const tell = count => {
    document.querySelector('[data-waiting]').hidden = true
    document.querySelector('[data-told]').textContent = count === 1 ? '1 new arrival' : `${count} new arrivals`
  }

  const ask = async () => {
    try {
      const items = await read()
      if (isPaused) return
      show(items)
      say('on', 'Live')
    } catch {
      say('lost', 'The collector does not answer')
    }
  }

  const keepAsking = async () => {
    if (!document.hidden && !isPaused) await ask()
    setTimeout(keepAsking, EVERY)
  }

  pause.addEventListener('click', () => {
    isPaused = !isPaused
    pause.textContent = isPaused ? 'Go on' : 'Pause'
    say(isPaused ? '' : 'on', isPaused ? 'Paused' : 'Live')
    if (!isPaused) ask()
  })
  document.addEventListener('visibilitychange', () => document.hidden || isPaused || ask())

  status.hidden = pause.hidden = false
  document.querySelector('[data-reload]').hidden = true
  keepAsking()
}
