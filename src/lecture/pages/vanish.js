// A client vanishes, and a stopwatch runs for each detector until it has noticed. All times are the
// server's, which is asked ten times a second.

import { $, ask, begin, complaint, element, number, word } from '/common.js';
import { WORDS } from '/vanish.words.js';

const FAULTS = [['killed', 'killedRuns', 'killedColumn'], ['frozen', 'frozenRuns', 'frozenColumn'], ['cut', 'cutRuns', 'cutColumn']];
const WATCHES = [
  ['nothing', 'nothingHow'], ['send', 'sendHow'], ['keepalive', 'keepaliveHow'], ['keepalive-send', 'keepalive-sendHow'],
  ['user-timeout', 'user-timeoutHow'], ['user-timeout-send', 'user-timeout-sendHow'], ['heartbeat', 'heartbeatHow'], ['poll-gap', 'poll-gapHow'],
];
const rows = new Map(); // detector → what is drawn of it
let told = null;
let shown = null; // the fault that is looked at
let problem = '';

function complain(text = '') {
  problem = text;
  $('problem').textContent = problem;
}

const seconds = (ms, decimals) => number(ms / 1000, decimals);
// What a killed client takes is too short for seconds.
const span = (ms) => (ms < 100 ? `${number(ms, ms < 10 ? 1 : 0)} ms` : `${seconds(ms, ms < 9950 ? 2 : 1)} s`);

function make() {
  for (const [key] of WATCHES) {
    const row = element('li');
    row.dataset.detector = key;
    const name = element('div', 'name');
    const bar = element('div', 'bar');
    const parts = { row, title: element('b'), how: element('span'), fill: element('i'), bound: element('u'), watch: element('output', 'watch') };
    name.append(parts.title, parts.how);
    bar.append(parts.fill, parts.bound);
    row.append(name, bar, parts.watch);
    $('watches').append(row);
    rows.set(key, parts);
  }
}

function label() {
  for (const [key, how] of WATCHES) {
    const bound = told?.detectors.find((one) => one.key === key)?.bound_ms;
    const set = bound ? ` · ${word('bound', seconds(bound, bound % 1000 ? 1 : 0))}` : '';
    rows.get(key).title.textContent = word(key);
    rows.get(key).how.textContent = word(how) + set;
  }
}

function draw() {
  label();
  if (told) {
    buttons();
    say();
    watches();
    if (!told.underWay) matrix();
  }
}

function buttons() {
  for (const button of document.querySelectorAll('[data-fault]')) {
    const allowed = told.steers && !told.underWay;
    button.disabled = !allowed || (button.dataset.fault === 'cut' && !told.cut.possible);
  }
  $('seconds').disabled = !told.steers;
  const why = told.cut.why;
  $('note').textContent = !told.steers ? word('notYours') : why ? word('noCut', why) : told.cut.possible ? '' : word('asking');
}

function say() {
  const run = told.runs[shown];
  const found = FAULTS.find(([fault]) => fault === shown);
  if (!run) return void ($('state').textContent = word('idle'));
  const what = word(found[1]);
  const some = run.noticed_ms.filter((time) => time !== null).length;
  const over = () => word('over', { what, time: seconds(run.elapsed_ms, 1), some, all: WATCHES.length });
  const text = { connecting: () => word('connecting'), running: () => what, over, failed: () => word('failed', run.why) }[run.phase]();
  // A screen reader says what is new, and only that.
  if ($('state').textContent !== text) $('state').textContent = text;
}

function watches() {
  const run = told.runs[shown];
  const width = run?.watched_ms ?? 10000;
  const elapsed = Math.min(width, run?.elapsed_ms ?? 0);
  told.detectors.forEach(({ key, bound_ms: bound }, at) => {
    const { row, fill, bound: mark, watch } = rows.get(key);
    const noticed = run?.noticed_ms[at] ?? null;
    const begun = run?.phase === 'running' || run?.phase === 'over';
    const state = !begun ? '' : noticed !== null ? 'noticed' : run.phase === 'running' ? 'running' : 'never';
    row.className = state;
    fill.style.width = begun ? `${(100 * Math.min(noticed ?? elapsed, width)) / width}%` : '0';
    mark.hidden = !bound || bound > width;
    mark.style.left = `${(100 * (bound ?? 0)) / width}%`;
    const said = {
      noticed: () => span(noticed),
      running: () => `${seconds(elapsed, 1)} s`,
      never: () => word('never', seconds(elapsed, 0)),
    }[state];
    watch.textContent = said ? said() : '';
  });
}

function matrix() {
  const done = FAULTS.filter(([fault]) => told.runs[fault]?.phase === 'over');
  $('so-far').hidden = done.length === 0;
  const head = element('tr');
  head.append(element('th', '', word('fault')), ...done.map(([, , column]) => element('th', 'number', word(column))));
  const body = told.detectors.map(({ key }, at) => {
    const row = element('tr');
    row.append(element('td', '', word(key)), ...done.map(([fault]) => {
      const { noticed_ms: noticed, elapsed_ms: elapsed } = told.runs[fault];
      return noticed[at] === null ? element('td', 'number never', word('never', seconds(elapsed, 0))) : element('td', 'number noticed', span(noticed[at]));
    }));
    return row;
  });
  $('matrix').replaceChildren(head, ...body);
}

function take(said) {
  told = said;
  if (said.underWay) shown = said.underWay;
  shown ??= FAULTS.map(([fault]) => fault).find((fault) => said.runs[fault]) ?? null;
  draw();
}

for (const button of document.querySelectorAll('[data-fault]')) {
  button.addEventListener('click', async () => {
    try {
      take(await ask('/vanish', { fault: button.dataset.fault, seconds: Number($('seconds').value) }));
      complain();
    } catch (error) { complain(complaint(error)); }
  });
}
make();
begin(WORDS, draw);

async function watch() {
  try {
    take(await ask('/vanish.json'));
    // What was refused stays to be read; that nobody answers is over.
    if (problem === word('unreachable')) complain();
  } catch (error) { complain(complaint(error)); }
  setTimeout(watch, told?.underWay ? 100 : 500);
}
watch();
