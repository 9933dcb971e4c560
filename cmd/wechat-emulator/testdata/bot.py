"""A bot with the standard library of Python alone, in plain mode.

bot.py TOKEN APPID SECRET API: it listens on a free port of loopback and prints it.
"""
import hashlib, json, sys, threading, time, urllib.request
import xml.etree.ElementTree as ET
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN, APPID, SECRET, API = sys.argv[1:5]


def api(path, body):
    request = urllib.request.Request(API + path, json.dumps(body, ensure_ascii=False).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def send_later(openid):
    token = api("/cgi-bin/stable_token", {"grant_type": "client_credential", "appid": APPID, "secret": SECRET})["access_token"]
    api("/cgi-bin/message/custom/send?access_token=" + token, {"touser": openid, "msgtype": "text", "text": {"content": "晚到的 late"}})


class Bot(BaseHTTPRequestHandler):
    def genuine(self):
        query = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        parts = sorted([TOKEN, query.get("timestamp", ""), query.get("nonce", "")])
        self.query = query
        return hashlib.sha1("".join(parts).encode()).hexdigest() == query.get("signature")

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        ok = self.genuine()
        self.answer(200 if ok else 403, self.query.get("echostr", "") if ok else "signature")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.genuine():
            return self.answer(403, "signature")
        m = {e.tag: e.text or "" for e in ET.fromstring(body)}
        if m.get("Content") == "later":
            threading.Thread(target=send_later, args=(m["FromUserName"],)).start()
            return self.answer(200, "success")
        said = m.get("Content") or m.get("Event") or m["MsgType"]
        self.answer(200, "<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>%d</CreateTime>"
                    "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[%s]]></Content></xml>"
                    % (m["FromUserName"], m["ToUserName"], time.time(), said))

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Bot)
print(server.server_address[1], flush=True)
server.serve_forever()
