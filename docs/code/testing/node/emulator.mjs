// Starts wechat-emulator and controls it.
import { spawn } from 'node:child_process';

export class Emulator {
  static async start(callback, ...flags) {
    const emulator = new Emulator();
    emulator.process = spawn('wechat-emulator', ['-listen', '127.0.0.1:0', '-callback', callback, ...flags]);
    emulator.url = await new Promise((found, failed) => {
      let output = '';
      emulator.process.on('error', failed); // not in PATH
      emulator.process.stdout.on('data', (piece) => {
        output += piece;
        const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output);
        if (url) found(url[0]);
      });
    });
    return emulator;
  }

  close() { this.process.kill(); }

  // do carries out a command. One that sends or receives a message returns its result.
  async do(name, command = {}) {
    const answer = await fetch(`${this.url}/page/${name}`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ wait: true, ...command }),
    });
    const { error, results = [] } = await answer.json();
    if (error) throw new Error(error);
    return results[0];
  }

  // get reads /page/state, /page/chat or /page/calls.
  async get(path) { return (await fetch(this.url + path)).json(); }
}
