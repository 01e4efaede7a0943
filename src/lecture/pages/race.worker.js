// The wires of the race, in a thread of their own: what the page draws meanwhile takes no time from what
// is measured here. The page says { join: lane, wire, room }, { say: text, id } and { own: true }; it
// hears { lane, state }, { lane, id, took }, milliseconds between handing over and having back, and
// { own }, milliseconds of a request that goes through no lane: what the browser itself needs.

import { longPoll, webSocket } from '/wires.js';

const lanes = new Map();

class Lane {
  constructor(name, wire, room) {
    Object.assign(this, { name, wire: wire === 'long-poll' ? longPoll : webSocket, sent: new Map() });
    this.member = { room, name: 'race', epoch: null, seq: 0 };
  }

  tell(what) {
    postMessage({ lane: this.name, ...what });
  }

  show(state) {
    this.state = state;
    this.tell({ state });
  }

  join() {
    clearTimeout(this.timer);
    this.line?.close();
    this.show('opening');
    this.line = this.wire(this.member, {
      open: (epoch) => { this.member.epoch ??= epoch; this.show('open'); },
      message: (message) => { this.arrived(message.id, performance.now()); this.member.seq = message.seq; },
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
  }

  arrived(id, now) {
    const sent = this.sent.get(id);
    if (sent === undefined) return;
    this.sent.delete(id);
    this.tell({ id, took: now - sent });
  }
}

async function own() {
  const times = [];
  for (let at = 0; at < 9; at += 1) {
    const asked = performance.now();
    await (await fetch('/health', { cache: 'no-store' })).json();
    times.push(performance.now() - asked);
    await new Promise((done) => { setTimeout(done, 50); });
  }
  postMessage({ own: times.sort((one, other) => one - other)[4] });
}

onmessage = ({ data: { join, wire, room, say, id, own: asked } }) => {
  // Without an answer the page goes on without it.
  if (asked) own().catch(() => {});
  else if (join) {
    if (!lanes.has(join)) lanes.set(join, new Lane(join, wire, room));
    lanes.get(join).join();
  } else for (const lane of lanes.values()) lane.say(say, id);
};
