// The race: one member in each lane, one sentence handed to all three at once, one clock.

import { $, ask, begin, complaint, element, number, svg, word } from '/common.js';
import { WORDS } from '/race.words.js';

const KEPT = 60; // latencies in a strip
const ROLLED = 2000; // milliseconds after which the ball has rolled as far as it does by itself
const GLANCE = 200; // milliseconds between two looks at what is new
const STILL = matchMedia('(prefers-reduced-motion: reduce)');
const span = (ms) => `${number(ms, ms < 100 ? 1 : 0)} ms`;
const room = `race-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
const lanes = new Map(); // name → Lane
const wires = new Worker('/race.worker.js', { type: 'module' });
let sentences = 0;
let ticking = 0;
let own = null; // what the browser itself needs for a request, in ms

class Lane {
  constructor(name, wire) {
    Object.assign(this, { name, wire, state: 'opening', gate: 'open', under: null, changed: false, times: [], zero: null, told: null, crowd: null });
    this.draw();
    this.join();
  }

  join() {
    wires.postMessage({ join: this.name, wire: this.wire, room });
  }

  said(id) {
    if (this.state !== 'open') return;
    this.under = { id, at: performance.now() };
    this.parts.time.textContent = '';
    this.parts.ball.style.left = '0';
    if (!STILL.matches) this.parts.ball.animate(this.way(), { duration: ROLLED, fill: 'forwards' });
  }

  // Left to the browser, which moves the ball without a line of script: a page that draws takes time from
  // what it measures. A long way is drawn shorter: 1 s is nine tenths of nine tenths of the track.
  way() {
    const length = this.parts.ball.parentElement.clientWidth - this.parts.ball.clientWidth;
    return Array.from({ length: 41 }, (_, at) =>
      ({ transform: `translateX(${(0.9 * length * (1 - Math.exp((-at * ROLLED) / 40 / 430))).toFixed(1)}px)` }));
  }

  hear({ state, id, took }) {
    if (state) {
      if (state !== 'open') this.under = null;
      return this.show(state);
    }
    this.times = [...this.times, took].slice(-KEPT);
    this.changed = true;
    if (this.under?.id !== id) return;
    this.under = null;
    this.parts.time.textContent = span(took);
    const { ball } = this.parts;
    for (const rolling of ball.getAnimations()) rolling.cancel();
    ball.style.left = 'calc(100% - 1rem)';
  }

  // What has changed since somebody looked last.
  refresh() {
    if (this.under) {
      const gone = performance.now() - this.under.at;
      if (gone > 2 * GLANCE) this.parts.time.textContent = `${number(gone)} ms …`;
    }
    if (!this.changed) return;
    this.changed = false;
    this.figures();
  }

  async gateTo(state) {
    await order({ lane: this.name, state });
    if (state === 'open' && this.state !== 'open') this.join();
  }

  // ---- what is to be seen --------------------------------------------------------------------

  draw() {
    const card = element('section', `card lane lane-${this.name}`);
    const parts = { state: element('span', 'state quiet'), time: element('output', 'time'), ball: element('i') };
    const head = element('header');
    head.append(element('h2', '', this.name), parts.state, parts.time);
    const track = element('div', 'track');
    track.append(parts.ball);
    parts.figures = element('dl', 'figures');
    parts.strip = svg('svg', { class: 'strip', viewBox: '0 0 600 60', preserveAspectRatio: 'none', role: 'img' });
    const buttons = element('div', 'row');
    for (const [key, act] of [
      ['freeze', () => this.gateTo(this.gate === 'frozen' ? 'open' : 'frozen')],
      ['sever', () => this.gateTo('cut')],
      ['reconnect', () => this.gateTo('open').then(() => this.join())],
    ]) {
      const button = element('button', 'soft');
      button.type = 'button';
      button.dataset.act = key;
      button.addEventListener('click', act);
      buttons.append(button);
      parts[key] = button;
    }
    card.append(head, track, parts.figures, parts.strip, buttons);
    $('lanes').append(card);
    this.parts = parts;
  }

  show(state) {
    this.state = state;
    this.label();
  }

  label() {
    const { parts } = this;
    parts.state.textContent = word(this.gate === 'open' ? this.state : this.gate);
    parts.freeze.textContent = word(this.gate === 'frozen' ? 'thaw' : 'freeze');
    for (const key of ['sever', 'reconnect']) parts[key].textContent = word(key);
    parts.strip.setAttribute('aria-label', word('strip'));
    this.figures();
  }

  tell(told) {
    this.told = told;
    this.zero ??= told;
    this.changed = true;
    if (this.gate !== told.state) { this.gate = told.state; this.label(); }
  }

  figures() {
    const sorted = [...this.times].sort((one, other) => one - other);
    const ms = (value) => (value === undefined ? word('nothing') : span(value));
    const since = (key) => (this.told ? number(this.told[key] - this.zero[key]) : word('nothing'));
    const { crowd } = this;
    const generator = crowd === 'underWay' ? word('underWay') : crowd ? `${ms(crowd.p50_ms)} / ${ms(crowd.p99_ms)}` : word('nothing');
    const shown = [
      ['median', ms(sorted[Math.floor(sorted.length / 2)])], ['worst', ms(sorted.at(-1))],
      ['up', since('up')], ['down', since('down')], ['connections', this.told ? number(this.told.live) : word('nothing')],
      ['requests', since('requests')], ['generator', generator],
    ];
    this.parts.figures.replaceChildren(...shown.map(([key, value]) => {
      const pair = element('div');
      pair.dataset.figure = key;
      pair.append(element('dt', '', word(key)), element('dd', '', value));
      return pair;
    }));
    const most = Math.max(10, ...[...lanes.values()].flatMap(({ times }) => times));
    this.parts.strip.replaceChildren(...this.times.map((time, at) =>
      svg('rect', { x: 1 + at * 10, width: 8, y: (60 - (56 * time) / most).toFixed(1), height: ((56 * time) / most).toFixed(1) })));
  }
}

// ---- the page ------------------------------------------------------------------------------

async function order(what) {
  try {
    told(await ask('/control', what));
    $('problem').textContent = '';
  } catch (error) {
    $('problem').textContent = complaint(error);
  }
}

function told({ lanes: all, crowd }) {
  for (const one of all) {
    const lane = lanes.get(one.name);
    if (!lane) continue;
    lane.crowd = crowd?.[one.name] ?? null;
    lane.tell(one);
  }
}

function send() {
  sentences += 1;
  const text = $('text').value.trim() || word('usual');
  const id = `s${sentences}`;
  wires.postMessage({ say: text, id });
  for (const lane of lanes.values()) lane.said(id);
}

setInterval(() => { for (const lane of lanes.values()) lane.refresh(); }, GLANCE);
wires.onmessage = ({ data }) => {
  if (data.own === undefined) return void lanes.get(data.lane)?.hear(data);
  own = data.own;
  showOwn();
};
wires.postMessage({ own: true });
$('start').addEventListener('submit', (event) => { event.preventDefault(); send(); $('text').focus(); });
$('delay').addEventListener('change', () => order({ lane: 'all', delay_ms: Number($('delay').value) }));
$('rate').addEventListener('change', () => {
  clearInterval(ticking);
  const rate = Number($('rate').value);
  if (rate > 0) ticking = setInterval(send, 1000 / rate);
});
$('crowd').addEventListener('change', async () => {
  const members = Number($('crowd').value);
  if (!members) return;
  // At the rate of this page, where it has one: what is compared shall have the same load.
  const rate = Number($('rate').value) || undefined;
  try { await ask('/crowd', { members, rate }); } catch (error) { $('problem').textContent = complaint(error); }
});
$('zero').addEventListener('click', () => {
  for (const lane of lanes.values()) { lane.zero = lane.told; lane.times = []; lane.figures(); }
  wires.postMessage({ own: true });
});
const showOwn = () => { $('own').textContent = own === null ? '' : word('own', span(own)); };
begin(WORDS, () => { showOwn(); for (const lane of lanes.values()) lane.label(); if (!$('text').value) $('text').value = word('usual'); });

async function watch() {
  try {
    const all = await ask('/lanes');
    if (!lanes.size) {
      for (const { name, wire } of all.lanes) lanes.set(name, new Lane(name, wire));
      $('delay').value = String(all.lanes[0].delay_ms);
    }
    told(all);
  } catch (error) { $('problem').textContent = complaint(error); }
  setTimeout(watch, 250);
}
watch();
