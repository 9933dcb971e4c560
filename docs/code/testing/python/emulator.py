"""Starts wechat-emulator and controls it."""
import json
import re
import subprocess
import urllib.error
import urllib.request


class Emulator:
    def __init__(self, callback, *flags):
        command = ["wechat-emulator", "-listen", "127.0.0.1:0", "-callback", callback, *flags]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        for line in self.process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                self.url = found.group()
                return
        raise RuntimeError("wechat-emulator did not start")

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()

    def do(self, name, **command):
        """Carries out a command. One that sends or receives a message returns its result."""
        body = json.dumps({"wait": True, **command}).encode()
        request = urllib.request.Request(f"{self.url}/page/{name}", body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                results = json.load(answer).get("results", [])
        except urllib.error.HTTPError as refused:
            raise RuntimeError(json.load(refused)["error"]) from None
        return results[0] if results else None

    def say(self, user, text):
        return self.do("say", user=user, kind="text", content=text)
