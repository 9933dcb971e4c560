'use strict';
// Prints a line of JSON for each step: {"name": …, "error": …}.
const WechatAPI = require('co-wechat-api');
const OAuth = require('co-wechat-oauth');
const fs = require('fs');
const path = require('path');
const os = require('os');
const assert = require('assert');

const { WECHAT_APPID: appID, WECHAT_SECRET: secret, WECHAT_CODE: code } = process.env;
const liLei = 'oLiLei', hanMeimei = 'oHanMeimei';
const api = new WechatAPI(appID, secret);
const oauth = new OAuth(appID, secret);

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'clients-'));
const picture = path.join(dir, '海报.png');
fs.writeFileSync(picture, Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'));
process.on('exit', () => fs.rmSync(dir, { recursive: true }));

async function step(name, run) {
  try {
    await run();
    console.log(JSON.stringify({ name }));
  } catch (err) {
    console.log(JSON.stringify({ name, error: String((err && err.message) || err) }));
  }
}

async function main() {
  let media, thumb, group, tag;
  await step('basic/token', () => api.ensureAccessToken());
  await step('basic/ip', async () => assert((await api.getIp()).ip_list.length > 0));

  await step('menu/create', () => api.createMenu({ button: [
    { type: 'click', name: '今日歌曲', key: 'SONG' },
    { name: '更多', sub_button: [{ type: 'view', name: '搜索', url: 'https://example.com/' }] },
  ] }));
  await step('menu/get', async () => assert.strictEqual((await api.getMenu()).menu.button.length, 2));
  await step('menu/config', () => api.getMenuConfig());
  await step('menu/conditional', async () => {
    const { menuid } = await api.addConditionalMenu({ button: [{ type: 'click', name: '安卓', key: 'A' }], matchrule: { client_platform_type: 2 } });
    await api.tryConditionalMenu(liLei);
    await api.delConditionalMenu(menuid);
  });
  await step('menu/delete', () => api.removeMenu());

  await step('media/upload', async () => { media = (await api.uploadMedia(picture, 'image')).media_id; });
  await step('media/download', async () => assert((await api.getMedia(media)).length > 60));
  await step('media/picture of an article', async () => assert((await api.uploadImage(picture)).url));
  await step('material/upload', async () => { thumb = (await api.uploadMaterial(picture, 'image')).media_id; assert(thumb); });
  await step('material/count', async () => assert.strictEqual((await api.getMaterialCount()).image_count, 1));
  await step('material/list', async () => assert.strictEqual((await api.getMaterials('image', 0, 20)).item.length, 1));
  await step('material/get', () => api.getMaterial(thumb));

  await step('user/list', async () => assert.strictEqual((await api.getFollowers()).total, 2));
  await step('user/info', async () => assert.strictEqual((await api.getUser({ openid: liLei, lang: 'en' })).openid, liLei));
  await step('user/batch', async () => assert.strictEqual((await api.batchGetUsers([liLei, hanMeimei])).user_info_list.length, 2));
  await step('user/remark', () => api.updateRemark(liLei, '老朋友'));
  await step('tag/create', async () => { tag = (await api.createTags('广东')).tag.id; });
  await step('tag/edit, list', async () => { await api.updateTag(tag, '深圳'); assert((await api.getTags()).tags.length >= 1); });
  await step('tag/members', async () => {
    await api.batchTagging([liLei, hanMeimei], tag);
    assert.deepStrictEqual((await api.getUser(liLei)).tagid_list, [tag]);
    await api.batchUnTagging([liLei], tag);
  });
  await step('tag/delete', () => api.deleteTag(tag));

  await step('template/send', async () => {
    await api.setIndustry({ industry_id1: '1', industry_id2: '4' });
    const { template_id: id } = await api.addTemplate('TM00015');
    const sent = await api.sendTemplate(liLei, id, 'https://example.com/?a=1&b=2', '#173177', { first: { value: '您好', color: '#173177' }, keyword1: { value: '1' }, keyword2: { value: '2' }, remark: { value: '<&>' } });
    assert(sent.msgid);
  });
  await step('customerservice/text', () => api.sendText(liLei, '你好 <&>'));
  await step('customerservice/image', () => api.sendImage(liLei, media));
  await step('customerservice/news', () => api.sendNews(liLei, [{ title: 't', description: 'd', url: 'https://example.com', picurl: 'https://example.com/a.png' }]));
  await step('customerservice/records', () => api.getRecords({ starttime: Math.floor(Date.now() / 1000) - 3600, endtime: Math.floor(Date.now() / 1000), msgid: 1, number: 10 }));
  await step('customerservice/accounts', async () => { await api.getCustomServiceList(); await api.getOnlineCustomServiceList(); });
  await step('mass/text', async () => assert((await api.massSendText('大家好', [liLei, hanMeimei])).msg_id));
  await step('mass/image', () => api.massSendImage(thumb, [liLei, hanMeimei]));
  await step('mass/preview', () => api.previewText(liLei, '预览'));
  await step('qrcode/temporary', async () => {
    const { ticket } = await api.createTmpQRCode(1000, 1800);
    assert(ticket && api.showQRCodeURL(ticket));
  });
  await step('qrcode/permanent', () => api.createLimitQRCode('shop'));
  await step('jssdk/config', async () => assert((await api.getJsConfig({ jsApiList: [], url: 'https://example.com/?a=1' })).signature));
  await step('material/delete', () => api.removeMaterial(thumb));

  await step('oauth/login', async () => {
    const { data } = await oauth.getAccessToken(code);
    assert.strictEqual(data.openid, liLei);
    assert.strictEqual((await oauth.getUser(liLei)).openid, liLei);
    assert.strictEqual((await oauth.verifyToken(liLei, data.access_token)).errcode, 0);
    assert((await oauth.refreshAccessToken(data.refresh_token)).data.access_token);
  });
}

main();
