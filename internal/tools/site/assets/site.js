'use strict'

const $ = id => document.getElementById(id)

// Light and dark.
$('ui-theme').onclick = () => {
  const root = document.documentElement
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
  root.dataset.theme = dark ? 'light' : 'dark'
  try { localStorage.setItem('theme', root.dataset.theme) } catch {}
}

// The menu of a narrow window.
$('ui-menu').onclick = () => $('ui-menu').setAttribute('aria-expanded', $('ui-nav').classList.toggle('open'))
document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest' })

// Copy buttons.
for (const pre of document.querySelectorAll('pre.code')) {
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = document.body.dataset.copy
  button.onclick = async () => {
    await copy(pre.querySelector('code').textContent)
    button.textContent = document.body.dataset.copied
    setTimeout(() => { button.textContent = document.body.dataset.copy }, 1500)
  }
  pre.append(button)
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const area = document.createElement('textarea') // a page opened as a file or by http
  area.value = text
  document.body.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
}

// Search. The index is a script, loaded when the field is used for the first time; it calls
// searchIndex with the sections of all pages: t title, h heading, a address, x text, l of a list.
let index
const input = $('ui-search'), results = $('ui-results')

function searchIndex(list) {
  for (const e of list) {
    e.title = e.t.toLowerCase()
    e.heading = (e.h || '').toLowerCase()
    e.text = e.x.toLowerCase()
  }
  index = list
  show()
}

function load() {
  if (document.getElementById('search-index')) return
  const script = document.createElement('script')
  script.id = 'search-index'
  script.src = 'search-index.js'
  document.head.append(script)
}

// weight says how well a section fits a word; 0 is not at all. Chinese has no spaces, so a
// longer text in Chinese that is not found as it stands fits if most of its pairs of
// characters are found.
function weight(e, word) {
  let w = 0
  if (e.title.includes(word)) w += e.heading ? 4 : 12
  if (e.heading.includes(word)) w += 8
  if (e.text.includes(word)) w += 1 + Math.min(e.text.split(word).length - 2, 4) / 4
  if (w || !/[\u3400-\u9fff]/.test(word) || word.length < 3) return w
  const all = e.title + ' ' + e.heading + ' ' + e.text
  const share = pairs(word).filter(pair => all.includes(pair)).length / (word.length - 1)
  return share >= 0.5 ? share / 2 : 0
}

function pairs(word) {
  const list = []
  for (let i = 0; i + 1 < word.length; i++) list.push(word.slice(i, i + 2))
  return list
}

function find(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const found = []
  for (const e of index) {
    let sum = 0
    for (const word of words) {
      const w = weight(e, word)
      if (!w) { sum = 0; break }
      sum += w
    }
    if (sum) found.push({ e, sum: e.l ? sum / 3 : sum })
  }
  found.sort((a, b) => b.sum - a.sum)
  return { words, list: found.slice(0, 20).map(f => f.e) }
}

// marked appends text to a node, with the words marked.
function marked(node, text, words) {
  const low = text.toLowerCase()
  let at = 0
  while (at < text.length) {
    let next = -1, size = 0
    for (const w of words) {
      const i = low.indexOf(w, at)
      if (i >= 0 && (next < 0 || i < next)) { next = i; size = w.length }
    }
    if (next < 0) break
    node.append(text.slice(at, next))
    const m = document.createElement('mark')
    m.textContent = text.slice(next, next + size)
    node.append(m)
    at = next + size
  }
  node.append(text.slice(at))
}

// visible are the words as they stand in a section, or their pairs of characters.
function visible(e, words) {
  const all = e.title + ' ' + e.heading + ' ' + e.text
  return words.flatMap(w => all.includes(w) ? [w] : pairs(w))
}

function excerpt(e, words) {
  const first = Math.min(...words.map(w => e.text.indexOf(w)).filter(i => i >= 0), Infinity)
  const from = first === Infinity ? 0 : Math.max(0, first - 40)
  return (from ? '…' : '') + e.x.slice(from, from + 150) + (e.x.length > from + 150 ? '…' : '')
}

function show() {
  const query = input.value.trim()
  results.hidden = !query || !index
  if (results.hidden) return
  const { words, list } = find(query)
  results.replaceChildren()
  for (const e of list) {
    const shown = visible(e, words)
    const a = document.createElement('a')
    a.href = e.a
    a.setAttribute('role', 'option')
    const title = document.createElement('b')
    marked(title, e.h ? e.t + ' › ' + e.h : e.t, shown)
    const text = document.createElement('span')
    marked(text, excerpt(e, shown), shown)
    a.append(title, text)
    results.append(a)
  }
  if (!list.length) {
    const p = document.createElement('p')
    p.textContent = document.body.dataset.nothing
    results.append(p)
  }
}

function select(step) {
  const all = [...results.querySelectorAll('a')]
  const now = all.findIndex(a => a.getAttribute('aria-selected') === 'true')
  all[now]?.removeAttribute('aria-selected')
  const next = all[Math.max(0, Math.min(all.length - 1, now + step))]
  next?.setAttribute('aria-selected', 'true')
  next?.scrollIntoView({ block: 'nearest' })
}

input.onfocus = () => { load(); show() }
input.oninput = () => { load(); show() }
input.onkeydown = e => {
  if (e.isComposing) return
  if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
    e.preventDefault()
    select(e.key === 'ArrowDown' ? 1 : -1)
  } else if (e.key === 'Enter') {
    (results.querySelector('[aria-selected=true]') || results.querySelector('a'))?.click()
  } else if (e.key === 'Escape') {
    input.value = ''
    show()
    input.blur()
  }
}
results.onclick = () => { results.hidden = true }
document.addEventListener('click', e => { if (!e.target.closest('.search')) results.hidden = true })
document.addEventListener('keydown', e => {
  if (e.key === '/' && !e.target.closest('input, textarea')) {
    e.preventDefault()
    input.focus()
  }
})
