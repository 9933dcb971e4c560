"""A bot with the standard library of Python alone, in plaintext mode."""
import hashlib
import hmac
import os
import time
import xml.etree.ElementTree as ET
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

TOKEN = os.environ.get("WECHAT_TOKEN", "localplatform")

TEXT = (
    "<xml><ToUserName><![CDATA[{to}]]></ToUserName><FromUserName><![CDATA[{sender}]]></FromUserName>"
    "<CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{content}]]></Content></xml>"
)


def reply(message):
    """Returns what the bot says to a message, or None to say nothing."""
    if message.get("MsgType") == "text":
        return "收到：" + message["Content"]
    if message.get("Event") == "subscribe":
        return "欢迎关注！"
    return None


class Bot(BaseHTTPRequestHandler):
    def query(self):
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

    def genuine(self):
        q = self.query()
        parts = sorted([TOKEN, q.get("timestamp", ""), q.get("nonce", "")])
        signature = hashlib.sha1("".join(parts).encode()).hexdigest()
        return hmac.compare_digest(signature, q.get("signature", ""))

    def answer(self, status, text=""):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, self.query().get("echostr", "")) if self.genuine() else self.answer(403)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.genuine():
            return self.answer(403)
        message = {element.tag: element.text or "" for element in ET.fromstring(body)}
        text = reply(message)
        if text is None:
            return self.answer(200, "success")
        self.answer(200, TEXT.format(to=message["FromUserName"], sender=message["ToUserName"], now=int(time.time()), content=text))

    def log_message(self, *args):
        pass
