// Opens pages in a headless Chromium and says what is wrong with them: errors on the console,
// requests that leave the page, overflow and overlap at two widths, a language that does not
// switch, values that do not show. No packages: it speaks the DevTools protocol over a pipe.
//
// usage: node look.mjs CHROMIUM PAGE.html… [--shots DIR] [--planted]
// With --planted, faults are planted into the first page, and each has to be found.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { Browser, shoot } from "./browser.mjs";

const WIDTHS = [1280, 390];

const given = process.argv.slice(2);
const planted = given.includes("--planted");
const shotsAt = given.indexOf("--shots");
const shots = shotsAt >= 0 ? given.splice(shotsAt, 2)[1] : null;
const [chromium, ...pages] = given.filter((one) => one !== "--planted");

// What is wrong with what can be seen now; runs inside the page.
function faults() {
  const found = [];
  const shown = [...document.querySelectorAll(".page")].filter((page) => !page.hidden);
  if (shown.length !== 1) return [`${shown.length} languages are shown`];
  const [page] = shown;
  if (document.documentElement.lang !== page.lang) found.push("lang of the document is not that of its text");
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) found.push(`the page is ${wide} px wider than the window`);
  const scrolls = (node) => node.closest(".picture, .wide, pre");
  for (const node of page.querySelectorAll("main *, header *")) {
    const box = node.getBoundingClientRect();
    if (!box.width || scrolls(node) || node.closest(".skip, caption")) continue;
    if (box.right > innerWidth + 1 || box.left < -1) found.push(`<${node.localName}> leaves the window`);
  }
  // Blocks one below the other may not overlap, nor may texts inside a chart.
  const blocks = [...page.querySelectorAll("main > *, section > *")].filter((node) => node.localName !== "section");
  const boxes = blocks.map((node) => [node, node.getBoundingClientRect()]).filter(([, box]) => box.height);
  boxes.slice(1).forEach(([node, box], place) => {
    const [before, other] = boxes[place];
    if (box.top < other.bottom - 1) found.push(`<${node.localName}> overlaps <${before.localName}>`);
  });
  for (const svg of page.querySelectorAll(".picture > svg")) {
    const name = svg.closest("figure").id;
    const texts = [...svg.querySelectorAll("text")].filter((text) => text.textContent.trim());
    const outer = svg.getBoundingClientRect();
    const places = texts.map((text) => [text.textContent.trim(), text.getBoundingClientRect()]);
    places.forEach(([words, box], at) => {
      if (box.left < outer.left - 1 || box.right > outer.right + 1 || box.bottom > outer.bottom + 1) {
        found.push(`${name}: '${words}' leaves the picture`);
      }
      for (const [others, other] of places.slice(at + 1)) {
        const across = Math.min(box.right, other.right) - Math.max(box.left, other.left);
        const down = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
        // A box of type is higher than its letters.
        if (across > 1 && down > box.height * 0.45) found.push(`${name}: '${words}' and '${others}' overlap`);
      }
    });
  }
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  for (const id of ids.filter((id, at) => ids.indexOf(id) !== at)) found.push(`two elements are called ${id}`);
  for (const link of page.querySelectorAll("a[href^='#']")) {
    if (!document.getElementById(link.hash.slice(1))) found.push(`${link.hash} leads nowhere`);
  }
  return found;
}

async function look(browser, path) {
  const wrong = [];
  const from = browser.heard.length;
  const url = pathToFileURL(resolve(path)).href;
  const name = `${basename(dirname(resolve(path)))}-`;
  await browser.open(url);
  const first = await browser.ask("document.documentElement.lang");
  for (const theme of ["light", "dark"]) {
    for (const width of WIDTHS) {
      const size = { width, height: 900, deviceScaleFactor: 1, mobile: width < 500 };
      await browser.send("Emulation.setDeviceMetricsOverride", size);
      await browser.ask(`[...document.querySelectorAll('button[data-theme=${theme}]')].at(0).click()`);
      for (const lang of ["en", "de"]) {
        await browser.ask(`document.querySelector('.page:not([hidden]) .switches a[hreflang=${lang}]').click()`);
        const where = `${lang}, ${theme}, ${width} px`;
        const state = await browser.ask("[document.documentElement.lang, location.hash, document.documentElement.dataset.theme]");
        if (state[0] !== lang || !state[1].startsWith("#" + lang) || state[2] !== theme || !state[1].endsWith(theme)) {
          wrong.push(`${where}: the switch gives ${state}`);
        }
        for (const fault of await browser.ask(`(${faults})()`)) wrong.push(`${where}: ${fault}`);
        if (shots) await shoot(browser, join(shots, `${name}${lang}-${theme}-${width}.png`), width);
      }
    }
  }
  wrong.push(...(await values(browser)));
  // The address alone brings language and colours back.
  await browser.open("about:blank");
  const other = first === "en" ? "de" : "en";
  await browser.open(`${url}#${other}!dark`);
  const back = await browser.ask("[document.documentElement.lang, document.documentElement.dataset.theme]");
  if (back[0] !== other || back[1] !== "dark") wrong.push(`the address #${other}!dark gives ${back}`);
  for (const { method, params } of browser.heard.slice(from)) {
    if (method === "Runtime.exceptionThrown") wrong.push(`error: ${params.exceptionDetails.text}`);
    if (method === "Runtime.consoleAPICalled") wrong.push(`console.${params.type}: ${JSON.stringify(params.args)}`);
    if (method === "Log.entryAdded") wrong.push(`log: ${params.entry.text}`);
    const asked = method === "Network.requestWillBeSent" ? params.request.url : "";
    if (asked && !asked.startsWith(url) && !asked.startsWith("data:") && asked !== "about:blank") wrong.push(`request: ${asked}`);
  }
  return wrong;
}

// Pointing at a chart, and walking through it by keyboard, tells its values.
async function values(browser) {
  const has = await browser.ask("!!document.querySelector('.page:not([hidden]) .spots rect')");
  if (!has) return [];
  await browser.ask("document.querySelector('.page:not([hidden]) .spots').closest('.picture').focus()");
  const told = async () => browser.ask("document.querySelector('.page:not([hidden]) .value').textContent");
  await browser.key("ArrowRight");
  const one = await told();
  await browser.key("ArrowRight");
  const two = await told();
  await browser.key("Escape");
  const none = await told();
  const at = await browser.ask("(() => { const spot = document.querySelector('.page:not([hidden]) .spots rect'); spot.scrollIntoView({ block: 'center', inline: 'center' }); const r = spot.getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2]; })()");
  await browser.send("Input.dispatchMouseEvent", { type: "mouseMoved", x: at[0], y: at[1] });
  const pointed = await told();
  // A name and what it has, be it that nothing was measured.
  const says = (text) => /: ./.test(text);
  const good = says(one) && says(two) && one !== two && none === "" && says(pointed);
  return good ? [] : [`values of a chart: '${one}', '${two}', '${none}', '${pointed}'`];
}

// Faults by what must be said of them; each stands at the end of the language shown first.
const PLANTED = [
  [/px wider than the window/, '<p style="width:3000px">wide</p>'],
  [/<p> leaves the window/, '<p style="position:relative;left:-40px">out</p>'],
  [/<p> overlaps </, '<p>one</p><p style="margin-top:-3em">two</p>'],
  [/'one' and 'two' overlap/, '<figure id="planted"><div class="picture"><svg viewBox="0 0 99 99" width="99" height="99"><text x="9" y="50">one</text><text x="12" y="52">two</text></svg></div></figure>'],
  [/'far' leaves the picture/, '<figure id="planted"><div class="picture"><svg viewBox="0 0 99 99" width="99" height="99"><text x="90" y="50">far</text></svg></div></figure>'],
  [/called twice/, '<p id="twice">one</p><p id="twice">two</p>'],
  [/#nowhere leads nowhere/, '<p><a href="#nowhere">there</a></p>'],
  [/console\.error/, '<script>console.error("planted")</script>'],
  [/error: Uncaught/, '<script>throw new Error("planted")</script>'],
  [/request: http:/, '<img src="http://127.0.0.1:9/planted.png" alt="">'],
];

// Whether each planted fault is found; answers how many are not.
async function plant(browser, path) {
  const folder = mkdtempSync(join(tmpdir(), "duplex-planted-"));
  let missed = 0;
  try {
    const page = readFileSync(path, "utf8");
    for (const [expected, fault] of PLANTED) {
      const file = join(folder, "index.html");
      writeFileSync(file, page.replace("</main>", `${fault}</main>`));
      const wrong = await look(browser, file);
      if (wrong.some((one) => expected.test(one))) continue;
      console.log(`planted and not found: ${fault}`);
      missed += 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`${PLANTED.length} faults planted, ${missed} not found`);
  return missed;
}

const browser = new Browser(chromium);
let bad = 0;
try {
  await browser.attach();
  for (const path of pages) {
    const wrong = await look(browser, path);
    for (const one of new Set(wrong)) console.log(`${path}: ${one}`);
    bad += wrong.length;
  }
  if (planted) bad += await plant(browser, pages[0]);
} finally {
  await browser.close();
}
console.log(`${pages.length} pages looked at in two languages, two themes and two widths: ${bad} faults`);
process.exitCode = bad ? 1 : 0;
