// The chat page. It asks /health which wire the backend speaks and then speaks that one: a
// WebSocket, or held HTTP requests. Everything above the two wires is the same for both. Whatever
// people write reaches the page through textContent only.

import { REFUSALS, WORDS } from '/words.js';

const SHOWN = 300; // messages kept on the page
const LONGEST_WAIT = 60; // seconds between two attempts to reconnect
const SILENCE = 45000; // milliseconds after which a held poll counts as lost

const $ = (id) => document.getElementById(id);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const keep = {
  get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* private window */ } },
};

// ---- words ---------------------------------------------------------------------------------

let language = keep.get('language') ?? (navigator.language.startsWith('de') ? 'de' : 'en');
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
  relabel();
}

// ---- the two wires -------------------------------------------------------------------------
// Each takes the member and a set of callbacks and gives back say(text, id) and close().
//   open()  joined · message(m)  · missed(n)  · reset(epoch)  · caughtUp(epoch, head)
//   refuse({ code, message }, final, id)  the server said no, perhaps to the message with this id;
//     final: trying again is no use
//   undelivered(id, reached)  the message with this id found no server, or one of another backend
//   lost(atOnce)  the connection is gone; atOnce: another backend is there already

const address = (path, member, more = {}) => {
  const query = new URLSearchParams({ room: member.room, name: member.name, ...more });
  return `${path}?${query}`;
};

const cursor = (member) =>
  member.epoch === null ? { since: 0 } : { since: member.seq, epoch: member.epoch };

function webSocket(member, on) {
  const url = new URL(address('/chat', member, cursor(member)), location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  const socket = new WebSocket(url);
  let joined = false;
  let closed = false;
  socket.onmessage = ({ data }) => {
    if (closed) return;
    let said;
    try { said = JSON.parse(data); } catch { return; }
    if (said.type === 'message') on.message(said);
    else if (said.type === 'hello') { joined = true; on.open(said.epoch, said.head); }
    else if (said.type === 'lagged') on.missed(said.missed);
    else if (said.type === 'reset') on.reset(said.epoch);
    else if (said.type === 'error') on.refuse(said, false);
  };
  socket.onclose = async () => {
    if (closed) return;
    // A browser hides why a handshake failed, so the same address is asked once more without one.
    const why = joined ? null : await reason(url.pathname + url.search);
    if (closed) return;
    if (why?.final || why?.status === 503) on.refuse(why.said, why.final);
    if (!why?.final) on.lost(why?.status === 404);
  };
  return {
    say: (text, id) => socket.send(JSON.stringify({ type: 'say', text, id })),
    close: () => { closed = true; socket.close(1000); },
  };
}

async function reason(path) {
  try {
    await answered(await fetch(path, { cache: 'no-store' }));
  } catch (error) { return error.said ? error : null; }
  return null;
}

function longPoll(member, on) {
  const stop = new AbortController();
  const ask = (more) => fetch(address('/poll', member, more), {
    cache: 'no-store',
    signal: AbortSignal.any([stop.signal, AbortSignal.timeout(SILENCE)]),
  });
  const loop = async () => {
    // Without a cursor the answer comes at once: it tells that the room is open, and which life.
    const first = await answered(await ask({}));
    on.open(first.epoch, first.next);
    for (;;) {
      const asked = performance.now();
      const answer = await answered(await ask({ ...cursor(member), epoch: member.epoch ?? first.epoch, wait: 25 }));
      if (stop.signal.aborted) return;
      if (answer.reset) on.reset(answer.epoch);
      if (answer.missed > 0) on.missed(answer.missed);
      answer.messages.forEach(on.message);
      member.seq = Math.max(member.seq, answer.next);
      // An empty answer long before its time means that the server is about to stop.
      if (!answer.messages.length && performance.now() - asked < 1000) await pause(1000);
    }
  };
  loop().catch((error) => {
    if (stop.signal.aborted) return;
    if (error.final || error.status === 503) on.refuse(error.said, error.final);
    if (!error.final) on.lost(error.status === 404);
  });
  return {
    say: async (text, id) => {
      try {
        await answered(await fetch(address('/say', member), {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ type: 'say', text, id }),
        }));
      } catch (error) {
        const gone = !error.said || WRONG_PLACE.includes(error.status);
        if (gone) on.undelivered(id, Boolean(error.said));
        else on.refuse(error.said, false, id);
        // Whoever closed this line has seen it already.
        if (gone && !stop.signal.aborted) on.lost(error.status === 404);
      }
    },
    close: () => stop.abort(),
  };
}

// What a path answers when the backend behind it is another one by now.
const WRONG_PLACE = [404, 405, 426];

async function answered(response) {
  if (response.ok) return response.json();
  const { code = '', message = `HTTP ${response.status}` } = await response.json().catch(() => ({}));
  // A room or name that is refused stays refused. Everything else passes: a full server empties,
  // and a path that is not there may be there again under another backend.
  const final = response.status === 400 && /room|name|since|epoch/.test(code);
  throw Object.assign(new Error(message), { said: { code, message }, status: response.status, final });
}

// ---- the session ---------------------------------------------------------------------------

const me = crypto.getRandomValues(new Uint32Array(2)).join('');
const state = { now: 'asking', room: '', name: '', wait: 0 };
const unsent = new Map(); // id → text, until it comes back
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

// Asked before every attempt: a lecture may have restarted the address with another backend.
async function find() {
  clearTimeout(timer);
  line?.close();
  const mine = turn += 1;
  show(member ? 'opening' : 'asking');
  try {
    const health = await answered(await fetch('/health', { cache: 'no-store' }));
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
  line = wire(current, {
    open: mine((epoch, head) => {
      // A cursor of another life is left as it is: the server answers it with a reset.
      current.epoch ??= epoch;
      current.head = head;
      attempts = 0;
      problem();
      show('open', { room: current.room, name: current.name });
      if (unsent.size) setTimeout(mine(giveUpUnsent), 3000, [...unsent.keys()]);
    }),
    message: mine((message) => {
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
  });
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
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const extra = queue.length - SHOWN;
  if (extra > 0) queue.splice(0, extra, { key: 'notShown', value: extra });
  log.append(...queue.map(item));
  queue = [];
  while (log.childElementCount > SHOWN) log.firstChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
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
  line.say(text, id);
}

const query = new URLSearchParams(location.search);
$('name').value = query.get('name') ?? keep.get('name') ?? '';
$('room').value = query.get('room') ?? keep.get('room') ?? 'lobby';
$('join').addEventListener('submit', join);
$('say').addEventListener('submit', say);
$('retry').addEventListener('click', () => { find(); $('text').focus(); });
for (const id of ['de', 'en']) {
  $(id).addEventListener('click', () => { keep.set('language', id); speak(id); });
}
addEventListener('online', () => { if (state.now === 'lost') find(); });
speak(language);
($('name').value ? $('text') : $('name')).focus();
find();
