// The gap of long-polling: drawn from the rules alone, and measured in a lane of this stage.

import { $, ask, begin, complaint, language, number, svg, word } from '/common.js';
import { WORDS } from '/gap.words.js';
import { longPoll } from '/wires.js';
import { REFUSALS } from '/words.js';

const MOST = 60; // messages of a measurement
const LONGEST = 15; // seconds of it, about
const CROWDED = 2; // beyond this x the six connections of a browser do not suffice for what is said
let seed = 7;
const points = []; // measured: { x, mean, error }, of the mean

const law = (x) => 1 + x / (x + Math.exp(-x));

// Chance that can be drawn again (mulberry32).
function chance(start) {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const settings = () => {
  const d = Number($('delay').value);
  const rate = 10 ** (Number($('rate').value) / 30);
  return { d, rate, x: (rate * 2 * d) / 1000 };
};

// Long-polling by its rules: when messages come, when polls are there, when each is delivered.
function play({ d, rate }, length, draw) {
  const messages = [];
  for (let at = -Math.log(1 - draw()) * 1000 / rate; at < length; at -= Math.log(1 - draw()) * 1000 / rate) messages.push({ at });
  const polls = [];
  let there = 0; // a poll is at the server from this moment on
  let next = 0;
  while (next < messages.length) {
    const gone = Math.max(there, messages[next].at);
    polls.push({ there, gone });
    while (next < messages.length && messages[next].at <= gone) {
      Object.assign(messages[next], { gap: messages[next].at < there, left: gone });
      next += 1;
    }
    there = gone + 2 * d;
  }
  if (polls.length === 0 || there < length) polls.push({ there, gone: length });
  return { messages, polls };
}

// ---- the timeline --------------------------------------------------------------------------

function timeline() {
  const set = settings();
  const length = Math.max(1000, 12 * set.d);
  const { messages, polls } = play(set, length, chance(seed));
  const keeps = $('cursor').checked;
  const at = (time) => 90 + (time / length) * 890;
  const [top, bottom] = [90, 200];
  const drawn = [
    svg('text', { x: 5, y: top + 5 }, word('server')), svg('text', { x: 5, y: bottom + 5 }, word('member')),
    svg('line', { x1: 90, x2: 980, y1: bottom, y2: bottom, stroke: 'currentColor' }),
    svg('rect', { x: 90, y: top - 8, width: 890, height: 16, fill: 'var(--alarm)', opacity: 0.35 }),
  ];
  for (const { there, gone } of polls) {
    const [left, right] = [at(Math.min(there, length)), at(Math.min(gone, length))];
    drawn.push(svg('rect', { x: left, y: top - 8, width: Math.max(0, right - left), height: 16, fill: 'var(--fine)' }));
    const arrow = (from, y1, to, y2, stroke) => {
      if (to <= length && from >= 0) drawn.push(svg('line', { x1: at(from), y1, x2: at(to), y2, stroke, 'stroke-width': 2 }));
    };
    arrow(there - set.d, bottom, there, top + 8, 'var(--http)');
    if (gone < length) arrow(gone, top + 8, gone + set.d, bottom, 'var(--payload)');
  }
  for (const { at: time, gap } of messages) {
    const fill = gap ? (keeps ? 'var(--second)' : 'var(--alarm)') : 'var(--payload)';
    drawn.push(svg('circle', { cx: at(time), cy: 50, r: 6, fill }));
    if (gap && !keeps) drawn.push(svg('text', { x: at(time) - 4, y: 38, fill: 'var(--alarm)' }, '×'));
  }
  drawn.push(
    svg('rect', { x: 90, y: 228, width: 14, height: 14, fill: 'var(--fine)' }), svg('text', { x: 110, y: 240 }, word('held')),
    svg('rect', { x: 400, y: 228, width: 14, height: 14, fill: 'var(--alarm)', opacity: 0.35 }), svg('text', { x: 420, y: 240 }, word('gap')),
  );
  $('timeline').replaceChildren(...drawn);
  const told = messages.filter(({ gap }) => keeps || !gap);
  const mean = told.reduce((sum, { at: time, left }) => sum + left + set.d - time, 0) / (told.length * set.d || 1);
  const fate = word(keeps ? 'wait' : 'lose');
  $('told').textContent = word('told', { all: messages.length, gap: messages.filter(({ gap }) => gap).length, fate, mean: number(mean, 2) });
  $('delayText').textContent = word('delay', set.d);
  $('rateText').textContent = word('rate', { rate: number(set.rate, 1), x: number(set.x, 2) });
}

// ---- the law -------------------------------------------------------------------------------

const right = (x) => 80 + ((Math.log10(x) + 2) / 4) * 880; // 0.01 to 100
const HIGHEST = 3.2; // a single message takes 3 d at most
const up = (mean) => 330 - ((mean - 0.8) / (HIGHEST - 0.8)) * 300;

function curve() {
  const drawn = [];
  for (const x of [0.01, 0.1, 1, 10, 100]) {
    drawn.push(svg('line', { x1: right(x), x2: right(x), y1: 30, y2: 330, stroke: 'var(--edge)' }));
    drawn.push(svg('text', { x: right(x) - 10, y: 350 }, number(x, x < 0.1 ? 2 : x < 1 ? 1 : 0)));
  }
  for (const mean of [1, 1.5, 2, 2.5, 3]) {
    drawn.push(svg('line', { x1: 80, x2: 960, y1: up(mean), y2: up(mean), stroke: 'var(--edge)' }));
    drawn.push(svg('text', { x: 40, y: up(mean) + 5 }, number(mean, 1)));
  }
  const places = Array.from({ length: 121 }, (_, at) => 10 ** (-2 + at / 30));
  const path = places.map((x) => `${right(x).toFixed(1)},${up(law(x)).toFixed(1)}`).join(' ');
  drawn.push(svg('polyline', { points: path, fill: 'none', stroke: 'var(--accent)', 'stroke-width': 3 }));
  const { x } = settings();
  const here = right(Math.min(100, Math.max(0.01, x)));
  drawn.push(svg('line', { x1: here, x2: here, y1: 30, y2: 330, stroke: 'var(--second)', 'stroke-dasharray': '4 4' }));
  drawn.push(svg('text', { x: Math.min(here + 5, 900), y: 45 }, word('here')));
  for (const point of points) {
    const height = (mean) => up(Math.min(HIGHEST, Math.max(0.8, mean)));
    const y = height(point.mean);
    const [high, low] = [height(point.mean + 2 * point.error), height(point.mean - 2 * point.error)];
    drawn.push(svg('line', { x1: right(point.x), x2: right(point.x), y1: high, y2: low, stroke: 'var(--ink)', 'stroke-width': 3 }));
    drawn.push(svg('circle', { cx: right(point.x), cy: y, r: 7, fill: 'var(--long-poll)', stroke: 'var(--ink)', class: 'measured' }));
  }
  drawn.push(svg('text', { x: 400, y: 372, class: 'quiet' }, word('x')), svg('text', { x: 80, y: 20, class: 'quiet' }, word('y')));
  $('curve').replaceChildren(...drawn);
}

// ---- measuring -----------------------------------------------------------------------------

const open = (member, message) => new Promise((yes, no) => {
  const line = longPoll(member, {
    open: (epoch) => { member.epoch ??= epoch; yes(line); },
    message: (said) => { member.seq = said.seq; message(said); },
    missed() {}, reset() {}, undelivered() {},
    refuse: (said) => no(new Error(REFUSALS[language][said.code] ?? said.message)),
    lost: () => no(new Error(word('unreachable'))),
  }, '/lane/long-poll');
});

// The page speaks and listens through the lane at distance d: what it says is in the room after d,
// and what is left of the time until it is back is the time to the member.
async function measure() {
  const { x, rate } = settings();
  if (x > CROWDED) throw new Error(word('crowded', CROWDED));
  const wanted = Math.round(Math.min(MOST, Math.max(10, rate * LONGEST)));
  const sent = new Map();
  const times = [];
  const member = { room: `gap-${crypto.getRandomValues(new Uint32Array(1))[0]}`, name: 'gap', epoch: null, seq: 0 };
  let all = () => {};
  const arrived = new Promise((done) => { all = done; });
  const line = await open(member, ({ id }) => {
    if (!sent.has(id)) return;
    times.push(performance.now() - sent.get(id));
    $('state').textContent = word('measuring', { done: times.length, all: wanted });
    if (times.length === wanted) all();
  });
  try {
    // Connections that are made during the measurement would cost a round trip of their own.
    await Promise.all(['w1', 'w2', 'w3', 'w4'].map((id) => line.say('warm', id)));
    const before = await roundTrips();
    await speak(line, sent, wanted, rate);
    await Promise.race([arrived, new Promise((_, no) => { setTimeout(() => no(new Error(word('unreachable'))), 10000); })]);
    const trips = [...before, ...await roundTrips()].sort((one, other) => one - other);
    const spoken = sent.get(`g${wanted - 1}`) - sent.get('g0');
    return result(times, trips[Math.floor(trips.length / 2)] / 2, (wanted - 1) / spoken);
  } finally { line.close(); }
}

// Says so many messages at that rate, and notes when.
async function speak(line, sent, wanted, rate) {
  const draw = chance(seed + points.length);
  for (let at = 0; at < wanted; at += 1) {
    await new Promise((done) => { setTimeout(done, -Math.log(1 - draw()) * 1000 / rate); });
    sent.set(`g${at}`, performance.now());
    line.say(`gap ${at}`, `g${at}`);
  }
}

// Requests that wait for nothing: the distance as this browser has it, with what it needs itself.
async function roundTrips() {
  const times = [];
  for (let at = 0; at < 7; at += 1) {
    const asked = performance.now();
    await ask('/lane/long-poll/health');
    times.push(performance.now() - asked);
  }
  return times;
}

// What was measured, in units of the distance and of the rate that there really were: a busy machine has
// longer ways and later sentences. What is said comes up one way, so that the rest is the way to the member.
function result(times, d, perMs) {
  const n = times.length;
  const scaled = times.map((time) => time / d - 1);
  const mean = scaled.reduce((sum, one) => sum + one, 0) / n;
  const error = Math.sqrt(scaled.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (n - 1) / n);
  const x = perMs * 2 * d;
  points.push({ x, mean, error });
  curve();
  return word('measured', { n, d: number(d, 1), x: number(x, 2), mean: number(mean, 2), error: number(2 * error, 2), law: number(law(x), 2) });
}

// With the lane as long as it is asked for, and without anything added again whatever happens.
async function atDistance(act) {
  await ask('/control', { lane: 'long-poll', delay_ms: settings().d, state: 'open' });
  try { return await act(); } finally { await ask('/control', { lane: 'long-poll', delay_ms: 0 }); }
}

$('measure').addEventListener('click', async () => {
  $('measure').disabled = true;
  try { $('state').textContent = await atDistance(measure); } catch (error) { $('state').textContent = word('failed', error.code ? complaint(error) : error.message); }
  $('measure').disabled = false;
});

function draw() {
  timeline();
  curve();
}

for (const id of ['delay', 'rate', 'cursor']) $(id).addEventListener('input', draw);
$('again').addEventListener('click', () => { seed += 1; draw(); });
begin(WORDS, draw);
