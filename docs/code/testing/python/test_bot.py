import threading
import unittest
from http.server import ThreadingHTTPServer
from unittest import mock

from bot import Bot
from emulator import Emulator


class BotTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = ThreadingHTTPServer(("127.0.0.1", 0), Bot)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.platform = Emulator(f"http://127.0.0.1:{cls.server.server_port}/wechat", "-timeout", "1s")

    @classmethod
    def tearDownClass(cls):
        cls.platform.close()
        cls.server.shutdown()
        cls.server.server_close()

    def test_echo(self):
        result = self.platform.say("oLiLei", "吃了吗 <&>")
        self.assertTrue(result["ok"], result["why"]["en"])
        self.assertEqual("收到：吃了吗 <&>", result["saw"])
        self.assertEqual(1, result["tries"])

    def test_welcome(self):
        self.assertEqual("欢迎关注！", self.platform.do("follow", user="oHanMeimei")["saw"])

    def test_wrong_token(self):
        with mock.patch("bot.TOKEN", "another"):
            result = self.platform.say("oLiLei", "hello")
        self.assertFalse(result["ok"])
        self.assertIn("Token", result["why"]["en"])

    def test_lost_answer(self):
        self.platform.do("lose")  # on its way to the platform
        result = self.platform.say("oWangFang", "在吗")
        self.assertEqual(["收到：在吗", 2], [result["saw"], result["tries"]])
