// Drives every page of `duplex lecture` in a headless Chromium, in both languages: errors on the
// console, requests that leave the stage, overflow at three widths, weight and first paint, and that
// each demonstration does what it is there for.
//
// usage: node stage.mjs CHROMIUM DUPLEX FOLDER-FOR-PICTURES [PAGE…]
// DUPLEX may be the address of a lecture that is running already.

import { spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { Browser, shoot } from "./browser.mjs";
import { demonstrations } from "./stage-acts.mjs";

const [chromium, duplex, shots, ...only] = process.argv.slice(2);
const WIDTHS = [1920, 1280, 390];
const WEIGHT = 150 * 1024;
const vectors = JSON.parse(readFileSync(new URL("../../src/wire/vectors.json", import.meta.url)));

function lecture() {
  if (duplex.startsWith("http:")) return { at: Promise.resolve(duplex), child: { kill() {} } };
  const child = spawn(duplex, ["lecture", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"] });
  const at = new Promise((yes, no) => {
    child.stdout.setEncoding("utf8").once("data", (text) => {
      const found = /http:\S+?(?=\/ )/.exec(text);
      if (found) yes(found[0]); else no(new Error(`not the first line of a lecture: ${text}`));
    });
    child.once("exit", () => no(new Error("the lecture ended")));
  });
  return { child, at };
}

// What is wrong with what can be seen now; runs inside the page.
function faults(lang) {
  const found = [];
  if (document.documentElement.lang !== lang) found.push(`the language is ${document.documentElement.lang}`);
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) found.push(`the page is ${wide} px wider than the window`);
  for (const node of document.querySelectorAll("main *, header *")) {
    const box = node.getBoundingClientRect();
    if (!box.width || node.closest(".scroll, .bytes, .unseen, svg, #log")) continue;
    if (box.right > innerWidth + 1 || box.left < -1) found.push(`<${node.localName} id=${node.id}> leaves the window`);
  }
  for (const node of document.querySelectorAll("[data-t]")) {
    if (!node.textContent || node.textContent === "undefined") found.push(`${node.dataset.t} says nothing`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  for (const id of ids.filter((id, at) => ids.indexOf(id) !== at)) found.push(`two elements are called ${id}`);
  return found;
}

// Bytes that came over the wire, and when something was first to be seen; runs inside the page.
function cost() {
  const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const mine = entries.filter(({ name }) => /\.(js|css)$|\/[a-z]*(\?[^/]*)?$/.test(name) && !/lanes|health|hall/.test(name));
  const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? -1;
  return [mine.reduce((sum, { transferSize }) => sum + transferSize, 0), paint];
}

// What a browser reports of connections that were cut, and of a vote that came too late, is asked for.
function expected(page, { text, url = "" }) {
  if (page === "/race") return /\/lane\/async\//.test(url + text);
  return page === "/hall" && /\/vote/.test(url) && /409/.test(text);
}

async function look(browser, base, { page, act }, told) {
  const wrong = [];
  for (const lang of ["de", "en"]) {
    const from = browser.heard.length;
    const url = `${base}${page}${page.includes("?") ? "&" : "?"}lang=${lang}`;
    await browser.send("Emulation.setDeviceMetricsOverride", { width: 1280, height: 900, deviceScaleFactor: 1, mobile: false });
    await browser.open(url);
    await browser.until("document.documentElement.lang === " + JSON.stringify(lang));
    try {
      for (const fault of (await act?.(browser, base, lang)) ?? []) wrong.push(`${lang}: ${fault}`);
    } catch (error) {
      const seen = await browser.ask("[...document.querySelectorAll('[role=status], [role=alert]')].map((made) => made.textContent).join(' | ')");
      wrong.push(`${lang}: ${error.message}; the page says: ${seen}`);
    }
    for (const width of WIDTHS) {
      await browser.send("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: width < 500 });
      for (const fault of await browser.ask(`(${faults})(${JSON.stringify(lang)})`)) wrong.push(`${lang}, ${width} px: ${fault}`);
      const name = page.replace(/\W+/g, "-").replace(/^-|-$/g, "") || "chat";
      await shoot(browser, join(shots, `${name}-${lang}-${width}.png`), width);
    }
    const [weight, paint] = await browser.ask(`(${cost})()`);
    if (weight > WEIGHT) wrong.push(`${lang}: ${weight} bytes`);
    told.push(`${page} ${lang}: ${(weight / 1024).toFixed(0)} KiB, first paint after ${paint.toFixed(0)} ms`);
    for (const { method, params } of browser.heard.slice(from)) {
      if (method === "Runtime.exceptionThrown") wrong.push(`${lang}: ${params.exceptionDetails.exception?.description ?? params.exceptionDetails.text}`);
      if (method === "Runtime.consoleAPICalled" && params.type !== "debug") wrong.push(`${lang}: console.${params.type}: ${JSON.stringify(params.args)}`);
      if (method === "Log.entryAdded" && !expected(page, params.entry)) wrong.push(`${lang}: log: ${params.entry.text} ${params.entry.url ?? ""}`);
      const asked = method === "Network.requestWillBeSent" ? params.request.url : "";
      if (asked && !asked.startsWith(base) && !asked.startsWith("data:")) wrong.push(`${lang}: request: ${asked}`);
    }
  }
  return wrong;
}

mkdirSync(shots, { recursive: true });
const { child, at } = lecture();
const browser = new Browser(chromium);
let bad = 0;
const told = [];
try {
  const base = await at;
  await browser.attach();
  const wanted = ({ page }) => only.length === 0 || only.includes(page);
  for (const demonstration of demonstrations(vectors).filter(wanted)) {
    const wrong = await look(browser, base, demonstration, told);
    for (const one of new Set(wrong)) console.log(`${demonstration.page}: ${one}`);
    bad += wrong.length;
  }
} finally {
  await browser.close();
  child.kill("SIGINT");
}
for (const line of told) console.log(line);
console.log(`${told.length / 2} pages driven in two languages and three widths: ${bad} faults`);
process.exitCode = bad ? 1 : 0;
