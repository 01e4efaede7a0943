// Frames, byte by byte (RFC 6455 §5.2), and why bytes are none. The same judgements as in Rust, held
// against the same vectors.

export const SECTIONS = {
  'reserved-bit': '5.2', opcode: '5.2', 'control-long': '5.5', 'control-cut': '5.5', 'length-form': '5.2',
  'length-top': '5.2', unmasked: '5.1', masked: '5.1', continuation: '5.4', unfinished: '5.4',
  'close-length': '5.5.1', 'close-code': '7.4', utf8: '8.1', short: '5.2',
};

const isText = (bytes) => {
  try { new TextDecoder('utf-8', { fatal: true }).decode(bytes); return true; } catch { return false; }
};

const mask = (bytes, key) => bytes.map((byte, at) => byte ^ key[at % 4]);

// All frames at the beginning of the bytes, and what ended them: null, 'short' or a fault.
export function dissect(bytes, from) {
  const frames = [];
  let begun = null;
  let at = 0;
  while (at < bytes.length) {
    const found = one(bytes.subarray(at), from, begun);
    if (found.fault) return { frames, fault: found.fault, at };
    const { frame } = found;
    frame.at = at;
    at += frame.bytes;
    const fault = follow(frame, begun);
    if (fault) return { frames, fault, at: frame.at };
    if (frame.opcode < 8) {
      const message = Uint8Array.of(...(begun?.bytes ?? []), ...frame.payload);
      begun = frame.fin ? null : { opcode: begun?.opcode ?? frame.opcode, bytes: message };
    }
    frames.push(frame);
  }
  return { frames, fault: null, at };
}

function one(bytes, from, begun) {
  if (bytes.length < 2) return { fault: 'short' };
  const [first, second] = bytes;
  const fin = (first & 0x80) !== 0;
  const opcode = first & 0x0f;
  const control = opcode >= 8;
  if (first & 0x70) return { fault: 'reserved-bit' };
  if (![0, 1, 2, 8, 9, 10].includes(opcode)) return { fault: 'opcode' };
  if (control && (second & 0x7f) > 125) return { fault: 'control-long' };
  if (control && !fin) return { fault: 'control-cut' };
  let length = second & 0x7f;
  let end = 2;
  if (length >= 126) {
    const size = length === 126 ? 2 : 8;
    if (bytes.length < 2 + size) return { fault: 'short' };
    let long = 0n;
    for (const byte of bytes.subarray(2, 2 + size)) long = (long << 8n) | BigInt(byte);
    if (long >> 63n) return { fault: 'length-top' };
    if (long < (size === 2 ? 126n : 65536n)) return { fault: 'length-form' };
    length = Number(long);
    end = 2 + size;
  }
  const masked = (second & 0x80) !== 0;
  if (from === 'client' && !masked) return { fault: 'unmasked' };
  if (from === 'server' && masked) return { fault: 'masked' };
  if (opcode === 0 && !begun) return { fault: 'continuation' };
  if ((opcode === 1 || opcode === 2) && begun) return { fault: 'unfinished' };
  const body = masked ? end + 4 : end;
  if (bytes.length < body + length) return { fault: 'short' };
  const key = masked ? bytes.subarray(end, body) : null;
  const carried = bytes.subarray(body, body + length);
  const payload = key ? mask(carried, key) : carried;
  const parts = [['first', 0, 1], ['second', 1, 2], ['length', 2, end], ['key', end, body], ['payload', body, body + length]]
    .filter(([part, begin, stop]) => part === 'payload' || stop > begin);
  return { frame: { fin, opcode, key, payload, parts, bytes: body + length } };
}

function follow(frame, begun) {
  const { opcode, payload, fin } = frame;
  if (opcode === 8) {
    if (payload.length === 1) return 'close-length';
    if (payload.length < 2) return null;
    const code = payload[0] * 256 + payload[1];
    const good = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
    if (!good) return 'close-code';
    return isText(payload.subarray(2)) ? null : 'utf8';
  }
  if (opcode > 8 || !fin) return null;
  const kind = begun?.opcode ?? opcode;
  const message = Uint8Array.of(...(begun?.bytes ?? []), ...payload);
  return kind === 1 && !isText(message) ? 'utf8' : null;
}

// One frame as bytes, legal or not.
export function frame({ opcode, fin, key, payload }) {
  const length = payload.length;
  const bit = key ? 0x80 : 0;
  const head = [(fin ? 0x80 : 0) | opcode];
  if (length < 126) head.push(bit | length);
  else if (length < 65536) head.push(bit | 126, length >> 8, length & 255);
  else head.push(bit | 127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((shift) => (length >>> shift) & 255));
  return Uint8Array.of(...head, ...(key ?? []), ...(key ? mask(payload, key) : payload));
}

// Hex of any spelling; null when it is none.
export function unhex(text) {
  const digits = text.replace(/0x|[\s,:;|]/gi, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) return null;
  return Uint8Array.from(digits.match(/../g) ?? [], (two) => Number.parseInt(two, 16));
}

export const hex = (byte) => byte.toString(16).padStart(2, '0');

// A head of HTTP in its parts: the first line, the header lines, the body.
export function http(text) {
  const end = text.indexOf('\r\n\r\n') + 4;
  const line = text.indexOf('\r\n') + 2;
  return { line: text.slice(0, line), head: text.slice(line, end), body: text.slice(end) };
}
