// A headless Chromium, spoken to by the DevTools protocol over a pipe. No packages.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PATIENCE = 30_000;

export class Browser {
  constructor(program) {
    this.profile = mkdtempSync(join(tmpdir(), "duplex-pages-"));
    const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe",
      // Pages in windows that nobody sees go on as if somebody did.
      "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding", "--disable-background-timer-throttling",
      `--user-data-dir=${this.profile}`];
    this.child = spawn(program, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    this.gone = new Promise((done) => this.child.once("exit", done));
    this.child.once("error", (error) => this.fail(error));
    this.child.once("exit", () => this.fail(new Error("Chromium ended")));
    this.waiting = new Map();
    this.heard = [];
    this.tabs = new Map();
    this.ids = { next: 1 };
    let rest = "";
    this.child.stdio[4].setEncoding("utf8").on("data", (chunk) => {
      const parts = (rest + chunk).split("\0");
      rest = parts.pop();
      for (const part of parts) this.hear(JSON.parse(part));
    });
  }

  fail(error) {
    for (const { no } of this.waiting.values()) no(error);
    this.waiting.clear();
  }

  hear(message) {
    if (message.id === undefined) {
      const tab = this.tabs.get(message.sessionId) ?? this;
      tab.heard.push(message);
      tab.onEvent?.(message);
      return;
    }
    const { yes, no } = this.waiting.get(message.id) ?? {};
    this.waiting.delete(message.id);
    if (message.error) no?.(new Error(message.error.message));
    else yes?.(message.result);
  }

  send(method, params = {}) {
    const id = this.ids.next++;
    const message = { id, method, params, ...(this.session && { sessionId: this.session }) };
    return new Promise((yes, no) => {
      const late = setTimeout(() => no(new Error(`${method}: no answer`)), PATIENCE);
      const settle = (done) => (value) => (clearTimeout(late), done(value));
      this.waiting.set(id, { yes: settle(yes), no: settle(no) });
      this.child.stdio[3].write(JSON.stringify(message) + "\0");
    });
  }

  async attach(browserContextId, newWindow = false) {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank", browserContextId, newWindow });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    this.session = sessionId;
    this.tabs.set(sessionId, this);
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await this.send(`${domain}.enable`);
  }

  // Another page of the same browser: with storage and cookies of its own, or with those of this one.
  async tab({ apart = false } = {}) {
    const tab = Object.create(this);
    Object.assign(tab, { heard: [], onEvent: null, session: undefined });
    if (apart) tab.context = (await tab.send("Target.createBrowserContext")).browserContextId;
    await tab.attach(tab.context, true);
    await tab.send("Emulation.setFocusEmulationEnabled", { enabled: true });
    return tab;
  }

  async open(url) {
    const loaded = new Promise((done) => {
      this.onEvent = (event) => event.method === "Page.loadEventFired" && done();
    });
    await this.send("Page.navigate", { url });
    await loaded;
  }

  async ask(expression) {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  // Waits until that holds in the page; a promise holds when what it promises does.
  async until(expression, patience = 10_000) {
    const last = Date.now() + patience;
    while (!(await this.ask(`(async () => Boolean(await (${expression})))()`))) {
      if (Date.now() > last) throw new Error(`this never came: ${expression}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  async key(key) {
    for (const type of ["keyDown", "keyUp"]) await this.send("Input.dispatchKeyEvent", { type, key, code: key });
  }

  async close() {
    await this.send("Browser.close").catch(() => this.child.kill());
    await this.gone;
    rmSync(this.profile, { recursive: true, force: true });
  }
}

export async function shoot(browser, file, width) {
  const height = await browser.ask("Math.min(document.documentElement.scrollHeight, 16000)");
  const clip = { x: 0, y: 0, width, height, scale: 1 };
  const { data } = await browser.send("Page.captureScreenshot", { clip, captureBeyondViewport: true });
  writeFileSync(file, Buffer.from(data, "base64"));
}
