// The wire lab: frames to build and to take apart, and what long-polling needs for the same text.

import { $, begin, element, number, word } from '/common.js';
import { SECTIONS, dissect, frame, hex, http, unhex } from '/dissect.js';
import { WORDS } from '/wire.words.js';

const KINDS = { 0: 'continuation', 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' };
const SHOWN = 400; // bytes that are drawn
const bytesOf = (text) => new TextEncoder().encode(text);
let key = freshKey();

function freshKey() {
  return crypto.getRandomValues(new Uint8Array(4));
}

// A long text is shown by its beginning.
function excerpt(bytes) {
  const text = new TextDecoder().decode(bytes.subarray(0, 200));
  return bytes.length > 200 ? `${text}…` : text;
}

// ---- taking apart --------------------------------------------------------------------------

function explain(bytes, from, [list, verdict, table]) {
  const found = dissect(bytes, from);
  const part = new Array(Math.min(bytes.length, SHOWN)).fill('');
  for (const { at, parts } of found.frames) {
    for (const [name, begun, end] of parts) {
      for (let place = at + begun; place < Math.min(at + end, SHOWN); place += 1) part[place] = name;
    }
  }
  $(list).replaceChildren(...part.map((name, at) => element('li', name ? `part-${name}` : '', hex(bytes[at]))));
  if (bytes.length > SHOWN) $(list).append(element('li', '', `+${number(bytes.length - SHOWN)}`));
  $(verdict).className = found.fault ? 'alarm' : 'fine';
  $(verdict).textContent = bytes.length ? judged(found, bytes) : word('nothing');
  $(table).replaceChildren(heading(), ...found.frames.slice(0, 8).flatMap((one) => rows(one, bytes)));
  $(table).hidden = found.frames.length === 0;
}

function judged({ frames, fault, at }, bytes) {
  if (fault) {
    const why = word(fault === 'opcode' ? 'badOpcode' : fault);
    return word('illegal', { at, why, section: SECTIONS[fault] });
  }
  const carried = frames.reduce((sum, { payload }) => sum + payload.length, 0);
  return word('good', { frames: frames.length, bytes: number(bytes.length), overhead: bytes.length - carried });
}

function heading() {
  const row = element('tr');
  row.append(element('th', '', word('bytes')), element('th', '', word('meaning')));
  return row;
}

function rows({ at, fin, opcode, key: masking, payload, parts }, bytes) {
  const meaning = {
    first: () => word('first', { fin: fin ? 1 : 0, opcode: opcode.toString(16), kind: KINDS[opcode] }),
    second: () => word('second', { masked: masking ? 1 : 0, length: bytes[at + 1] & 0x7f }),
    length: () => word('length', number(payload.length)),
    key: () => word('key'),
    payload: () => word('payload', { length: number(payload.length), text: excerpt(payload) }),
  };
  return parts.map(([name, begun, end]) => {
    const row = element('tr');
    const shown = [...bytes.subarray(at + begun, at + Math.min(end, begun + 12))].map(hex).join(' ');
    const bits = name === 'first' || name === 'second' ? ` = ${bytes[at + begun].toString(2).padStart(8, '0')}` : '';
    const more = end - begun > 12 ? ' …' : '';
    row.append(element('td', `part-${name}`, shown + bits + more), element('td', '', meaning[name]()));
    return row;
  });
}

// ---- building ------------------------------------------------------------------------------

function built() {
  const payload = bytesOf($('text').value);
  const count = Math.min(8, Math.max(1, Number($('pieces').value) || 1));
  const opcode = Number($('opcode').value);
  const size = Math.max(1, Math.ceil(payload.length / count));
  const made = [];
  for (let at = 0; at < count; at += 1) {
    made.push(frame({
      opcode: at === 0 ? opcode : 0,
      fin: at === count - 1 && $('fin').checked,
      key: $('mask').checked ? key : null,
      payload: at === count - 1 ? payload.subarray(size * at) : payload.subarray(size * at, size * (at + 1)),
    }));
  }
  const whole = new Uint8Array(made.reduce((sum, one) => sum + one.length, 0));
  made.reduce((at, one) => { whole.set(one, at); return at + one.length; }, 0);
  return whole;
}

// ---- long-polling --------------------------------------------------------------------------

const BROWSER = [
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'sec-ch-ua: "Chromium";v="140", "Not=A?Brand";v="24"', 'sec-ch-ua-mobile: ?0', 'sec-ch-ua-platform: "Linux"',
  'Accept: */*', 'Sec-Fetch-Site: same-origin', 'Sec-Fetch-Mode: cors', 'Sec-Fetch-Dest: empty',
  'Accept-Encoding: gzip, deflate, br, zstd', 'Accept-Language: de-CH,de;q=0.9,en;q=0.8',
].map((line) => `${line}\r\n`).join('');

function exchange(text) {
  const more = $('browser').checked ? BROWSER : '';
  const json = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n';
  const length = (body) => `Content-Length: ${bytesOf(body).length}\r\n\r\n`;
  const say = JSON.stringify({ type: 'say', text });
  const receipt = '{"seq":17}';
  const told = JSON.stringify({ epoch: '5f3c9d2e71a04b68', next: 17, missed: 0, messages: [{ type: 'message', seq: 17, from: 'anna', at: 1732312345123, text }] });
  return [
    ['→', 'said', `POST /say?room=lobby&name=anna HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n${more}Content-Type: application/json\r\n${length(say)}${say}`],
    ['←', 'acknowledged', `${json}${length(receipt)}${receipt}`],
    ['←', 'told', `${json}${length(told)}${told}`],
    ['→', 'askedAgain', `GET /poll?room=lobby&name=anna&since=17&epoch=5f3c9d2e71a04b68&wait=25 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n${more}\r\n`],
  ];
}

function poll() {
  const text = $('text').value.slice(0, 4096);
  const size = (part) => bytesOf(part).length;
  let all = 0;
  $('exchange').replaceChildren(...exchange(text).map(([arrow, key, whole]) => {
    const parts = http(whole);
    all += size(whole);
    const block = element('div');
    const shown = element('div', 'http');
    for (const name of ['line', 'head', 'body']) {
      const cut = parts[name].length > 600 ? `${parts[name].slice(0, 600)}…` : parts[name];
      shown.append(element('span', `part-${name}`, cut.replaceAll('\r\n', '\n')));
    }
    const counts = { line: size(parts.line), head: size(parts.head), body: size(parts.body), all: size(whole) };
    block.append(element('h2', '', `${arrow} ${word(key)}`), shown, element('p', 'quiet', word('counts', counts)));
    return block;
  }));
  const say = bytesOf(JSON.stringify({ type: 'say', text }));
  const told = bytesOf(JSON.stringify({ type: 'message', seq: 17, from: 'anna', at: 1732312345123, text }));
  const frames = frame({ opcode: 1, fin: true, key, payload: say }).length + frame({ opcode: 1, fin: true, key: null, payload: told }).length;
  $('sum').textContent = word('sum', { all: number(all), carried: number(size(text)), frames: number(frames) });
}

// ---- the page ------------------------------------------------------------------------------

function draw() {
  explain(built(), $('mask').checked ? 'client' : 'server', ['bytes', 'verdict', 'parts']);
  const bytes = unhex($('hex').value);
  if (bytes) explain(bytes, $('from').value, ['bytes2', 'verdict2', 'parts2']);
  else {
    $('bytes2').replaceChildren();
    $('parts2').replaceChildren();
    $('verdict2').className = 'alarm';
    $('verdict2').textContent = word('noHex');
  }
  poll();
}

for (const id of ['text', 'opcode', 'pieces', 'mask', 'fin', 'hex', 'from', 'browser']) $(id).addEventListener('input', draw);
$('fresh').addEventListener('click', () => { key = freshKey(); draw(); });
begin(WORDS, draw);
