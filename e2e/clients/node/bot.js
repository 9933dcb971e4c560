'use strict';
// An echo bot on co-wechat. It prints its port and ends with its standard input.
const Koa = require('koa');
const wechat = require('co-wechat');

const { WECHAT_APPID: appid, WECHAT_TOKEN: token, WECHAT_AES_KEY: encodingAESKey } = process.env;
const config = encodingAESKey ? { token, appid, encodingAESKey } : { token, appid };
const app = new Koa();
app.use(wechat(config).middleware(async (message) => {
  switch (message.Content) {
    case 'news': return [{ title: 't', description: 'd', picurl: 'https://example.com/p.png', url: 'https://example.com' }];
    case 'nothing': return '';
    default: return 'echo ' + message.Content;
  }
}));
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit(0));
