'use strict';
// Starts the page: finds its elements, receives events, and holds the state that chat and console share.

function start() {
  wordsInPlace();
  const source = new EventSource('/page/events');
  source.onopen = () => connected(true);
  source.onerror = () => connected(false);
  source.onmessage = (event) => take(JSON.parse(event.data));
  for (const b of document.querySelectorAll('[data-view-to]')) b.onclick = () => showView(b.dataset.viewTo);
  $('language').onclick = () => {
    language = language === 'zh' ? 'en' : 'zh';
    localStorage.setItem('language', language);
    wordsInPlace();
    chat.redraw();
    panes.redraw();
  };
  showView('chat');
  chat.start();
  panes.start();
}

function take(batch) {
  if (batch.reset) {
    chat.reset();
    panes.reset();
  }
  if (batch.state) data.state = batch.state;
  panes.take(batch);
  chat.take(batch);
}

function connected(yes) {
  $('link').classList.toggle('on', yes);
  $('link').dataset.word = yes ? 'connected' : 'lost';
  wordsInPlace();
}

function showView(name) {
  document.body.dataset.view = name;
  for (const b of document.querySelectorAll('[data-view-to]')) b.setAttribute('aria-selected', b.dataset.viewTo === name);
}

function wordsInPlace() {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  for (const e of document.querySelectorAll('[data-word]')) e.textContent = w(e.dataset.word);
  $('language').textContent = w('other');
  $('text').placeholder = w('typeHere');
  for (const [id, word] of [['text', 'typeHere'], ['to-emoji', 'emoji'], ['to-panel', 'more'], ['to-menu', 'keyboard']]) {
    $(id).setAttribute('aria-label', w(word));
    $(id).title = w(word);
  }
}

document.addEventListener('DOMContentLoaded', start);
