// What pages of a lecture go through that no single page is there for: ten thousand messages, two tabs
// of one person, a phone that sleeps, a server that is started again. A scene gives what is wrong.

import { start } from "./stage-server.mjs";

const MANY = 10_000; // messages
const AT_ONCE = 500; // of each connection: less than the server's limit for a burst
const SMOOTH = 50; // milliseconds from a key to the picture that shows it
const KEYS = 12;

const state = (name) => `document.body.dataset.state === '${name}'`;
const shows = (text) => `[...document.querySelectorAll('#log .words')].some((made) => made.textContent === ${JSON.stringify(text)})`;

async function join(tab, base, lane, room, name) {
  await tab.open(`${base}/?${new URLSearchParams({ lane, room, name, lang: "en" })}`);
  await tab.until(state("idle"));
  await tab.ask("document.getElementById('join').requestSubmit()");
  await tab.until(state("open"));
}

const say = (tab, text) => tab.ask(`(() => {
  document.getElementById('text').value = ${JSON.stringify(text)};
  document.getElementById('say').requestSubmit();
})()`);

const order = (base, path, what) =>
  fetch(base + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(what) });

// Types as a person does and gives the shortest time from a key to the frame that shows it: whatever
// else the machine does makes it longer and never shorter.
async function typing(tab) {
  await tab.ask(`(() => {
    window.lags = [];
    const field = document.getElementById('text');
    field.value = '';
    field.focus();
    field.oninput = ({ timeStamp }) => requestAnimationFrame(() => setTimeout(() => window.lags.push(performance.now() - timeStamp)));
  })()`);
  for (let typed = 1; typed <= KEYS; typed += 1) {
    await tab.send("Input.dispatchKeyEvent", { type: "keyDown", key: "a", text: "a" });
    await tab.send("Input.dispatchKeyEvent", { type: "keyUp", key: "a" });
    await tab.until(`window.lags.length === ${typed}`);
  }
  const [lags, text] = await tab.ask("[window.lags, document.getElementById('text').value]");
  if (text !== "a".repeat(KEYS)) throw new Error(`what was typed became '${text}'`);
  return Math.min(...lags);
}

// Two tabs of one person, and a hall that says more than anybody can read.
async function crowded(tab, base) {
  const wrong = [];
  const room = `crowded-${Date.now()}`;
  const other = await tab.tab();
  await join(tab, base, "async", room, "anna");
  await join(other, base, "async", room, "anna");
  await say(other, "from the other tab");
  await tab.until(shows("from the other tab"));
  await say(tab, "from this tab");
  await other.until(shows("from this tab"));
  for (const [one, mine] of [[tab, "from this tab"], [other, "from the other tab"]]) {
    const own = await one.ask("[...document.querySelectorAll('#log .own .words')].map((made) => made.textContent).join()");
    if (own !== mine) wrong.push(`of two tabs with one name one calls '${own}' its own`);
  }
  // Another page says it all, so that its work is not that of the page that is looked at.
  await other.open(`${base}/door`);
  await other.ask(`void (async () => {
    for (let first = 0; first < ${MANY}; first += ${AT_ONCE}) {
      const line = new WebSocket(location.origin.replace('http', 'ws') + '/lane/async/chat?room=${room}&name=crowd');
      await new Promise((done) => { line.onopen = done; });
      for (let n = first; n < first + ${AT_ONCE}; n += 1) line.send(JSON.stringify({ type: 'say', text: 'message ' + n }));
      while (line.bufferedAmount > 0) await new Promise((done) => { setTimeout(done, 2); });
      line.close();
    }
  })()`);
  await tab.until("document.getElementById('log').childElementCount > 100");
  const during = await typing(tab);
  await tab.until(shows(`message ${MANY - 1}`), 60000);
  const after = await typing(tab);
  // Whoever said it all has left again.
  await tab.until("/^One member/.test(document.getElementById('heard').textContent)");
  const { says } = await (await fetch(`${base}/lane/async/stats`)).json();
  if (says < MANY) wrong.push(`only ${says} messages were said`);
  const kept = await tab.ask("document.getElementById('log').childElementCount");
  if (kept > 300) wrong.push(`${kept} messages are kept on the page`);
  for (const [when, lag] of [["while messages come", during], ["after 10,000 messages", after]]) {
    if (lag > SMOOTH) wrong.push(`a key is shown ${lag.toFixed(0)} ms later ${when}`);
  }
  console.log(`crowded: a key is shown after ${during.toFixed(0)} ms while ${MANY} messages come, after ${after.toFixed(0)} ms with all of them`);
  return wrong;
}

// A phone whose page stands still for a while, as it does in a pocket.
async function asleep(tab, base) {
  const wrong = [];
  const sleep = (one) => tab.send("Page.setWebLifecycleState", { state: one });
  const asks = (question) => tab.until(`import('/questions.js').then(({ QUESTIONS }) => document.getElementById('question').textContent === QUESTIONS.${question}.en[0])`);
  await tab.open(`${base}/phone?lang=en`);
  await order(base, "/steer", { question: "bytes" });
  await asks("bytes");
  await sleep("frozen");
  await order(base, "/steer", { question: "gap" });
  await sleep("active");
  await asks("gap");
  const room = `asleep-${Date.now()}`;
  for (const lane of ["async", "long-poll"]) {
    await join(tab, base, lane, room, "anna");
    await sleep("frozen");
    // Said by somebody whose page is awake.
    const other = await tab.tab();
    await join(other, base, lane, room, "bob");
    await say(other, `said meanwhile on ${lane}`);
    await other.until(shows(`said meanwhile on ${lane}`));
    await sleep("active");
    await tab.until(shows(`said meanwhile on ${lane}`));
    await say(tab, `awake on ${lane}`);
    await other.until(shows(`awake on ${lane}`));
  }
  return wrong;
}

// A lecture that is started again under pages that are open.
async function restarted(tab, duplex) {
  const wrong = [];
  const first = await start(duplex, ["lecture", "--listen", "127.0.0.1:0"]);
  const pages = { chat: tab, vanish: await tab.tab(), phone: await tab.tab(), hall: await tab.tab() };
  await join(pages.chat, first.base, "blocking", "lobby", "anna");
  await say(pages.chat, "before");
  await pages.chat.until(shows("before"));
  for (const name of ["vanish", "phone", "hall"]) await pages[name].open(`${first.base}/${name}?lang=en`);
  await pages.phone.until("fetch('/hall.json').then((answer) => answer.json()).then(({ phone }) => phone)");
  await first.stop();
  const unreachable = "/cannot be reached/.test([...document.querySelectorAll('#problem, #state')].map((made) => made.textContent).join())";
  await pages.chat.until(`${state("lost")} || ${state("opening")}`);
  for (const name of ["vanish", "phone", "hall"]) await pages[name].until(unreachable);
  const second = await start(duplex, ["lecture", "--listen", first.base.replace("http://", "")]);
  try {
    await pages.chat.until(`(document.getElementById('retry').hidden || document.getElementById('retry').click(), ${state("open")})`, 20000);
    await pages.chat.until("/History restarted/.test(document.getElementById('log').textContent)");
    await say(pages.chat, "after");
    await pages.chat.until(shows("after"));
    for (const name of ["vanish", "phone", "hall"]) await pages[name].until(`!(${unreachable})`);
    // The stage does not know this phone any more, and lets it in again.
    await pages.phone.until("fetch('/hall.json').then((answer) => answer.json()).then(({ phone }) => phone)");
  } finally {
    await second.stop();
  }
  return wrong;
}

// With a lecture of its own: others cut lanes and ask questions.
const alone = (play) => async (tab, duplex) => {
  const server = await start(duplex, ["lecture", "--listen", "127.0.0.1:0"]);
  try { return await play(tab, server.base); } finally { await server.stop(); }
};

export const scenes = [
  { name: "crowded", chain: 4, play: alone(crowded) },
  { name: "asleep", chain: 5, play: alone(asleep) },
  { name: "restarted", chain: 6, play: restarted },
];
