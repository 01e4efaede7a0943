// Chromium against a backend, on the server's own page, and from a page of another origin, which
// must not get in: chromium.mjs BACKEND HOST:PORT

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { steps } from './steps.mjs';

const { WebSocket } = createRequire(`${process.env.TOOLS}/`)('ws');
const [backend, at] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), 'interop-'));
const browser = spawn('chromium', ['--headless=new', '--no-sandbox', '--disable-gpu',
  '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank']);
const stranger = createServer((_, answer) => answer.end('a page of another server'));

let failed = true;
try {
  const line = await new Promise((done, fail) => {
    let said = '';
    browser.stderr.on('data', (more) => {
      said += more;
      const found = /DevTools listening on (ws:\S+)/.exec(said);
      if (found) done(found[1]);
    });
    browser.on('exit', () => fail(new Error(`chromium ended: ${said}`)));
  });
  const socket = new WebSocket(line);
  await new Promise((done) => socket.on('open', done));
  let next = 0;
  const call = (method, params, sessionId) => new Promise((done, fail) => {
    const id = next += 1;
    const listen = (data) => {
      const answer = JSON.parse(data);
      if (answer.id !== id) return;
      socket.off('message', listen);
      if (answer.error) fail(new Error(answer.error.message)); else done(answer.result);
    };
    socket.on('message', listen);
    socket.send(JSON.stringify({ id, method, params, sessionId }));
  });
  const evaluate = async (url, expression) => {
    const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
    await call('Page.enable', {}, sessionId);
    const loaded = new Promise((done) => socket.on('message', (data) => {
      if (JSON.parse(data).method === 'Page.loadEventFired') done();
    }));
    await call('Page.navigate', { url }, sessionId);
    await loaded;
    const params = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await call('Runtime.evaluate', params, sessionId);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? 'failed');
    return result.value;
  };
  const run = `(${steps})(WebSocket, ${JSON.stringify(backend)}, ${JSON.stringify(at)})`;
  const said = await evaluate(`http://${at}/`, run);
  await new Promise((done) => stranger.listen(0, '127.0.0.1', done));
  const foreign = `http://127.0.0.1:${stranger.address().port}/`;
  const refused = await evaluate(foreign, `${run}.then(() => 'in', () => 'refused')`);
  if (refused !== 'refused') throw new Error('a page of another origin got in');
  console.log(`${said}; a foreign page is refused`);
  failed = false;
} catch (error) {
  console.log(error.stack);
} finally {
  browser.removeAllListeners('exit');
  browser.kill();
  stranger.close();
  setTimeout(() => {
    try { rmSync(profile, { recursive: true, force: true }); } catch { /* still being closed */ }
    process.exit(failed ? 1 : 0);
  }, 500);
}
