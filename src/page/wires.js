// The two wires as a page speaks them: a WebSocket, or held HTTP requests. Each takes a member
// { room, name, epoch, seq }, a set of callbacks and the path in front of the server's own ('' when
// the page comes from the server itself), and gives back say(text, id) and close().

const SILENCE = 45000; // milliseconds after which a held poll counts as lost
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// The callbacks:
//   open()  joined · message(m)  · missed(n)  · reset(epoch)  · caughtUp(epoch, head)
//   refuse({ code, message }, final, id)  the server said no, perhaps to the message with this id;
//     final: trying again is no use
//   undelivered(id, reached)  the message with this id found no server, or one of another backend
//   lost(atOnce)  the connection is gone; atOnce: another backend is there already

const address = (base, path, member, more = {}) => {
  const query = new URLSearchParams({ room: member.room, name: member.name, ...more });
  return `${base}${path}?${query}`;
};

const cursor = (member) =>
  member.epoch === null ? { since: 0 } : { since: member.seq, epoch: member.epoch };

export function webSocket(member, on, base = '') {
  const url = new URL(address(base, '/chat', member, cursor(member)), location.href);
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

export function longPoll(member, on, base = '') {
  const stop = new AbortController();
  const ask = (more) => fetch(address(base, '/poll', member, more), {
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
        await answered(await fetch(address(base, '/say', member), {
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

export async function answered(response) {
  if (response.ok) return response.json();
  const { code = '', message = `HTTP ${response.status}` } = await response.json().catch(() => ({}));
  // A room or name that is refused stays refused. Everything else passes: a full server empties,
  // and a path that is not there may be there again under another backend.
  const final = response.status === 400 && /room|name|since|epoch/.test(code);
  throw Object.assign(new Error(message), { said: { code, message }, status: response.status, final });
}
