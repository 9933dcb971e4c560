'use strict';
// Sends what goes to the platform's hosts to the server at WECHAT_LOCAL instead.
const http = require('http');
const https = require('https');

const local = new URL(process.env.WECHAT_LOCAL);
const hosts = /^(api|mp|open)\.weixin\.qq\.com$/;
const request = https.request;
https.request = function (options, ...rest) {
  const host = options.hostname || options.host;
  if (!hosts.test(host)) return request.call(https, options, ...rest);
  return http.request({
    ...options, protocol: 'http:', hostname: local.hostname, host: local.hostname, port: local.port, agent: undefined,
    headers: { ...options.headers, host },
  }, ...rest);
};
