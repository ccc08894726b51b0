// The builder at once: the same buttons work without this file, by asking the server for the page again.
// The server draws the conditions; here they are exchanged, counted, and what is wrong is put beside its input.

const builder = document.querySelector('form.builder')
const tree = builder.querySelector('#tree')
const panel = builder.querySelector('#panel')
const PAUSE = 350
const left = new Set()
let isTouched = document.querySelector('#wrong') !== null
let timer = 0
let asked = 0
let line = Promise.resolve()

const texts = () => new URLSearchParams([...new FormData(builder)].filter(([, value]) => typeof value === 'string'))

const ask = async (address, sent) => {
  const answer = await fetch(address, { method: 'POST', body: sent, redirect: 'error' })
  if (!answer.ok) throw new Error(`status ${answer.status}`)
  return answer.json()
}

const say = words => (builder.querySelector('#said').textContent = words)
const named = place => builder.querySelector(`[name="${CSS.escape(place)}"]`)

// `n7-f2-value` belongs into the place of the line n7-f2, `n7-value` into that of the condition n7.
const placeOf = input => {
  const start = /^n\d+(?:-f\d+)?/.exec(input)?.[0]
  return start && (tree.querySelector(`[data-wrongs="${start}"]`) ?? tree.querySelector(`[data-wrongs="${start.split('-')[0]}"]`))
}

const showFaults = faults => {
  for (const old of tree.querySelectorAll('.wrongs > p')) old.remove()
  for (const input of tree.querySelectorAll('[aria-invalid]')) {
    input.removeAttribute('aria-invalid')
    input.removeAttribute('aria-describedby')
  }
  for (const node of tree.querySelectorAll('.faulty')) node.classList.remove('faulty')
  for (const [place, sentences] of Object.entries(faults)) {
    const input = named(place)
    // Whoever has not come there yet has not done anything wrong.
    if (input && !left.has(place)) continue
    const holder = placeOf(place)
    if (!holder) continue
    const told = document.createElement('p')
    told.className = 'wrong'
    told.id = place + '-wrong'
    told.textContent = sentences.join(' ')
    holder.append(told)
    holder.closest('.node').classList.add('faulty')
    input?.setAttribute('aria-invalid', 'true')
    input?.setAttribute('aria-describedby', told.id)
  }
}

const count = async () => {
  const mine = ++asked
  panel.classList.add('asking')
  try {
    const found = await ask(builder.dataset.counted, texts())
    if (mine !== asked) return
    panel.innerHTML = found.panel
    showFaults(found.faults)
  } catch {
    if (mine === asked) panel.textContent = 'The collector does not answer.'
  }
  if (mine !== asked) return
  panel.classList.remove('asking')
  delete panel.dataset.uncounted
}

const countSoon = () => {
  clearTimeout(timer)
  timer = setTimeout(count, PAUSE)
}

const stay = (here, caret) => {
  const again = (here.id && document.getElementById(here.id)) || (here.name && named(here.name))
  again?.focus()
  if (typeof caret === 'number' && again?.selectionStart !== null) again?.setSelectionRange?.(caret, caret)
}

// What was typed while the server drew the conditions anew is taken over, and the focus stays where it was.
const redraw = async (action, from) => {
  const sent = texts()
  sent.set('do', action)
  const drawn = await ask(builder.dataset.changed, sent)
  const before = new Map(sent)
  const typed = [...new FormData(builder)].filter(([name, value]) => before.get(name) !== value)
  const here = tree.contains(document.activeElement) ? document.activeElement : null
  const caret = here?.selectionStart
  tree.innerHTML = drawn.tree
  for (const [name, value] of typed) {
    const input = named(name)
    if (input && input.type !== 'hidden') input.value = value
  }
  if (drawn.focus || !here) document.getElementById(drawn.focus || from)?.focus()
  else stay(here, caret)
  if (drawn.said) say(drawn.said)
  countSoon()
}

// One after the other: each begins with what the one before has made.
const change = (action, from) => {
  isTouched = true
  line = line.then(() => redraw(action, from)).catch(() => say('The collector does not answer. Try again.'))
}

builder.addEventListener('click', event => {
  const button = event.target.closest('button[name="do"]')
  if (!button || button.value === 'save') return
  event.preventDefault()
  if (button.getAttribute('aria-disabled') !== 'true') change(button.value, button.id)
})

builder.addEventListener('change', event => {
  if ('again' in event.target.dataset) change('refresh', event.target.id)
})

builder.addEventListener('input', () => {
  isTouched = true
  countSoon()
})

builder.addEventListener('focusout', event => {
  if (!event.target.name || !event.target.name.startsWith('n')) return
  left.add(event.target.name)
  countSoon()
})

if ('uncounted' in panel.dataset) count()

builder.addEventListener('submit', () => (isTouched = false))
window.addEventListener('beforeunload', event => {
  if (isTouched) event.preventDefault()
})
