// The editor at once: the same buttons work without this file, by asking the server for the page again.

const editor = document.querySelector('form.editor')
const list = editor.querySelector('#rows')
const blank = editor.querySelector('#blank')
const addButton = editor.querySelector('#add')
const premadeOf = editor.elements.premade_of
const most = Number(editor.dataset.most)

const fieldRows = () => [...list.querySelectorAll('.field-row:not(.fixed)')]
const inputOf = (row, name) => row.querySelector(`[name^="fields-"][name$="-${name}"]`)
const nameOf = row => inputOf(row, 'name').value.trim()
const numberOf = row => inputOf(row, 'name').name.split('-')[1]
let next = fieldRows().length
let isTouched = false

const say = words => (editor.querySelector('#said').textContent = words)

// What the server rendered for nobody, made out for one field. No value of a person is in it.
const madeOf = (html, number) => {
  const holder = document.createElement('template')
  holder.innerHTML = html.replaceAll('-NEW', '-' + number)
  return holder.content.firstElementChild
}

// Every rule that the type has, and no other; those of another type keep their values in case it comes back.
const fitRules = row => {
  const type = inputOf(row, 'type').value
  let before = row.querySelector('.rule-grid > .choice')
  for (const rule of blank.content.querySelectorAll('[data-rule]')) {
    const isFit = rule.dataset.types.split(' ').includes(type)
    let own = row.querySelector(`[data-rule="${rule.dataset.rule}"]`)
    if (isFit && !own) {
      own = madeOf(rule.outerHTML, numberOf(row))
      before.after(own)
    }
    if (!own) continue
    own.hidden = !isFit
    before = own
  }
}

// What is set, beside the closed fold; the field's name in what is read aloud.
const describe = row => {
  const name = nameOf(row) || 'this field'
  row.querySelector('.row-head').setAttribute('aria-label', 'Field ' + name)
  row.querySelector('summary .unseen').textContent = ' of ' + name
  for (const button of row.querySelectorAll('.moves button')) {
    const what = { up: 'Move up', down: 'Move down', remove: 'Delete' }[button.value.split('-')[0]]
    button.setAttribute('aria-label', what + ' ' + name)
  }
  const set = [...row.querySelectorAll('[data-rule]:not([hidden])')]
    .filter(rule => rule.querySelector('input, select, textarea').value.trim())
    .map(rule => rule.firstChild.textContent.trim().toLowerCase())
  if (inputOf(row, 'personal').checked) set.unshift('personal')
  row.querySelector('.set').textContent = set.join(', ')
}

const count = () => {
  const rows = fieldRows()
  editor.querySelector('#count').textContent = rows.length
  addButton.disabled = rows.length >= most || 'held' in editor.elements
  const names = rows.map(nameOf).filter(Boolean).map(name => new Option(name, name))
  editor.querySelector('#names').replaceChildren(...names)
}

const touch = () => {
  isTouched = true
  if (premadeOf) premadeOf.value = ''
}

const addRow = values => {
  const row = madeOf(blank.innerHTML.trim(), next++)
  for (const [name, value] of Object.entries(values)) {
    const input = inputOf(row, name)
    if (input.type === 'checkbox') input.checked = Boolean(value)
    else input.value = value
  }
  list.append(row)
  fitRules(row)
  describe(row)
  return row
}

const actions = {
  add() {
    const row = addRow({})
    inputOf(row, 'name').focus()
    say('A field is added.')
  },
  remove(row) {
    const after = row.nextElementSibling
    const name = nameOf(row) || 'The field'
    row.remove()
    ;(after ? after.querySelector('.moves [value^="remove"]') : addButton).focus()
    say(name + ' is deleted.')
  },
  up(row, button) {
    const before = row.previousElementSibling
    if (before && !before.classList.contains('fixed')) before.before(row)
    arrived(row, button)
  },
  down(row, button) {
    row.nextElementSibling?.after(row)
    arrived(row, button)
  },
}

const arrived = (row, button) => {
  button.focus()
  say(`${nameOf(row) || 'The field'} is number ${fieldRows().indexOf(row) + 1}.`)
}

editor.addEventListener('click', event => {
  const button = event.target.closest('button[name="do"]')
  const action = button && actions[button.value.split('-')[0]]
  if (!action) return
  event.preventDefault()
  action(button.closest('.field-row'), button)
  touch()
  count()
})

// `toggle` does not bubble, but it can be caught on its way down.
list.addEventListener('toggle', event => fitRules(event.target.closest('.field-row')), true)

list.addEventListener('input', event => {
  const row = event.target.closest('.field-row')
  if (event.target.name.endsWith('-type')) fitRules(row)
  describe(row)
  count()
  touch()
})

// Another category brings its own fields for as long as nobody touched those of the one before.
const category = editor.elements.category
const premade = JSON.parse(editor.dataset.premade ?? '{}')
category.addEventListener('change', () => {
  if (!premadeOf?.value || !premade[category.value]) return
  for (const row of fieldRows()) row.remove()
  for (const values of premade[category.value]) addRow(values)
  premadeOf.value = category.value
  count()
  say('The pre-made fields of ' + category.value + ' are put in.')
})

editor.addEventListener('input', () => (isTouched = true))
editor.addEventListener('submit', () => (isTouched = false))
window.addEventListener('beforeunload', event => {
  if (isTouched) event.preventDefault()
})
for (const row of fieldRows()) describe(row)
// A form that was refused was typed in before.
isTouched = document.querySelector('#wrong') !== null
