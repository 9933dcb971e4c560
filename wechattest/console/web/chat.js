'use strict';
// The phone: users, their chats, the account's menu, and the messages that a user can send.

const chat = (() => {
  let lines = [], user = localStorage.getItem('user') || '', menuOpen = true, drawnUsers = '', drawnMenu = '';
  const keep = 1000;
  const smileys = '😀 😄 😂 🤣 😊 😍 😘 😜 🤔 😎 😭 😡 😱 😴 🤗 🙄 👍 👎 👏 🙏 💪 👌 ✌️ 🤝 ❤️ 💔 🌹 🎂 🎉 🧧 🌏 ☕'.split(' ');

  const me = () => data.state?.users.find((u) => u.openid === user);

  function start() {
    $('user').onchange = () => choose($('user').value);
    $('new-user').onclick = newUser;
    $('follow').onclick = () => user && ask(me()?.following ? 'unfollow' : 'follow', { user });
    $('say').onsubmit = (e) => { e.preventDefault(); say(); };
    $('text').onkeydown = (e) => { if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); say(); } };
    $('text').oninput = () => { $('text').style.height = 'auto'; $('text').style.height = $('text').scrollHeight + 'px'; };
    $('to-emoji').onclick = () => toggle('emoji');
    $('to-panel').onclick = () => toggle('panel');
    $('to-menu').onclick = () => { menuOpen = !menuOpen; drawMenu(true); };
    document.addEventListener('keydown', (e) => { if (e.key === 'Escape') closeAll(); });
    document.addEventListener('click', (e) => { if (!e.target.closest('.menu')) closeSubs(); });
    $('emoji').replaceChildren(...smileys.map((s) => el('button.cell', { type: 'button', onclick: () => { $('text').value += s; $('text').focus(); } }, s)));
    drawPanel();
  }

  function reset() { lines = []; }

  function redraw() {
    drawnUsers = drawnMenu = '';
    drawPanel();
    drawUsers();
    drawMenu();
    drawLines();
  }

  function take(batch) {
    const fresh = batch.chat || [];
    lines.push(...fresh);
    lines.splice(0, Math.max(0, lines.length - keep));
    if (batch.state) { drawUsers(); drawMenu(); }
    if (batch.reset) return drawLines();
    const mine = fresh.filter((l) => l.user === user);
    if (mine.length) { $('lines').append(...mine.map(draw).filter(Boolean)); toEnd(); }
  }

  function choose(openid) {
    user = openid;
    localStorage.setItem('user', openid);
    closeAll();
    redraw();
  }

  function drawUsers() {
    const users = data.state?.users || [];
    if (!users.some((u) => u.openid === user) && users.length) user = users[0].openid;
    const shape = JSON.stringify([users.map((u) => [u.openid, u.following, u.typing]), user, language]);
    if (shape === drawnUsers) return;
    const changed = drawnUsers && JSON.parse(drawnUsers)[1] !== user;
    drawnUsers = shape;
    $('user').replaceChildren(...(users.length ? users.map((u) => el('option', { value: u.openid, selected: u.openid === user }, u.openid + (u.following ? '' : w('notFollowing')))) : [el('option', { value: '' }, w('noUser'))]));
    $('follow').textContent = w(me()?.following ? 'unfollow' : 'follow');
    $('follow').disabled = !me();
    $('typing').hidden = !me()?.typing;
    $('typing').textContent = w('typing');
    if (changed) drawLines();
  }

  // ---- the menu of the account ----

  function drawMenu(force) {
    const menu = (me()?.following && me()?.menu) || [];
    const shape = JSON.stringify([menu, menuOpen, language]);
    if (shape === drawnMenu && !force) return;
    drawnMenu = shape;
    $('to-menu').hidden = menu.length === 0;
    $('menu').hidden = menu.length === 0 || !menuOpen;
    $('menu').replaceChildren(...menu.map((b) => {
      const group = el('div.menu-group');
      const button = el('button.menu-button', { type: 'button', 'aria-haspopup': b.sub_button?.length ? 'menu' : null, 'aria-expanded': b.sub_button?.length ? 'false' : null }, (b.sub_button?.length ? '≡ ' : '') + b.name);
      button.onclick = () => (b.sub_button?.length ? openSub(group, button, b) : tap(b, [b.name]));
      group.append(button);
      return group;
    }));
  }

  function openSub(group, button, b) {
    const open = group.querySelector('.sub');
    closeSubs();
    if (open) return;
    button.setAttribute('aria-expanded', 'true');
    group.append(el('div.sub', { role: 'menu' }, ...b.sub_button.map((s) => el('button.menu-button', { type: 'button', role: 'menuitem', onclick: () => { closeSubs(); tap(s, [b.name, s.name]); } }, s.name))));
    group.querySelector('.sub button').focus();
  }

  function closeSubs() {
    for (const s of document.querySelectorAll('.sub')) s.remove();
    for (const b of document.querySelectorAll('[aria-expanded=true]')) b.setAttribute('aria-expanded', 'false');
  }

  // tap does what the button does on a phone. Some buttons first ask for input.
  function tap(b, names) {
    const go = (more) => ask('tap', { user, names, ...more });
    switch (b.type) {
      case 'view':
        go();
        return visit(b.url);
      case 'scancode_push': case 'scancode_waitmsg':
        return sheet(b.name, [['input', 'scanResult', 'https://example.com/']], (v) => go({ input: v.input }));
      case 'location_select':
        return sheet(b.name, places(), (v) => go({ fields: v }));
      default:
        return go();
    }
  }

  // visit opens a web page as the user, in a new window.
  function visit(url) {
    if (!safeURL(url)) return toast(url);
    window.open('/page/open?user=' + encodeURIComponent(user) + '&url=' + encodeURIComponent(url), '_blank', 'noopener');
  }

  // ---- sending ----

  function say() {
    const content = $('text').value;
    if (!content.trim() || !user) return;
    $('text').value = '';
    $('text').style.height = 'auto';
    $('emoji').hidden = true;
    ask('say', { user, kind: 'text', content });
  }

  const places = () => [['latitude', 'latitude', '31.230416'], ['longitude', 'longitude', '121.473701'], ['label', 'label', w('place')]];

  function drawPanel() {
    const cells = [
      ['🖼️', 'picture', () => file('image', 'image/*')], ['🌅', 'samplePicture', () => upload('image')],
      ['🎙️', 'voice', () => file('voice', '.amr,.speex,.mp3')], ['🔈', 'sampleVoice', () => upload('voice')],
      ['🎬', 'video', () => file('video', 'video/mp4')], ['📹', 'sampleVideo', () => upload('video')],
      ['📍', 'location', () => sheet(w('location'), places(), (v) => ask('say', { user, kind: 'location', fields: v }))],
      ['🔗', 'link', () => sheet(w('link'), [['title', 'linkTitle', 'Example'], ['description', 'description', ''], ['url', 'address', 'https://example.com/']], (v) => ask('say', { user, kind: 'link', fields: v }))],
      ['📷', 'scan', scan], ['🌐', 'webpage', () => sheet(w('webpage'), [['url', 'address', 'http://127.0.0.1:8080/']], (v) => visit(v.url), w('webHint'))],
      ['🔔', 'popup', popup], ['〈〉', 'raw', () => sheet(w('raw'), [['xml', 'raw', `<xml><ToUserName><![CDATA[${data.state?.account.original_id || ''}]]></ToUserName><FromUserName><![CDATA[${user}]]></FromUserName><CreateTime>${Math.floor(Date.now() / 1000)}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[user_info_modified]]></Event></xml>`, 'textarea']], (v) => ask('say', { user, kind: 'raw', content: v.xml }), w('rawHint'))],
    ];
    $('panel').replaceChildren(...cells.map(([icon, word, act]) => el('button.cell', { type: 'button', id: 'send-' + word, onclick: () => { $('panel').hidden = true; act(); } }, el('i', { 'aria-hidden': 'true' }, icon), w(word))));
  }

  function file(kind, accept) {
    const input = $('file');
    input.accept = accept;
    input.dataset.kind = kind;
    input.onchange = () => { if (input.files[0]) upload(kind, input.files[0]); input.value = ''; };
    input.click();
  }

  async function upload(kind, blob) {
    try {
      const query = new URLSearchParams({ user, kind, name: blob ? blob.name : '' });
      const answer = await fetch('/page/upload?' + query, { method: 'POST', headers: { 'Content-Type': 'application/octet-stream' }, body: blob || '' });
      if (!answer.ok) toast((await answer.json()).error);
    } catch (error) { toast(error.message); }
  }

  function scan() {
    const codes = data.state?.qrcodes || [];
    sheet(w('scan'), [['code', 'code', '', 'select', [['', w('none')], ...codes.map((c) => [c.ticket, c.scene + ' · ' + c.ticket.slice(0, 10) + '…'])]], ['scene', 'scene', codes.length ? '' : 'spring']], (v) => ask('scan', { user, ...v }));
  }

  function popup() {
    const own = data.state?.templates || [];
    if (!own.length) return toast(w('noTemplates'));
    sheet(w('popup'), [['template', 'template', own[0].id, 'select', own.map((t) => [t.id, t.title])], ['what', 'popup', 'accept', 'select', [['accept', w('accept')], ['reject', w('reject')]]]], (v) => ask('popup', { user, ...v }));
  }

  function newUser() {
    sheet(w('newUser'), [['user', 'openidOf', 'oUser' + (1 + (data.state?.users.length || 0))]], async (v) => { if (await ask('user', v)) choose(v.user); });
  }

  // sheet asks for the fields of a message: [name, word, value, kind, options].
  function sheet(title, fields, done, hint) {
    closeAll();
    const inputs = fields.map(([name, , value, kind, options]) => {
      const input = el(kind === 'select' ? 'select' : kind === 'textarea' ? 'textarea' : 'input', { name, rows: kind === 'textarea' ? 5 : null }, ...(options || []).map(([v, text]) => el('option', { value: v }, text)));
      input.value = value;
      return input;
    });
    const form = el('form', { autocomplete: 'off', onsubmit: (e) => { e.preventDefault(); $('sheet').hidden = true; done(Object.fromEntries(new FormData(form))); } },
      ...fields.map(([, word], i) => el('label', null, w(word), inputs[i])), hint && el('p.hint', null, hint),
      el('div.buttons', null, el('button.main', { id: 'sheet-ok' }, w('ok')), el('button', { type: 'button', onclick: closeAll }, w('cancel'))));
    $('sheet').replaceChildren(el('h2', null, title), form);
    $('sheet').hidden = false;
    inputs[0].focus();
  }

  function toggle(id) {
    const open = $(id).hidden;
    closeAll();
    $(id).hidden = !open;
    if (open) $(id).querySelector('button')?.focus();
    toEnd();
  }

  function closeAll() {
    for (const id of ['emoji', 'panel', 'sheet']) $(id).hidden = true;
    closeSubs();
  }

  // ---- lines ----

  function drawLines() {
    $('lines').replaceChildren(...lines.filter((l) => l.user === user).map(draw).filter(Boolean));
    toEnd();
  }

  const toEnd = () => { $('lines').scrollTop = $('lines').scrollHeight; };

  function draw(line) {
    const s = line.shown || {};
    if (line.from === 'system') {
      if (line.type === 'fault') return el('li.system.fault', null, el('span', { title: said(line.why) }, s.Content, said(line.why) && el('small', null, said(line.why))));
      if (line.type === 'transfer') return el('li.system', null, el('span', null, w('transfer') + ' ' + (s.Content || '')));
      return el('li.system', null, el('span', null, line.event + (s.EventKey ? ' · ' + s.EventKey : '') + ' · ' + clockOf(line.at)));
    }
    const content = body(line, s);
    const via = line.via && w('via' + line.via);
    return el('li.' + line.from, { 'data-type': line.type, 'data-via': line.via || null }, el('span.face', { 'aria-hidden': 'true' }, line.from === 'user' ? user.slice(1, 2).toUpperCase() : '公'),
      el('div.said', null, content, via && el('span.via', null, via)));
  }

  const bubble = (...children) => el('div.bubble', null, ...children);
  const box = (wide, ...children) => el('div.box' + (wide ? '.wide' : ''), null, ...children);
  const linked = (url, ...children) => (safeURL(url) ? el('a', { href: safeURL(url), target: '_blank', rel: 'noopener noreferrer' }, ...children) : el('div', null, ...children));
  const media = (id) => '/page/media?id=' + encodeURIComponent(id);

  function picture(src, name) {
    const img = el('img.picture', { src, alt: w('picture'), onload: toEnd });
    img.onerror = () => img.replaceWith(el('div.picture.missing', null, w('noFile') + '\n' + (name || '')));
    return img;
  }

  function body(line, s) {
    switch (line.type) {
      case 'text': return bubble(...links(s.Content));
      case 'image': return picture(media(s.MediaId), s.MediaId);
      case 'voice': return bubble(el('span.voice', null, '))) ' + w('voice')), s.FileName && /mp3$/.test(s.FileName) ? el('audio', { controls: true, src: media(s.MediaId) }) : null);
      case 'video': case 'shortvideo': case 'mpvideo': return box(false, el('video.cover', { src: media(s.MediaId), controls: true, 'aria-label': w('video') }), el('div.in', null, el('b', null, s.Title || '▶ ' + w('video')), el('small', null, s.Description || '')));
      case 'music': return box(true, linked(s.MusicUrl || s.HQMusicUrl, el('div.in.music', null, el('i', null, '♫'), el('div', null, el('b', null, s.Title), el('small', null, s.Description)))));
      case 'location': return box(false, el('div.map', { 'aria-hidden': 'true' }, '📍'), el('div.in', null, el('b', null, s.Label || w('location')), el('small', null, s.Location_X + ', ' + s.Location_Y)));
      case 'link': return box(false, linked(s.Url, el('div.in', null, el('b', null, s.Title), el('small', null, s.Description))));
      case 'news': case 'mpnews': case 'mpnewsarticle': return news(line, s);
      case 'template': return template(line, s);
      case 'msgmenu': return questions(line, s);
      case 'miniprogrampage': return box(false, el('div.in', null, el('b', null, s.Title), el('small', null, w('miniprogram') + ' · ' + s.Content)));
      case 'wxcard': return box(false, el('div.in', null, el('b', null, w('card')), el('small', null, s.Content)));
    }
    return bubble('[' + line.type + '] ' + Object.values(s).filter(Boolean).join(' '));
  }

  function news(line, s) {
    const list = line.list || [];
    if (!list.length) return box(true, el('div.in', null, el('b', null, s.Title || s.Content || s.MediaId), el('small', null, line.type)));
    const cover = (a) => { const src = a.picture?.startsWith('/page/media') ? a.picture : safeURL(a.picture); const img = src ? el('img.cover', { src, alt: '', referrerpolicy: 'no-referrer' }) : el('span.cover'); img.onerror = () => img.replaceWith(el('span.cover')); return img; };
    const [first, ...others] = list;
    return box(true, linked(first.url, cover(first), el('div.in', null, el('b', null, first.title), el('small', null, first.description))),
      ...others.map((a) => linked(a.url, el('div.article', null, el('span', null, a.title)))));
  }

  function template(line, s) {
    const text = (s.Content || '').split('\n').filter(Boolean);
    const url = line.raw?.url || line.raw?.page;
    return box(true, linked(url, el('div.in', null, el('b', null, s.Title), el('div.rows', null, ...text.map((t) => {
      const [, key, value] = t.match(/^(.{1,12}?)[:：](.*)$/) || [];
      return key ? el('div', null, el('span', null, key), el('span', null, value)) : el('div', null, t);
    })), url && el('small', null, w('details') + ' ›'))));
  }

  function questions(line, s) {
    const m = line.raw?.msgmenu;
    if (!m) return bubble(s.Content);
    return bubble(m.head_content || '', ...(m.list || []).map((item) => el('button.menu-item', { type: 'button', onclick: () => ask('say', { user, kind: 'menu_item', content: item.content, fields: { id: String(item.id) } }) }, item.content)), m.tail_content || '');
  }

  // links finds addresses in a text, and the <a href> elements that a text message may contain.
  function links(text) {
    const parts = [], pattern = /<a\s+[^>]*?href="([^"]*)"[^>]*>(.*?)<\/a>|(https?:\/\/[^\s<>"'，。）]+)/gs;
    let last = 0;
    for (const m of (text || '').matchAll(pattern)) {
      parts.push(text.slice(last, m.index));
      const url = safeURL(m[1] || m[3]);
      parts.push(url ? el('a', { href: url, onclick: (e) => { e.preventDefault(); visit(url); } }, m[2] || m[3]) : m[2] || m[0]);
      last = m.index + m[0].length;
    }
    parts.push((text || '').slice(last));
    return parts;
  }

  return { start, reset, redraw, take };
})();
