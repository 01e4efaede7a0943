// Drives every page of `duplex lecture` in a headless Chromium, in both languages: errors on the
// console, requests that leave the stage, overflow at three widths, weight and first paint, and that
// each demonstration does what it is there for. Pages that have nothing to do with each other are
// driven at the same time, each with storage and cookies of its own.
//
// usage: node stage.mjs CHROMIUM DUPLEX FOLDER-FOR-PICTURES [PAGE-OR-SCENE…]

import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { Browser, shoot } from "./browser.mjs";
import { demonstrations } from "./stage-acts.mjs";
import { scenes } from "./stage-scenes.mjs";
import { start } from "./stage-server.mjs";

const [chromium, duplex, shots, ...only] = process.argv.slice(2);
const WIDTHS = [1920, 1280, 390];
const WEIGHT = 150 * 1024; // bytes
// Milliseconds until something is to be seen. On a machine that does other things this is no question.
const PAINT = Number(process.env.STAGE_PAINT_MS ?? 200);
const LOADS = 12; // how often a page may try to be that fast: the machine has other things to do, too
const vectors = JSON.parse(readFileSync(new URL("../../src/wire/vectors.json", import.meta.url)));

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

// Bytes of the page itself with its scripts and styles, and when something was first to be seen; runs
// inside the page. What is asked for later, figures and pictures, does not keep anybody waiting.
async function cost() {
  const painted = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
  while (painted() === undefined) await new Promise((done) => { setTimeout(done, 5); });
  const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const mine = entries.filter(({ initiatorType }) => !["fetch", "img", "iframe", "eventsource"].includes(initiatorType));
  return [mine.reduce((sum, { transferSize }) => sum + transferSize, 0), painted()];
}

// What a browser reports of connections that were cut, of a vote that came too late and of a second
// experiment at a time, is asked for.
function expected(page, { text, url = "" }) {
  if (page === "/race") return /\/lane\/async\//.test(url + text);
  if (page.startsWith("/lab?")) return /\/lab$/.test(url) && /409/.test(text);
  return page === "/hall" && /\/vote/.test(url) && /409/.test(text);
}

// Errors and requests to elsewhere, in what a tab has heard.
function complaints(heard, base, page) {
  const wrong = [];
  for (const { method, params } of heard) {
    if (method === "Runtime.exceptionThrown") wrong.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === "Runtime.consoleAPICalled" && params.type !== "debug") wrong.push(`console.${params.type}: ${JSON.stringify(params.args)}`);
    if (method === "Log.entryAdded" && !expected(page, params.entry)) wrong.push(`log: ${params.entry.text} ${params.entry.url ?? ""}`);
    const asked = method === "Network.requestWillBeSent" ? params.request.url : "";
    if (asked && !asked.startsWith(base) && !/^(data|about):/.test(asked)) wrong.push(`request: ${asked}`);
  }
  return wrong;
}

const shaped = (tab, width) =>
  tab.send("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: width < 500 });
const coloured = (tab, value) => tab.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value }] });
const drawn = "[...document.images].every((picture) => picture.complete)";

async function look(tab, base, { page, act }) {
  const wrong = [];
  const name = page.replace(/\W+/g, "-").replace(/^-|-$/g, "") || "chat";
  for (const lang of ["de", "en"]) {
    const from = tab.heard.length;
    await shaped(tab, 1280);
    await tab.open(`${base}${page}${page.includes("?") ? "&" : "?"}lang=${lang}`);
    await tab.until("document.documentElement.lang === " + JSON.stringify(lang));
    try {
      for (const fault of (await act?.(tab, base, lang)) ?? []) wrong.push(`${lang}: ${fault}`);
    } catch (error) {
      const seen = await tab.ask("[...document.querySelectorAll('[role=status], [role=alert]')].map((made) => made.textContent).join(' | ')");
      wrong.push(`${lang}: ${error.message}; the page says: ${seen}`);
    }
    for (const width of WIDTHS) {
      await shaped(tab, width);
      for (const fault of await tab.ask(`(${faults})(${JSON.stringify(lang)})`)) wrong.push(`${lang}, ${width} px: ${fault}`);
      await shoot(tab, join(shots, `${name}-${lang}-${width}.png`), width);
    }
    // Both languages look alike in the dark: one of them is enough.
    if (lang === "de") {
      await coloured(tab, "dark");
      await shaped(tab, 1280);
      await tab.until(drawn);
      await shoot(tab, join(shots, `${name}-dark.png`), 1280);
      await coloured(tab, "light");
    }
    wrong.push(...complaints(tab.heard.slice(from), base, page).map((one) => `${lang}: ${one}`));
  }
  return wrong;
}

// How fast and how heavy a page is; the best of several loads, for whatever else a machine does makes it
// slower and never faster.
async function price(tab, base, page) {
  const paints = [];
  let weight = 0;
  while (paints.length < LOADS && !(Math.min(...paints) <= PAINT)) {
    await tab.open(`${base}${page}`);
    const [bytes, paint] = await tab.ask(`(${cost})()`);
    weight = bytes;
    paints.push(paint);
  }
  const paint = Math.min(...paints);
  console.log(`${page}: ${(weight / 1024).toFixed(0)} KiB, first paint after ${paint.toFixed(0)} ms`);
  return [
    ...(weight > WEIGHT ? [`${weight} bytes before anything is to be seen`] : []),
    ...(paint > PAINT ? [`first paint after ${paints.map((one) => one.toFixed(0)).join(", ")} ms`] : []),
  ];
}

// ---- everything ----------------------------------------------------------------------------

let bad = 0;
function told(what, wrong) {
  for (const one of new Set(wrong)) console.log(`${what}: ${one}`);
  bad += wrong.length;
}

const wanted = (name) => only.length === 0 || only.includes(name);
const pages = demonstrations(vectors).filter(({ page }) => wanted(page));
const plays = scenes.filter(({ name }) => wanted(name));

// One after the other where they would be in each other's way, in a tab that knows nothing of the others.
async function chain(browser, base, of) {
  const tab = await browser.tab({ apart: true });
  for (const one of pages.filter((page) => page.chain === of)) told(one.page, await look(tab, base, one));
  for (const { name, play } of plays.filter((scene) => scene.chain === of)) {
    told(name, await play(tab, duplex).catch((error) => [error.message]));
  }
}

mkdirSync(shots, { recursive: true });
const browser = new Browser(chromium);
const server = await start(duplex, ["lecture", "--listen", "127.0.0.1:0"]);
try {
  const chains = [...new Set([...pages, ...plays].map(({ chain: of }) => of))];
  await Promise.all(chains.map((of) => chain(browser, server.base, of)));
  // Nothing else goes on now that could be in the way.
  const tab = await browser.tab({ apart: true });
  for (const { page } of pages) told(page, await price(tab, server.base, page));
} finally {
  await browser.close();
  await server.stop();
}
console.log(`${pages.length} pages driven in two languages and three widths, ${plays.length} scenes played: ${bad} faults`);
process.exitCode = bad ? 1 : 0;
