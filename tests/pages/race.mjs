// Holds the race against the load generator: in one lecture and at the same time, so that whatever disturbs
// the machine meets both, the page and one member of the generator say a sentence a second in each lane.
// What the browser itself needs shows where the lanes have no length; the generator does not need it.
// Fails where the medians are more than a tenth apart without it, and prints how far they are with it.
//   node race.mjs CHROMIUM DUPLEX

import { spawn } from "node:child_process";

import { Browser } from "./browser.mjs";

const LANES = ["blocking", "async", "long-poll"];
// Delay of one way in ms, which the page offers. The first shows the browser alone.
const DELAYS = [0, 25, 100, 300];
const RATE = 1; // sentences a second
const APART = 0.1;

const [chromium, duplex] = process.argv.slice(2);
const lecture = spawn(duplex, ["lecture", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"] });
const base = await new Promise((found) => lecture.stdout.once("data", (line) => found(String(line).match(/http:\/\/[^/]+/)[0])));
const browser = new Browser(chromium);
const own = {}; // lane → what the browser itself needs, in ms
let wrong = 0;

const pick = (id, value) => browser.ask(`document.getElementById('${id}').value = '${value}'; document.getElementById('${id}').dispatchEvent(new Event('change'))`);
const figure = (lane, name) => `document.querySelector('.lane-${lane} [data-figure=${name}] dd').textContent`;
const everywhere = (holds, patience) => browser.until(LANES.map(holds).join(" && "), patience);

async function compare(delay) {
  await pick("delay", delay);
  await everywhere((lane) => `/joined/.test(document.querySelector('.lane-${lane} .state').textContent)`);
  // The first ones still travel the old distance.
  await pick("rate", RATE);
  await everywhere((lane) => `/ms/.test(${figure(lane, "median")})`);
  await browser.ask("document.getElementById('zero').click()");
  await browser.ask(`fetch('/crowd', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"members":1,"rate":${RATE}}' }).then(() => 1)`);
  await everywhere((lane) => `/running/.test(${figure(lane, "generator")})`);
  await everywhere((lane) => `/ms/.test(${figure(lane, "generator")})`, 60_000);
  const page = await Promise.all(LANES.map((lane) => browser.ask(figure(lane, "median"))));
  await pick("rate", 0);
  const { crowd } = await browser.ask("fetch('/lanes').then((answer) => answer.json())");
  LANES.forEach((lane, at) => {
    const [seen, measured] = [Number.parseFloat(page[at].replace(",", "")), crowd[lane].p50_ms];
    own[lane] ??= seen - measured;
    const percent = (value) => `${(100 * (value / measured - 1)).toFixed(1).padStart(5)} %`;
    if (Math.abs((seen - own[lane]) / measured - 1) > APART) wrong += 1;
    const told = delay ? `${percent(seen)} apart, ${percent(seen - own[lane])} without the browser` : `${own[lane].toFixed(1)} ms by the browser`;
    console.log(`${String(delay).padStart(3)} ms each way  ${lane.padEnd(9)}  page ${seen.toFixed(1).padStart(5)} ms  generator ${measured.toFixed(1).padStart(5)} ms  ${told}`);
  });
}

try {
  await browser.attach();
  await browser.open(`${base}/race?lang=en`);
  await browser.until("document.querySelectorAll('.lane').length === 3");
  for (const delay of DELAYS) await compare(delay);
} finally {
  await browser.close();
  lecture.kill("SIGINT");
}
if (wrong) {
  console.error(`${wrong} medians are more than ${100 * APART} % apart`);
  process.exit(1);
}
