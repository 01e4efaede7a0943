// What a client in JavaScript does, in a browser as in Node. It stands alone, for a browser gets its
// text: `Socket` is the WebSocket to use.

export async function steps(Socket, backend, at) {
  const query = 'room=interop&name=script';
  const check = (holds, what) => { if (!holds) throw new Error(JSON.stringify(what)); };

  function open(more = '') {
    const socket = new Socket(`ws://${at}/chat?${query}${more}`);
    const come = [];
    const waiting = [];
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (waiting.length) waiting.shift()(message); else come.push(message);
    };
    const closed = new Promise((done) => { socket.onclose = ({ code }) => done(code); });
    const heard = () => come.length ? come.shift() : Promise.race([
      new Promise((done) => waiting.push(done)),
      new Promise((_, fail) => setTimeout(() => fail(new Error('nothing came')), 10000)),
    ]);
    return { socket, heard, closed };
  }

  async function overWebSocket() {
    const first = open();
    const hello = await first.heard();
    check(hello.type === 'hello' && hello.backend === backend, hello);
    first.socket.send(JSON.stringify({ type: 'say', text: 'grüezi', id: '1' }));
    const said = await first.heard();
    check(said.text === 'grüezi' && said.id === '1', said);
    first.socket.close(1000);
    check(await first.closed === 1000, 'the goodbye is answered with 1000');
    const second = open(`&since=${said.seq - 1}&epoch=${hello.epoch}`);
    check((await second.heard()).type === 'hello', 'hello');
    check((await second.heard()).seq === said.seq, 'resumed');
    second.socket.close();
    const third = open('&since=9&epoch=0000');
    await third.heard();
    check((await third.heard()).type === 'reset', 'reset');
    third.socket.close();
  }

  async function overPolls() {
    const ask = async (path, options) => (await fetch(`http://${at}${path}`, options)).json();
    const first = await ask(`/poll?${query}`);
    const said = await ask(`/say?${query}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ type: 'say', text: 'grüezi' }),
    });
    for (let time = 0; time < 2; time += 1) { // the second time it resumes
      const answer = await ask(`/poll?${query}&since=${said.seq - 1}&epoch=${first.epoch}`);
      check(answer.messages[0]?.seq === said.seq, answer);
    }
    const answer = await ask(`/poll?${query}&since=9&epoch=0000`);
    check(answer.reset === true, answer);
    const stop = new AbortController();
    const held = ask(`/poll?${query}&since=${said.seq}&epoch=${first.epoch}`, { signal: stop.signal });
    setTimeout(() => stop.abort(), 100);
    check(await held.then(() => false, () => true), 'a held poll can be given up');
  }

  await (backend === 'long-poll' ? overPolls() : overWebSocket());
  return 'say, receive, resume, reset, close';
}
