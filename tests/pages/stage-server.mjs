// A server of a test: this program with a command that listens.

import { spawn } from "node:child_process";

// Starts it and waits until it says where it listens.
export async function start(duplex, arguments_) {
  const child = spawn(duplex, arguments_, { stdio: ["ignore", "pipe", "inherit"] });
  const gone = new Promise((done) => { child.once("exit", done); });
  const base = await new Promise((yes, no) => {
    child.stdout.setEncoding("utf8").once("data", (text) => {
      const found = /http:\S+?(?=\/ )/.exec(text);
      if (found) yes(found[0]); else no(new Error(`not the first line of a server: ${text}`));
    });
    child.once("exit", () => no(new Error(`${arguments_[0]} ended`)));
  });
  return { base, stop: () => { child.kill("SIGINT"); return gone; } };
}
