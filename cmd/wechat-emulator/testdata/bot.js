// A bot with the standard library of Node alone, in safe mode.
// bot.js TOKEN APPID AESKEY: it listens on a free port of loopback and prints it.
'use strict';
const http = require('node:http');
const crypto = require('node:crypto');

const [token, appid, aesKey] = process.argv.slice(2);
const key = Buffer.from(aesKey + '=', 'base64');
const sign = (...parts) => crypto.createHash('sha1').update([token, ...parts].sort().join('')).digest('hex');
const element = (xml, name) => (xml.match(new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([\\s\\S]*?)(?:\\]\\]>)?</${name}>`)) || [])[1] || '';

function open(sealed) {
  const decipher = crypto.createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(sealed, 'base64'), decipher.final()]);
  const plain = padded.subarray(0, padded.length - padded[padded.length - 1]);
  const length = plain.readUInt32BE(16);
  if (plain.subarray(20 + length).toString() !== appid) throw new Error('app id');
  return plain.subarray(20, 20 + length).toString();
}

function seal(text) {
  const message = Buffer.from(text), length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  let frame = Buffer.concat([crypto.randomBytes(16), length, message, Buffer.from(appid)]);
  const pad = 32 - (frame.length % 32);
  frame = Buffer.concat([frame, Buffer.alloc(pad, pad)]);
  const cipher = crypto.createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(frame), cipher.final()]).toString('base64');
}

const server = http.createServer((request, response) => {
  const q = new URL(request.url, 'http://bot').searchParams;
  const refuse = (why) => { response.statusCode = 403; response.end(why); };
  if (request.method === 'GET') {
    if (sign(q.get('timestamp'), q.get('nonce')) !== q.get('signature')) return refuse('signature');
    return response.end(q.get('echostr'));
  }
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    try {
      const sealed = element(Buffer.concat(chunks).toString(), 'Encrypt');
      if (sign(q.get('timestamp'), q.get('nonce'), sealed) !== q.get('msg_signature')) return refuse('signature');
      const m = open(sealed), now = String(Math.floor(Date.now() / 1000)), nonce = 'n' + now;
      const said = element(m, 'Content') || element(m, 'Event') || element(m, 'MsgType');
      const reply = seal(`<xml><ToUserName><![CDATA[${element(m, 'FromUserName')}]]></ToUserName><FromUserName><![CDATA[${element(m, 'ToUserName')}]]></FromUserName>` +
        `<CreateTime>${now}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${said}]]></Content></xml>`);
      response.end(`<xml><Encrypt><![CDATA[${reply}]]></Encrypt><MsgSignature><![CDATA[${sign(now, nonce, reply)}]]></MsgSignature><TimeStamp>${now}</TimeStamp><Nonce><![CDATA[${nonce}]]></Nonce></xml>`);
    } catch (error) {
      refuse(error.message);
    }
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
