import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Shop } from './shop.mjs';

let emulator, bot, api, shop;

// control carries out a command of the emulator and returns the result of its message.
async function control(name, command = {}) {
  const answer = await fetch(`${api}/page/${name}`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ wait: true, ...command }),
  });
  const { error, results = [] } = await answer.json();
  if (error) throw new Error(error);
  return results[0];
}

before(async () => {
  // A bot that answers every message with success.
  bot = http.createServer((request, response) => {
    response.end(new URL(request.url, 'http://bot').searchParams.get('echostr') ?? 'success');
  });
  await new Promise((listening) => bot.listen(0, '127.0.0.1', listening));
  emulator = spawn('wechat-emulator', ['-listen', '127.0.0.1:0', '-callback', `http://127.0.0.1:${bot.address().port}/wechat`]);
  api = await new Promise((found, failed) => {
    let output = '';
    emulator.on('error', failed); // not in PATH
    emulator.stdout.on('data', (piece) => {
      output += piece;
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output);
      if (url) found(url[0]);
    });
  });
  const { account } = await (await fetch(`${api}/page/state`)).json();
  shop = new Shop({ appID: account.appid, secret: account.secret, api });
});

after(() => {
  emulator.kill();
  bot.close();
  bot.closeAllConnections();
});

test('a user who has not written cannot be written to', async () => {
  await assert.rejects(shop.tell('oHanMeimei', '您的包裹已到'), { code: 45015 });
});

test('a message arrives', async () => {
  assert.equal((await control('say', { user: 'oLiLei', kind: 'text', content: '1042' })).ok, true);
  await shop.tell('oLiLei', '您的包裹已到');
  const chat = await (await fetch(`${api}/page/chat?user=oLiLei`)).json();
  assert.equal(chat.at(-1).via, 'customer_service');
  assert.equal(chat.at(-1).shown.Content, '您的包裹已到');
});

test('a revoked token is fetched again', async () => {
  await control('tokens', { what: 'revoke' });
  await shop.tell('oLiLei', '再说一遍');
  const calls = await (await fetch(`${api}/page/calls?path=/cgi-bin/message/custom/send`)).json();
  assert.deepEqual(calls.slice(-2).map((call) => call.code), [40001, 0]);
});

test('the platform is busy', async () => {
  await control('fault', { rule: '-1,path=/cgi-bin/message/custom/send,times=1' });
  await assert.rejects(shop.tell('oLiLei', '忙吗'), { code: -1 });
});

test('two days later the window is closed', async () => {
  await control('clock', { seconds: 49 * 3600 });
  await assert.rejects(shop.tell('oLiLei', '还在吗'), { code: 45015 });
});
