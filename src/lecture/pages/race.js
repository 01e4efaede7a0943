// The race: one member in each lane, one sentence handed to all three at once, one clock.

import { $, ask, begin, complaint, element, number, svg, word } from '/common.js';
import { WORDS } from '/race.words.js';
import { longPoll, webSocket } from '/wires.js';

const KEPT = 60; // latencies in a strip
const room = `race-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
const lanes = new Map(); // name → Lane
let sentences = 0;
let ticking = 0;

class Lane {
  constructor(name, wire) {
    Object.assign(this, { name, wire: wire === 'long-poll' ? longPoll : webSocket });
    Object.assign(this, { state: 'opening', gate: 'open', sent: new Map(), times: [], zero: null, told: null, crowd: null });
    this.member = { room, name: 'race', epoch: null, seq: 0 };
    this.draw();
    this.join();
  }

  join() {
    clearTimeout(this.timer);
    this.line?.close();
    this.show('opening');
    this.line = this.wire(this.member, {
      open: (epoch) => { this.member.epoch ??= epoch; this.show('open'); },
      message: (message) => { this.member.seq = message.seq; this.arrived(message.id, performance.now()); },
      missed() {}, refuse() {},
      reset: (epoch) => { Object.assign(this.member, { epoch, seq: 0 }); },
      undelivered: (id) => this.sent.delete(id),
      // A race cannot wait for the random 5 s of RFC 6455 §7.2.3, and only one page comes back here.
      lost: () => { this.show('lost'); clearTimeout(this.timer); this.timer = setTimeout(() => this.join(), 500); },
    }, `/lane/${this.name}`);
  }

  say(text, id) {
    if (this.state !== 'open') return;
    this.sent.set(id, performance.now());
    this.line.say(text, id);
    this.run(id);
  }

  arrived(id, now) {
    const sent = this.sent.get(id);
    if (sent === undefined) return;
    this.sent.delete(id);
    this.times = [...this.times, now - sent].slice(-KEPT);
    this.figures();
  }

  // The ball rolls as long as the newest sentence is under way.
  run(id) {
    this.newest = id;
    const roll = () => {
      if (this.newest !== id) return;
      const begun = this.sent.get(id);
      const gone = begun === undefined ? this.times.at(-1) ?? 0 : performance.now() - begun;
      // A long way is drawn shorter: 1 s is nine tenths of the track.
      const part = begun === undefined ? 1 : 0.9 * (1 - Math.exp(-gone / 430));
      this.parts.ball.style.left = `calc(${(100 * part).toFixed(1)}% - ${part.toFixed(2)}rem)`;
      this.parts.time.textContent = gone ? `${number(gone, gone < 100 ? 1 : 0)} ms` : '';
      if (begun !== undefined) requestAnimationFrame(roll);
    };
    requestAnimationFrame(roll);
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
    if (this.gate !== told.state) { this.gate = told.state; this.label(); } else this.figures();
  }

  figures() {
    const sorted = [...this.times].sort((one, other) => one - other);
    const ms = (value) => (value === undefined ? word('nothing') : `${number(value, value < 100 ? 1 : 0)} ms`);
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
  for (const lane of lanes.values()) lane.say(text, `s${sentences}`);
}

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
  try { await ask('/crowd', { members }); } catch (error) { $('problem').textContent = complaint(error); }
});
$('zero').addEventListener('click', () => {
  for (const lane of lanes.values()) { lane.zero = lane.told; lane.times = []; lane.figures(); }
});
begin(WORDS, () => { for (const lane of lanes.values()) lane.label(); if (!$('text').value) $('text').value = word('usual'); });

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
