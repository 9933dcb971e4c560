// A client that tells users where their parcels are, with the built-in fetch.
export class Shop {
  #token = null;

  constructor({ appID, secret, api = 'https://api.weixin.qq.com' }) {
    Object.assign(this, { appID, secret, api });
  }

  async #post(path, body) {
    const answer = await fetch(this.api + path, { method: 'POST', body: JSON.stringify(body) });
    return answer.json();
  }

  async #accessToken() {
    this.#token ??= (await this.#post('/cgi-bin/stable_token', {
      grant_type: 'client_credential', appid: this.appID, secret: this.secret,
    })).access_token;
    return this.#token;
  }

  // tell sends a customer-service message. A rejected token is fetched again, once.
  async tell(openid, content, again = true) {
    const token = await this.#accessToken();
    const answer = await this.#post(`/cgi-bin/message/custom/send?access_token=${token}`, {
      touser: openid, msgtype: 'text', text: { content },
    });
    if ([40001, 40014, 42001].includes(answer.errcode) && again) {
      this.#token = null;
      return this.tell(openid, content, false);
    }
    if (answer.errcode) throw Object.assign(new Error(answer.errmsg), { code: answer.errcode });
  }
}
