// The drawer of the chat page: what is on the wire. On the stage of a lecture it gets the very bytes
// from a tap; before a plain server it computes the frames, for a page never sees its own bytes.

import { dissect, frame, hex, http } from '/dissect.js';

const SHOWN = 40; // frames and requests
const BYTES = 120; // of each
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const KINDS = { 0: 'continuation', 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' };
const $ = (id) => document.getElementById(id);
const bytesOf = (text) => new TextEncoder().encode(text);

function element(tag, kind = '', text = '') {
  const made = document.createElement(tag);
  made.className = kind;
  made.textContent = text;
  return made;
}

// `word` speaks; `again` makes the connection anew, so that its handshake can be seen.
export function drawer({ word, again }) {
  const mark = crypto.getRandomValues(new Uint32Array(2)).join('');
  const sums = { up: 0, down: 0, carried: 0 };
  const ways = new Map(); // connection → what has come and is not explained yet
  let isWebSocket = false;
  let tap = null;
  let key = '';

  const isOpen = () => $('wire').open;

  function totals() {
    const overhead = sums.up + sums.down - sums.carried;
    $('totals').textContent = word('totals', { ...sums, overhead });
  }

  function put(note, cells) {
    const made = element('li');
    made.append(element('span', 'note', note), ...cells);
    $('frames').prepend(made);
    while ($('frames').childElementCount > SHOWN) $('frames').lastChild.remove();
    totals();
  }

  function putFrame(up, bytes, found, hidden = false) {
    sums.carried += found.payload.length;
    const said = { arrow: up ? '↑' : '↓', kind: KINDS[found.opcode], bytes: found.bytes, carried: found.payload.length };
    put(word('frame', said), found.parts.map(([part, begin, end]) => {
      const shown = [...bytes.subarray(begin, Math.min(end, begin + BYTES))];
      const cut = end - begin > BYTES ? '… ' : '';
      const secret = hidden && (part === 'key' || part === 'payload');
      return element('span', `part-${part}`, `${shown.map((byte) => (secret ? '··' : hex(byte))).join(' ')} ${cut}`);
    }));
  }

  function putHttp(up, text, bytes) {
    const parts = http(text);
    const carried = bytesOf(parts.body).length;
    sums.carried += carried;
    put(word('exchange', { arrow: up ? '↑' : '↓', bytes, carried }), ['line', 'head', 'body'].map((part) => {
      const cut = parts[part].length > 600 ? `${parts[part].slice(0, 600)}…` : parts[part];
      return element('span', `part-${part}`, cut.replaceAll('\r', ''));
    }));
  }

  // ---- the tap -----------------------------------------------------------------------------

  function tapped({ up, connection, hex: digits }) {
    const bytes = Uint8Array.from(digits.match(/../g) ?? [], (two) => Number.parseInt(two, 16));
    sums[up ? 'up' : 'down'] += bytes.length;
    const name = `${connection}${up ? 'u' : 'd'}`;
    const way = ways.get(name) ?? { rest: new Uint8Array(), frames: false };
    way.rest = Uint8Array.of(...way.rest, ...bytes);
    ways.set(name, way);
    if (!way.frames) head(up, way, connection);
    if (way.frames) frames(up, way);
  }

  // The stage tells a request or an answer in one piece.
  function head(up, way, connection) {
    const text = new TextDecoder().decode(way.rest);
    const end = text.indexOf('\r\n\r\n') + 4;
    if (end < 4) return;
    const upgrade = /^upgrade: *websocket/im.test(text.slice(0, end));
    const size = upgrade ? bytesOf(text.slice(0, end)).length : way.rest.length;
    putHttp(up, upgrade ? text.slice(0, end) : text, size);
    way.rest = way.rest.subarray(size);
    way.frames = upgrade;
    if (!upgrade) ways.delete(`${connection}${up ? 'u' : 'd'}`);
    const found = /^sec-websocket-(key|accept): *(\S+)/im.exec(text.slice(0, end));
    if (found?.[1].toLowerCase() === 'key') [, , key] = found;
    else if (found) shake(key, found[2]);
  }

  function frames(up, way) {
    const found = dissect(way.rest, up ? 'client' : 'server');
    for (const one of found.frames) putFrame(up, way.rest.subarray(one.at, one.at + one.bytes), one);
    way.rest = way.rest.slice(found.at);
  }

  async function shake(sent, accept) {
    let digest = null;
    if (crypto.subtle) digest = new Uint8Array(await crypto.subtle.digest('SHA-1', bytesOf(sent + GUID)));
    const base64 = digest ? btoa(String.fromCharCode(...digest)) : '';
    const steps = [['key', sent], ['guid', sent + GUID], ['sha', digest ? [...digest].map(hex).join('') : word('noSha')]];
    if (digest) steps.push(['base64', base64], ['accept', word(base64 === accept ? 'same' : 'other', accept)]);
    else steps.push(['accept', accept]);
    $('shake').replaceChildren(...steps.flatMap(([name, value]) => [element('dt', '', word(name)), element('dd', '', value)]));
  }

  // ---- what a page can know by itself --------------------------------------------------------

  function computed(up, said) {
    if (!isOpen() || tap) return;
    const payload = bytesOf(JSON.stringify(said));
    if (!isWebSocket) return;
    const bytes = frame({ opcode: 1, fin: true, key: up ? new Uint8Array(4) : null, payload });
    sums[up ? 'up' : 'down'] += bytes.length;
    const { frames: [found] } = dissect(bytes, up ? 'client' : 'server');
    putFrame(up, bytes, found, up);
  }

  function toggled() {
    tap?.close();
    tap = null;
    if (!isOpen()) return;
    $('source').textContent = word('computed');
    totals();
    if (!$('lanes').childElementCount) return;
    tap = new EventSource(`/tap/${mark}`);
    tap.onmessage = ({ data }) => { const told = JSON.parse(data); if (told.hex) tapped(told); };
    tap.onopen = () => { $('source').textContent = word('tapped'); again(); };
  }

  $('wire').addEventListener('toggle', toggled);

  return {
    mark,
    begin: (webSocket) => { isWebSocket = webSocket; },
    said: (text, id) => computed(true, { type: 'say', text, id }),
    heard: (message) => computed(false, message),
    speak: () => {
      if (!isOpen()) return;
      $('source').textContent = word(tap ? 'tapped' : 'computed');
      totals();
    },
  };
}
