'use strict';
// Helpers for the whole page, and the developer's console.

const $ = (id) => document.getElementById(id);

// el makes an element. Strings become text nodes and are never parsed as HTML.
function el(tag, attributes, ...children) {
  const [name, ...classes] = tag.split('.');
  const e = document.createElement(name);
  if (classes.length) e.className = classes.join(' ');
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith('on')) e[key] = value;
    else if (key.startsWith('aria-') && value != null) e.setAttribute(key, String(value));
    else if (value === true) e.setAttribute(key, '');
    else if (value !== false && value != null) e.setAttribute(key, value);
  }
  e.append(...children.filter((c) => c != null && c !== false && c !== ''));
  return e;
}

// ask sends a command to the page's server and shows its error.
async function ask(name, body) {
  try {
    const answer = await fetch('/page/' + name, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body || {}) });
    const said = await answer.json();
    if (said.error && !answer.ok) throw new Error(said.error);
    return said;
  } catch (error) {
    toast(error.message);
    return null;
  }
}

let toastTimer;
function toast(text) {
  $('toast').textContent = text;
  $('toast').hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $('toast').hidden = true; }, 6000);
}

const clockOf = (at) => new Date(at).toLocaleTimeString(language === 'zh' ? 'zh-CN' : 'en-GB');
const platformNow = () => Date.now() + (data.state ? data.state.offset_ms : 0);
const safeURL = (url) => (/^https?:\/\//i.test(url || '') ? url : null);

function pretty(text) {
  const t = (text || '').trim();
  if (t.startsWith('{') || t.startsWith('[')) {
    try { JSON.parse(t); } catch { return text; }
    return indentJSON(t);
  }
  if (t.startsWith('<xml')) return t.replace(/\n\s*/g, '').replace(/(<\/[\w-]+>|<xml>)(?=<)/g, '$1\n');
  return text;
}

// indentJSON indents JSON without parsing its numbers, which may have 64 bits.
function indentJSON(text) {
  let out = '', depth = 0, quoted = false;
  const line = () => '\n' + '  '.repeat(depth);
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      out += c;
      if (c === '\\') out += text[++i];
      else if (c === '"') quoted = false;
    } else if (c === '"') { quoted = true; out += c; }
    else if (c === '{' || c === '[') {
      const close = text.slice(i + 1).match(/^\s*([}\]])/);
      if (close) { out += c + close[1]; i += close[0].length; } else { depth++; out += c + line(); }
    } else if (c === '}' || c === ']') { depth--; out += line() + c; }
    else if (c === ',') out += c + line();
    else if (c === ':') out += ': ';
    else if (!/\s/.test(c)) out += c;
  }
  return out;
}

function duration(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  const parts = [[Math.floor(s / 86400), 'd'], [Math.floor(s / 3600) % 24, 'h'], [Math.floor(s / 60) % 60, 'm'], [s % 60, 's']];
  const first = parts.findIndex(([n]) => n > 0);
  return first < 0 ? '0s' : parts.slice(first, first + 2).map(([n, unit]) => n + unit).join(' ');
}

const data = { state: null, exchanges: new Map(), calls: [] };

const panes = (() => {
  const names = ['callbacks', 'calls', 'tokens', 'quotas', 'faults', 'account'];
  let current = 'callbacks', filter = '', due = false, openEntries = new Set(), lone = 0;
  const keep = 500;

  function start() {
    drawTabs();
    redraw();
    setInterval(tick, 1000);
  }

  function reset() {
    data.exchanges.clear();
    data.calls = [];
    openEntries = new Set();
  }

  // The deliveries of one message are shown together, with the result for the user.
  function take(batch) {
    for (const d of batch.deliveries || []) exchange(d.exchange || --lone).deliveries.push(d);
    for (const v of batch.verdicts || []) exchange(v.exchange).verdict = v;
    data.calls.push(...(batch.calls || []));
    data.calls.splice(0, Math.max(0, data.calls.length - keep));
    for (const key of data.exchanges.keys()) {
      if (data.exchanges.size <= keep) break;
      data.exchanges.delete(key);
    }
    const touched = { callbacks: batch.deliveries || batch.verdicts, calls: batch.calls };
    if (batch.reset || batch.state || touched[current]) later();
    drawCounts();
  }

  function exchange(key) {
    if (!data.exchanges.has(key)) data.exchanges.set(key, { key, deliveries: [], verdict: null });
    return data.exchanges.get(key);
  }

  function later() {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; redraw(); });
  }

  function drawTabs() {
    $('tabs').replaceChildren(...names.map((name) => el('button.tab', {
      id: 'tab-' + name, role: 'tab', 'aria-controls': 'pane', 'aria-selected': name === current, tabindex: name === current ? 0 : -1,
      onclick: () => show(name), onkeydown: (e) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
        if (step) show(names[(names.indexOf(name) + step + names.length) % names.length], true);
      },
    }, w(name), el('span.count', { hidden: true }))));
    drawCounts();
  }

  function show(name, focus) {
    current = name;
    drawTabs();
    redraw();
    $('pane').scrollTop = 0;
    if (focus) $('tab-' + name).focus();
  }

  function drawCounts() {
    const failed = [...data.exchanges.values()].filter(failure).length;
    const counts = { callbacks: [data.exchanges.size, failed], calls: [data.calls.length, data.calls.filter((c) => c.code || c.fault).length], faults: [data.state?.faults.length || 0, 1] };
    for (const [name, [n, bad]] of Object.entries(counts)) {
      const count = $('tab-' + name)?.querySelector('.count');
      if (!count) continue;
      count.hidden = n === 0;
      count.textContent = n;
      count.classList.toggle('bad', bad > 0);
    }
  }

  function redraw() {
    if (!$('tabs').firstChild || $('tabs').dataset.language !== language) {
      $('tabs').dataset.language = language;
      drawTabs();
    }
    const pane = $('pane');
    const typing = document.activeElement && pane.contains(document.activeElement) && /INPUT|SELECT|TEXTAREA/.test(document.activeElement.tagName) ? document.activeElement : null;
    if (typing && !['callbacks', 'calls'].includes(current)) return void (missed = true);
    const list = pane.querySelector('.list');
    if (list && pane.dataset.shown === current + language) return arrange(list, rows[current]());
    pane.dataset.shown = current + language;
    pane.setAttribute('aria-labelledby', 'tab-' + current);
    pane.replaceChildren(...draw[current]().filter(Boolean));
  }
  let missed = false;
  document.addEventListener('focusout', () => setTimeout(() => { if (missed) { missed = false; later(); } }, 150));

  // arrange puts rows into a list and leaves those in their place untouched: with
  // the focus, and whatever somebody is reading.
  function arrange(list, nodes) {
    let at = list.firstChild;
    for (const n of nodes) {
      if (n === at) at = at.nextSibling;
      else list.insertBefore(n, at);
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  }

  // drawn makes a row again only if its content has changed.
  function drawn(owner, version, make) {
    const old = made.get(owner);
    if (old && old.version === version) return old.row;
    const row = make();
    made.set(owner, { version, row });
    return row;
  }
  const made = new WeakMap();

  // tick updates the texts that change with time.
  function tick() {
    for (const e of document.querySelectorAll('[data-until]')) e.textContent = duration(Date.parse(e.dataset.until) - platformNow());
    for (const e of document.querySelectorAll('[data-now]')) e.textContent = new Date(platformNow()).toLocaleString(language === 'zh' ? 'zh-CN' : 'en-GB');
    if (current === 'tokens' && data.state?.tokens.some((t) => stateOf(t) !== t.drawn)) later();
  }

  const failure = (x) => (x.verdict ? !x.verdict.ok : x.deliveries.some((d) => d.error));
  const why = (text, extra, kind) => said(text) && el('div.why' + (kind || ''), null, el('p', null, said(text)), said(extra) && el('p', null, said(extra)));
  const piece = (title, text) => text && el('div.piece', null, el('span', null, title), el('pre', null, pretty(text)));

  function entry(key, classes, summary, ...body) {
    const d = el('details.entry' + classes, { open: openEntries.has(key), 'data-key': key }, el('summary', null, ...summary));
    const fill = () => { if (d.open && !d.querySelector('.body')) d.append(el('div.body', null, ...body)); };
    d.ontoggle = () => { openEntries[d.open ? 'add' : 'delete'](key); fill(); };
    fill();
    return d;
  }

  function name(x) {
    const d = x.deliveries[0];
    if (!d) return '…';
    if (d.method === 'GET') return w('verification');
    const value = (tag) => (d.message.match(new RegExp(`<${tag}>(?:<!\\[CDATA\\[)?(.*?)(?:\\]\\]>)?</${tag}>`, 's')) ||
      d.message.match(new RegExp(`"${tag}":\\s*"?((?:[^"\\\\,}]|\\\\.)*)`)) || [])[1];
    const type = value('MsgType') || value('InfoType') || 'message';
    const about = value('EventKey') || value('Content') || '';
    return (type === 'event' ? w('event') + ' ' + (value('Event') || '') : type) + (about ? ' · ' + about.slice(0, 60) : '');
  }

  function drawExchange(x) {
    const last = x.deliveries[x.deliveries.length - 1];
    const bad = failure(x), v = x.verdict;
    const reason = v && !v.ok ? v.why : last?.why;
    const details = entry('x' + x.key, bad ? '.bad' : '', [
      el('time', null, last ? clockOf(x.deliveries[0].at) : ''), el('span.what', null, name(x)),
      x.deliveries.length > 1 && el('span.tag.warn', null, w('repeats', x.deliveries.length)),
      v?.cut > 0 && el('span.tag.warn', null, w('cutNews', v.cut)),
      el('span.tag' + (bad ? '.bad' : ''), null, bad ? w('failed') : w('answered')),
      el('span.took', null, last ? last.took_ms + ' ms' : ''),
    ],
    v?.saw && piece(w('shows'), v.saw),
    piece(w('decrypted'), x.deliveries[0]?.message),
    v?.xml && piece(w('replyClear'), v.xml),
    ...x.deliveries.map((d) => el('div', null,
      el('h3', null, w('tryNo', d.try), ' · ', clockOf(d.at), ' · ', d.took_ms + ' ms', ' · ', d.status ? 'HTTP ' + d.status : w('noAnswer')),
      d.error && el('div.why', null, el('p', null, said(d.why)), el('p', null, d.error)),
      piece(w('request'), d.method + ' ' + d.url.split('?')[0] + (d.request && d.request !== d.message ? '\n\n' + pretty(d.request) : '')),
      piece(w('signature'), Object.entries(d.signed).map(([k, val]) => k + ' = ' + val).join('\n')),
      piece(w('response'), d.answer))));
    // The explanation of a failure is outside the fold, so that it is visible without a click.
    return el('div.exchange', null, details, bad ? why(reason, v?.more) : why(v?.more, null, '.warn'));
  }

  function drawCall(c) {
    const details = entry('c' + c.rid, c.code || c.fault || c.status >= 400 || !c.status ? '.bad' : '', [
      el('time', null, clockOf(c.at)), el('span.tag.gray', null, c.method), el('span.what', null, c.path),
      c.fault && el('span.tag.warn', null, w('injected') + ': ' + c.fault),
      el('span.tag' + (c.code || c.status !== 200 ? '.bad' : ''), null, c.code ? 'errcode ' + c.code : c.status ? (c.status === 200 ? 'ok' : 'HTTP ' + c.status) : w('noAnswer')),
      el('span.took', null, c.took_ms + ' ms'),
    ], piece(w('query'), c.query), piece(w('request'), c.request), piece(w('answer'), c.answer), piece('rid', c.rid));
    return el('div', null, details, (c.code || c.fault) && el('div.why' + (c.fault ? '.warn' : ''), null,
      said(c.remedy) && el('p', null, w('remedy') + (language === 'zh' ? '：' : ': ') + said(c.remedy)), said(c.meaning) && el('p', null, said(c.meaning))));
  }

  const matches = (c) => !filter || (filter.endsWith('*') ? c.path.startsWith(filter.slice(0, -1)) : c.path.includes(filter));
  const rows = {
    callbacks: () => (data.exchanges.size ? [...data.exchanges.values()].reverse().map((x) => drawn(x, language + x.deliveries.length + !!x.verdict, () => drawExchange(x))) : [el('div.empty', null, w('noCallbacks'))]),
    calls: () => {
      const found = data.calls.filter(matches).reverse();
      return found.length ? found.map((c) => drawn(c, language, () => drawCall(c))) : [el('div.empty', null, w('noCalls'))];
    },
  };

  const traffic = () => [el('a', { href: '/page/record', download: 'wechat-traffic.jsonl' }, w('record'))];

  const draw = {
    callbacks: () => [
      el('div.bar', null, el('button', { id: 'verify', onclick: verify }, w('verify')), el('button', { onclick: replay }, w('replay')), ...traffic()),
      el('div.list', null, ...rows.callbacks()),
    ],
    calls: () => [
      el('div.bar', null, el('input', { id: 'filter', type: 'search', value: filter, placeholder: w('filter'), 'aria-label': w('filter'), oninput: (e) => { filter = e.target.value.trim(); later(); } }), ...traffic()),
      el('div.list', null, ...rows.calls()),
    ],
    tokens: () => [el('p.hint', null, w('tokenHint')),
      el('div.bar', null, el('button', { id: 'expire', onclick: () => ask('tokens', { what: 'expire' }) }, w('expire')), el('button.danger', { id: 'revoke', onclick: () => ask('tokens', { what: 'revoke' }) }, w('revoke')),
        el('span.hint', null, w('tokenRequests', data.state?.token_requests ?? 0))),
      data.state?.tokens.length ? el('table', null, el('thead', null, el('tr', null, ...['value', 'kind', 'stateWord', 'life'].map((h) => el('th', null, w(h))))),
        el('tbody', null, ...data.state.tokens.map(drawToken))) : el('div.empty', null, w('noTokens')),
      ...clock()],
    quotas: () => [el('p.hint', null, w('quotaHint')),
      el('form.bar', { onsubmit: setQuota }, field('path', 'text', '/cgi-bin/message/custom/send', 'quota-path'), field('daily', 'number', '5', 'quota-daily'), field('minutely', 'number', '0', 'quota-minutely'), el('button', null, w('setQuota'))),
      data.state?.quotas.length ? el('table', null, el('thead', null, el('tr', null, ...['path', 'used', 'daily', 'minutely'].map((h) => el('th', null, w(h))), el('th'))),
        el('tbody', null, ...data.state.quotas.map((q) => el('tr', null, el('td.mono', null, q.path), el('td', null, String(q.used)), el('td', null, q.daily ? String(q.daily) : '–'), el('td', null, q.minutely ? String(q.minutely) : '–'), el('td', null, meter(q)))))) : el('div.empty', null, w('noQuota')),
    ],
    faults: () => [el('p.hint', null, w('faultHint')), el('h3', null, w('inForce')),
      data.state?.faults.length ? el('div', null, ...data.state.faults.map(drawFault)) : el('p.hint', null, w('noFaults')),
      el('h3', null, w('switchOn')),
      el('div.bar', null, field('path', 'text', '', 'fault-path', '/cgi-bin/message/*'), field('share', 'text', '', 'fault-share', '0.1'), field('times', 'text', '', 'fault-times', '3')),
      el('div.grid', null, ...faultKinds.map(([rule, title, text]) => el('div.fault-card', null, el('b', null, pick(title)), el('p', null, pick(text)), el('button', { 'data-fault': rule, onclick: () => switchOn(rule) }, w('switchOn')))),
        el('div.fault-card', null, el('b', null, w('lostReply')), el('p', null, w('lostReplyHint')), el('button', { id: 'lose', onclick: () => ask('lose', {}).then((ok) => ok && toast('✓')) }, w('once'))))],
    account: () => {
      const a = data.state?.account;
      if (!a) return [];
      return [el('p.hint', null, w('accountHint')),
        el('table', null, el('tbody', null, ...[['base', a.base], ['AppID', a.appid], ['AppSecret', a.secret], ['Token', a.token], ['EncodingAESKey', ['Plain', 'CloudHosting'].includes(a.mode) ? w('unusedKey') : a.aes_key], ['originalID', a.original_id]].map(([k, v]) => el('tr', null, el('th', null, w(k)), el('td.mono', null, v || w('hiddenValue')))))),
        el('h3', null, w('callbackURL')),
        el('form.bar', { onsubmit: (e) => { e.preventDefault(); ask('bot', { url: $('bot-url').value.trim() }).then((ok) => ok && toast('✓')); } }, el('input', { id: 'bot-url', type: 'text', inputmode: 'url', size: 34, value: a.callbacks.join(' '), placeholder: 'http://127.0.0.1:8080/wechat', 'aria-label': w('callbackURL') }), el('button.main', null, w('save')), el('button', { type: 'button', onclick: verify }, w('verify'))),
        el('h3', null, w('mode')),
        el('select', { 'aria-label': w('mode'), onchange: (e) => { const mode = e.target.value; e.target.blur(); ask('mode', { mode }); } }, ...['Plain', 'Compat', 'Safe', 'Component', 'CloudHosting'].map((m) => el('option', { value: m, selected: m === a.mode }, w(m)))),
        ...clock()];
    },
  };

  const field = (name, type, value, id, placeholder) => el('label.hint', null, w(name) + ' ', el('input', { id, type, value, min: type === 'number' ? 0 : null, placeholder: placeholder || null, size: name === 'path' ? 24 : 6 }));

  function clock() {
    const step = (word, seconds) => el('button', { 'data-clock': seconds, onclick: () => ask('clock', { seconds }) }, w(word));
    return [el('h3', null, w('clock')), el('div.clock', { 'data-now': true }, new Date(platformNow()).toLocaleString(language === 'zh' ? 'zh-CN' : 'en-GB')),
      data.state?.offset_ms > 0 ? el('p.hint', null, w('ahead') + ' ' + duration(data.state.offset_ms)) : null, el('p.hint', null, w('clockHint')),
      el('div.buttons', null, step('minutes10', 600), step('hour1', 3600), step('hours2', 7200), step('day1', 86400), step('hours48', 172800))].filter(Boolean);
  }

  const meter = (q) => q.daily > 0 && (() => { const bar = el('i'); bar.style.width = Math.min(100, 100 * q.used / q.daily) + '%'; return el('div.meter', null, bar); })();

  function stateOf(t) {
    const now = platformNow();
    if (Date.parse(t.expires) <= now) return 'expired';
    if (t.retired && Date.parse(t.retired) <= now) return 'revoked';
    return t.retired ? 'overlap' : 'valid';
  }

  function drawToken(t) {
    const state = t.drawn = stateOf(t);
    const until = state === 'overlap' ? t.retired : t.expires;
    return el('tr', { 'data-token': state }, el('td.mono', null, t.value), el('td', null, w(t.kind === 'other' ? 'otherToken' : t.kind)),
      el('td', null, el('span.tag' + ({ valid: '', overlap: '.warn' }[state] ?? '.bad'), null, w(state))),
      el('td', null, state === 'valid' || state === 'overlap' ? el('span', { 'data-until': until }, duration(Date.parse(until) - platformNow())) : '–'));
  }

  function drawFault(f) {
    const strikes = [f.path || w('everyPath'), f.method, f.share ? Math.round(f.share * 100) + '%' : '', f.left ? w('times') + ' ' + f.left : ''].filter(Boolean).join(' · ');
    const kind = faultKinds.find(([rule]) => f.name === faultName(rule));
    return el('div.why.warn', { 'data-active': f.name }, el('p', null, el('b', null, kind ? pick(kind[1]) : f.name), ' — ' + strikes), kind && el('p', null, pick(kind[2])), el('p', null, said(f.meaning)),
      el('button.small', { onclick: () => ask('unfault', { id: f.id }) }, w('switchOff')));
  }

  // faultName is the server's name for the fault of a rule.
  function faultName(rule) {
    const named = { cut: 'connection cut before the call', 'cut-after': 'connection cut before the answer', truncated: 'truncated JSON', hang: 'no answer', 'slow=3s': 'latency 3s', 502: 'HTTP 502' };
    return named[rule] || 'errcode ' + rule;
  }

  function switchOn(rule) {
    const options = [['path', $('fault-path').value], ['share', $('fault-share').value], ['times', $('fault-times').value]];
    ask('fault', { rule: [rule, ...options.filter(([, v]) => v.trim()).map(([k, v]) => k + '=' + v.trim())].join(',') });
  }

  function setQuota(e) {
    e.preventDefault();
    document.activeElement.blur();
    ask('quota', { path: $('quota-path').value.trim(), daily: Number($('quota-daily').value), minutely: Number($('quota-minutely').value) });
  }

  async function verify() {
    const v = await ask('verify');
    if (v) toast(v.ok ? w('verified') : said(v.why) || v.error);
  }

  function replay() {
    const input = el('input', { type: 'file', accept: '.jsonl,.json,.txt' });
    input.onchange = async () => {
      try {
        const answer = await fetch('/page/replay', { method: 'POST', headers: { 'Content-Type': 'application/octet-stream' }, body: input.files[0] });
        if (!answer.ok) toast((await answer.json()).error);
      } catch (error) { toast(error.message); }
    };
    input.click();
  }

  return { start, reset, take, redraw, show };
})();
