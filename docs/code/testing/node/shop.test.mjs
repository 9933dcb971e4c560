import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Emulator } from './emulator.mjs';
import { Shop } from './shop.mjs';

let emulator, bot, shop;

before(async () => {
  // A bot that answers every message with success.
  bot = http.createServer((request, response) => {
    response.end(new URL(request.url, 'http://bot').searchParams.get('echostr') ?? 'success');
  });
  await new Promise((listening) => bot.listen(0, '127.0.0.1', listening));
  emulator = await Emulator.start(`http://127.0.0.1:${bot.address().port}/wechat`);
  const { account } = await emulator.get('/page/state');
  shop = new Shop({ appID: account.appid, secret: account.secret, api: emulator.url });
});

after(() => {
  emulator.close();
  bot.close();
  bot.closeAllConnections();
});

test('a user who has not written cannot be written to', async () => {
  await assert.rejects(shop.tell('oHanMeimei', '您的包裹已到'), { code: 45015 });
});

test('a message arrives', async () => {
  assert.equal((await emulator.do('say', { user: 'oLiLei', kind: 'text', content: '1042' })).ok, true);
  await shop.tell('oLiLei', '您的包裹已到');
  const message = await emulator.do('receive', { user: 'oLiLei', seconds: 5 }); // waits for it
  assert.deepEqual([message.via, message.shown.Content], ['customer_service', '您的包裹已到']);
});

test('a revoked token is fetched again', async () => {
  await emulator.do('tokens', { what: 'revoke' });
  await shop.tell('oLiLei', '再说一遍');
  const calls = await emulator.get('/page/calls?path=/cgi-bin/message/custom/send');
  assert.deepEqual(calls.slice(-2).map((call) => call.code), [40001, 0]);
});

test('the platform is busy', async () => {
  await emulator.do('fault', { rule: '-1,path=/cgi-bin/message/custom/send,times=1' });
  await assert.rejects(shop.tell('oLiLei', '忙吗'), { code: -1 });
});
