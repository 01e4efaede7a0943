// The chat page. It asks /health which wire the backend speaks and then speaks that one. Everything
// above the two wires is the same for both. On the stage of a lecture it comes through one of the
// lanes. Whatever people write reaches the page through textContent only.

import { drawer } from '/drawer.js';
import { answered, longPoll, webSocket } from '/wires.js';
import { REFUSALS, WORDS } from '/words.js';

const SHOWN = 300; // messages kept on the page
const LONGEST_WAIT = 60; // seconds between two attempts to reconnect

const $ = (id) => document.getElementById(id);
const keep = {
  get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* private window */ } },
};

// ---- words ---------------------------------------------------------------------------------

const wanted = new URLSearchParams(location.search).get('lang');
let language = ['de', 'en'].includes(wanted) ? wanted : keep.get('language') ?? (navigator.language.startsWith('de') ? 'de' : 'en');
const word = (key, value) => {
  const found = WORDS[language][key];
  return typeof found === 'function' ? found(value) : found;
};
const refusal = ({ code, message }) =>
  Object.hasOwn(REFUSALS[language], code) ? REFUSALS[language][code] : message;

function speak(chosen) {
  language = chosen;
  document.documentElement.lang = chosen;
  for (const element of document.querySelectorAll('[data-t]')) {
    element.textContent = word(element.dataset.t);
  }
  for (const element of document.querySelectorAll('[data-label]')) {
    element.setAttribute('aria-label', word(element.dataset.label));
  }
  for (const id of ['de', 'en']) $(id).setAttribute('aria-pressed', String(id === chosen));
  showState();
  showProblem();
  showCounts();
  glass.speak();
  relabel();
}

// ---- looks ---------------------------------------------------------------------------------

// A stage keeps one theme and one size for all its pages, in whichever window they are chosen.
function dress(theme, size) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else if (theme) document.documentElement.dataset.theme = theme;
  if (size) document.documentElement.style.setProperty('--size', String(Number(size) / 100 || 1));
}

dress(keep.get('theme'), keep.get('size'));
new BroadcastChannel('duplex').onmessage = ({ data }) => {
  dress(data.theme, data.size);
  if (data.language) speak(data.language);
};

// ---- the session ---------------------------------------------------------------------------

const query = new URLSearchParams(location.search);
const me = crypto.getRandomValues(new Uint32Array(2)).join('');
// A tap shows what comes after it was opened, so the handshake is made once more then.
const glass = drawer({ word, again: () => { if (member && lane) find(); } });
const state = { now: 'asking', room: '', name: '', wait: 0 };
const unsent = new Map(); // id → text, until it comes back
let lane = query.get('lane') ?? ''; // of a stage, which has several backends
let wire = null; // webSocket or longPoll
let member = null; // { room, name, epoch, seq, history }
let line = null; // what the wire gave back
let attempts = 0;
let turn = 0; // the newest attempt; an older one that comes late is ignored
let timer = 0;
let said = 0;

function show(now, more = {}) {
  Object.assign(state, more, { now });
  showState();
}

function showState() {
  $('state').textContent = word(state.now, state);
  document.body.dataset.state = state.now;
  $('retry').hidden = state.now !== 'lost';
}

// Kept as what to say and not as said, so that it can be said again in another language.
let complaint = () => '';
const showProblem = () => { $('problem').textContent = complaint(); };

function problem(toSay = () => '') {
  complaint = toSay;
  showProblem();
}

const health = async (base) => answered(await fetch(`${base}/health`, { cache: 'no-store' }));

// A stage has several backends: the page takes one of them and shows the way to the others.
async function asked() {
  if (!lane || !$('lanes').childElementCount) {
    const said = await health('');
    if (!said.lecture) { lane = ''; return said; }
    document.documentElement.dataset.stage = '';
    const names = said.lanes.map(({ name }) => name);
    if (!names.includes(lane)) lane = names[1] ?? names[0];
    $('lanes').replaceChildren(...names.map((name) => {
      const link = element('a', '', name);
      link.href = `?${new URLSearchParams({ ...Object.fromEntries(query), lane: name })}`;
      if (name === lane) link.setAttribute('aria-current', 'page');
      return link;
    }));
    $('lanes').hidden = false;
  }
  return health(`/lane/${lane}`);
}

// Asked before every attempt: a lecture may have restarted the address with another backend.
async function find() {
  clearTimeout(timer);
  line?.close();
  const mine = turn += 1;
  show(member ? 'opening' : 'asking');
  try {
    const health = await asked();
    if (mine !== turn) return;
    wire = String(health.wire).replace('-', '') === 'websocket' ? webSocket : longPoll;
    $('backend').textContent = `${health.backend} · ${wire === webSocket ? 'WebSocket' : 'Long-Polling'}`;
    if (member) connect(); else show('idle');
  } catch {
    if (mine !== turn) return;
    if (member) return later();
    show('unreachable');
    timer = setTimeout(find, 2000 + Math.random() * 3000);
  }
}

function connect() {
  const current = member;
  const mine = (handler) => (...values) => { if (member === current) handler(...values); };
  glass.begin(wire === webSocket);
  line = wire(current, {
    open: mine((epoch, head) => {
      // A cursor of another life is left as it is: the server answers it with a reset.
      if (!current.history && epoch === current.epoch && head > current.seq) notice('away', head - current.seq);
      current.epoch ??= epoch;
      current.head = head;
      attempts = 0;
      problem();
      show('open', { room: current.room, name: current.name });
      if (unsent.size) setTimeout(mine(giveUpUnsent), 3000, [...unsent.keys()]);
    }),
    message: mine((message) => {
      glass.heard(message);
      count(message);
      current.seq = message.seq;
      current.history = false;
      if (message.id) unsent.delete(message.id);
      put({ message, own: message.id?.startsWith(`${me}-`) ?? false });
    }),
    missed: mine((count) => { notice(current.history ? 'older' : 'missed', count); current.history = false; }),
    reset: mine((epoch) => {
      current.epoch = epoch;
      current.seq = 0;
      notice('reset');
    }),
    refuse: mine((said, final, id) => {
      problem(() => word('refused', refusal(said)));
      // Over WebSocket an error names no message; with a single one under way there is no doubt.
      if (id || unsent.size === 1) giveUpUnsent(id ? [id] : [...unsent.keys()]);
      if (final) { line?.close(); line = null; show('idle'); }
    }),
    undelivered: mine((id, reached) => {
      if (!reached) problem(() => word('unreachable'));
      giveUpUnsent([id]);
    }),
    lost: mine(later),
  }, lane ? `/lane/${lane}/~${glass.mark}` : '');
}

// RFC 6455 §7.2.3: the first attempt after a random 0 to 5 s, then each after twice the time,
// so that a restarted server is not met by everybody at once. A server that answers as another
// backend is asked at once, but only once: it might go on answering like that.
function later(atOnce = false) {
  line?.close();
  if (atOnce && attempts === 0) {
    attempts = 1;
    find();
    return;
  }
  const spread = Math.random() * 5;
  const wait = attempts === 0 ? spread : Math.min(LONGEST_WAIT, 5 * 2 ** (attempts - 1)) + spread;
  attempts += 1;
  clearTimeout(timer);
  timer = setTimeout(find, wait * 1000);
  // Said once and not counted down: a screen reader would read every second of it aloud.
  show('lost', { wait: Math.ceil(wait) });
}

function giveUpUnsent(ids) {
  for (const id of ids) {
    if (!unsent.has(id)) continue;
    const text = unsent.get(id);
    unsent.delete(id);
    notice('unsent', text);
    if (!$('text').value) $('text').value = text;
  }
}

// ---- who and how many ----------------------------------------------------------------------

const ASKED = 5000; // milliseconds between two looks at how many members there are
const voices = new Set(); // names that were heard in this room
let here = null; // members of the server, where it tells
let unread = 0;
let following = true; // the end of the messages is looked at

function count(message) {
  voices.add(message.from);
  if (document.hidden || !atEnd()) unread += 1;
  showCounts();
}

function showCounts() {
  const heard = voices.size ? word('heard', voices.size) : '';
  $('heard').textContent = [here === null ? '' : word('here', here), heard].filter(Boolean).join(' · ');
  $('unread').hidden = unread === 0;
  $('unread').textContent = word('unread', unread);
  document.title = unread ? `(${unread}) Duplex` : 'Duplex';
}

// A server that does not count its members is not asked again.
async function countMembers() {
  if (state.now === 'open' && !document.hidden) {
    try {
      const { members } = await answered(await fetch(`${lane ? `/lane/${lane}` : ''}/stats`, { cache: 'no-store' }));
      if (!Number.isInteger(members)) return;
      here = members;
    } catch { here = null; }
    showCounts();
  }
  setTimeout(countMembers, here === null ? 500 : ASKED);
}

function seen() {
  if (document.hidden || unread === 0 || !atEnd()) return;
  unread = 0;
  showCounts();
}

function atEnd() {
  const log = $('log');
  return log.scrollHeight - log.scrollTop - log.clientHeight < 40;
}

// ---- the messages --------------------------------------------------------------------------

let queue = [];
const entries = new WeakMap(); // item of the list → what it shows
const notice = (key, value) => put({ key, value });

// Rendered once per frame: a hall can say more in a second than a page could insert one by one.
function put(entry) {
  queue.push(entry);
  if (queue.length === 1) (document.hidden ? (f) => setTimeout(f, 250) : requestAnimationFrame)(render);
}

function render() {
  const log = $('log');
  const follow = atEnd();
  const extra = queue.length - SHOWN;
  if (extra > 0) queue.splice(0, extra, { key: 'notShown', value: extra });
  log.append(...queue.map(item));
  queue = [];
  while (log.childElementCount > SHOWN) log.firstChild.remove();
  if (follow) log.scrollTop = log.scrollHeight;
}

function element(tag, kind, text = '') {
  const made = document.createElement(tag);
  made.className = kind;
  made.textContent = text;
  return made;
}

function item(entry) {
  const made = entry.message ? bubble(entry) : element('li', 'notice');
  entries.set(made, entry);
  label(made);
  return made;
}

function bubble({ message, own }) {
  const who = element('div', 'who');
  who.append(element('b', ''), ' · ', element('time', ''));
  const made = element('li', own ? 'own' : '');
  made.append(who, element('div', 'words', message.text));
  return made;
}

// Whatever of an entry depends on the language.
function label(made) {
  const { message, own, key, value } = entries.get(made);
  if (!message) {
    made.textContent = word(key, value);
    return;
  }
  const at = new Date(message.at);
  const time = made.querySelector('time');
  time.textContent = at.toLocaleTimeString(language);
  time.dateTime = Number.isNaN(at.getTime()) ? '' : at.toISOString();
  made.querySelector('b').textContent = own ? `${message.from} (${word('you')})` : message.from;
}

function relabel() {
  const log = $('log');
  // A screen reader shall not read the whole history again because its labels changed.
  log.setAttribute('aria-live', 'off');
  for (const made of log.children) label(made);
  setTimeout(() => log.setAttribute('aria-live', 'polite'), 1000);
}

// ---- the forms -----------------------------------------------------------------------------

function join(event) {
  event.preventDefault();
  const name = $('name').value.trim();
  const room = $('room').value.trim();
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(room)) return wrong('room', 'bad-room');
  if (!name || [...name].length > 32 || /\p{Cc}/u.test(name)) return wrong('name', 'bad-name');
  problem();
  keep.set('name', name);
  keep.set('room', room);
  $('log').replaceChildren();
  voices.clear();
  unread = 0;
  showCounts();
  unsent.clear();
  member = { room, name, epoch: null, seq: 0, history: true };
  attempts = 0;
  find();
  $('text').focus();
}

function wrong(field, code) {
  problem(() => refusal({ code }));
  $(field).focus();
}

function say(event) {
  event.preventDefault();
  const field = $('text');
  const text = field.value;
  field.focus();
  if (!text.trim()) return;
  if (new TextEncoder().encode(text).length > 4096) return problem(() => refusal({ code: 'too-long' }));
  if (state.now !== 'open') return problem(() => word('notOpen'));
  problem();
  const id = `${me}-${said += 1}`;
  unsent.set(id, text);
  field.value = '';
  glass.said(text, id);
  line.say(text, id);
}

$('name').value = query.get('name') ?? keep.get('name') ?? '';
$('room').value = query.get('room') ?? keep.get('room') ?? 'lobby';
$('join').addEventListener('submit', join);
$('say').addEventListener('submit', say);
$('retry').addEventListener('click', () => { find(); $('text').focus(); });
for (const id of ['de', 'en']) {
  $(id).addEventListener('click', () => { keep.set('language', id); speak(id); });
}
$('log').addEventListener('scroll', () => { following = atEnd(); seen(); });
// Whoever was at the end stays there when a drawer, a keyboard or another width takes room away.
new ResizeObserver(() => { if (following) $('log').scrollTop = $('log').scrollHeight; }).observe($('log'));
addEventListener('visibilitychange', seen);
$('unread').addEventListener('click', () => { $('log').scrollTop = $('log').scrollHeight; });
addEventListener('online', () => { if (state.now === 'lost') find(); });
speak(language);
countMembers();
($('name').value ? $('text') : $('name')).focus();
find();
