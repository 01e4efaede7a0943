// What each page of the stage is there for, done and checked. An act gives what is wrong.

// Puts a text into a field as a person does.
const type = (id, text) => `(() => { const field = document.getElementById('${id}'); field.value = ${JSON.stringify(text)};
  field.dispatchEvent(new Event('input', { bubbles: true })); })()`;
const textOf = (id) => `document.getElementById('${id}').textContent`;

async function wire(browser, vectors) {
  const wrong = [];
  const judged = await browser.ask(`(async () => {
    const { dissect, unhex } = await import('/dissect.js');
    return ${JSON.stringify(vectors)}.map(({ hex, from }) => {
      const { frames, fault } = dissect(unhex(hex), from);
      return [fault, frames.map(({ payload }) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(payload))];
    });
  })()`);
  judged.forEach(([fault, payloads], at) => {
    const { hex, fault: expected, payloads: texts } = vectors[at];
    if (fault !== expected) wrong.push(`${hex.slice(0, 40)} is judged ${fault}, not ${expected}`);
    if (JSON.stringify(payloads) !== JSON.stringify(texts)) wrong.push(`${hex.slice(0, 40)} carries ${payloads}`);
  });
  await browser.ask(type("text", "Grüezi"));
  const cells = await browser.ask("document.querySelectorAll('#bytes li').length");
  if (cells !== 2 + 4 + 7) wrong.push(`a masked 'Grüezi' has ${cells} bytes`);
  await browser.ask(type("hex", "c1 00"));
  if (!(await browser.ask(textOf("verdict2"))).includes("§5.2")) wrong.push("a reserved bit is not explained");
  await browser.ask(type("hex", "8"));
  const none = await browser.ask(textOf("verdict2"));
  if (!/hex/i.test(none)) wrong.push(`half a byte is answered with '${none}'`);
  await browser.ask(type("hex", "01 03 48 65 6c 80 02 6c 6f"));
  return wrong;
}

const submit = (id) => `document.getElementById('${id}').requestSubmit()`;

async function chat(browser, lane, lang) {
  const wrong = [];
  // A lecture that was running already has a history.
  const room = `stage-${lane}-${Date.now()}`;
  const hostile = "<img src=x onerror=alert(1)> \u202e" + lane;
  await browser.ask(type("name", `<b>${lang}`) + ";" + type("room", room) + ";" + submit("join"));
  await browser.until("document.body.dataset.state === 'open'");
  await browser.ask("document.getElementById('wire').open = true");
  await browser.until("/gingen|passed/.test(document.getElementById('source').textContent) && document.body.dataset.state === 'open'");
  await browser.ask(type("text", hostile) + ";" + submit("say"));
  await browser.until("document.querySelector('#log .own .words')");
  const said = await browser.ask("document.querySelector('#log .own .words').textContent");
  if (said !== hostile) wrong.push(`a text became '${said}'`);
  const who = await browser.ask("document.querySelector('#log .own .who b').textContent");
  if (!who.startsWith(`<b>${lang} (`)) wrong.push(`a name became '${who}'`);
  if (await browser.ask("document.activeElement.id") !== "text") wrong.push("typing loses focus");
  const cells = "[...document.querySelectorAll('#frames .part-payload, #frames .part-body')].length";
  await browser.until(`${cells} > 0`);
  if (lane !== "long-poll") {
    await browser.until("document.querySelectorAll('#shake dd').length === 5");
    const shaken = await browser.ask("document.getElementById('shake').textContent");
    if (!/the same|dasselbe/.test(shaken)) wrong.push(`the handshake is '${shaken}'`);
    await browser.until("document.querySelector('#frames .part-key')");
  }
  if (!/\d/.test(await browser.ask(textOf("totals")))) wrong.push("no totals");
  // More than a page shows, at once.
  await browser.ask(`(async () => {
    const { webSocket, longPoll } = await import('/wires.js');
    const wire = ${JSON.stringify(lane)} === 'long-poll' ? longPoll : webSocket;
    const nothing = { open() {}, message() {}, missed() {}, reset() {}, caughtUp() {}, refuse() {}, undelivered() {}, lost() {} };
    const member = { room: '${room}', name: 'crowd', epoch: null, seq: 0 };
    const line = wire(member, { ...nothing, open: () => { for (let n = 0; n < 400; n += 1) line.say('message ' + n, 'c' + n); } }, '/lane/${lane}');
    window.crowd = line;
  })()`);
  await browser.until("[...document.querySelectorAll('#log .words')].some((made) => made.textContent === 'message 399')", 20000);
  const shown = await browser.ask("document.getElementById('log').childElementCount");
  if (shown > 300) wrong.push(`${shown} messages are kept on the page`);
  await browser.ask("window.crowd.close()");
  return wrong;
}

async function race(browser, lang) {
  const wrong = [];
  // Whoever sets the clock of the machine changes no time of the race.
  await browser.ask("Date.now = () => 0");
  await browser.until("document.querySelectorAll('.lane').length === 3");
  const joined = "[...document.querySelectorAll('.lane .state')].every((made) => /joined|beigetreten/.test(made.textContent))";
  await browser.until(joined);
  const figure = (lane, name) => `document.querySelector('.lane-${lane} [data-figure=${name}] dd').textContent`;
  const ms = async (lane, name) => Number.parseFloat((await browser.ask(figure(lane, name))).replace(lang === "de" ? "." : ",", "").replace(",", "."));
  const pick = (id, value) => `document.getElementById('${id}').value = '${value}'; document.getElementById('${id}').dispatchEvent(new Event('change'))`;
  await browser.ask(pick("delay", 25));
  await browser.until("fetch('/lanes').then((answer) => answer.json()).then(({ lanes }) => lanes.every((lane) => lane.delay_ms === 25))");
  const all = (name) => `['blocking', 'async', 'long-poll'].every((lane) => /\\d/.test(document.querySelector('.lane-' + lane + ' [data-figure=' + '${name}' + '] dd').textContent))`;
  for (let round = 0; round < 3; round += 1) {
    await browser.ask("document.getElementById('start').requestSubmit()");
    await browser.until(all("median"));
  }
  for (const lane of ["blocking", "async", "long-poll"]) {
    const median = await ms(lane, "median");
    if (!(median >= 50)) wrong.push(`${lane} needs ${median} ms for two ways of 25 ms`);
  }
  // A frozen lane delivers nothing until it thaws; a cut one says so and comes back.
  const act = (lane, name) => `document.querySelector('.lane-${lane} [data-act=${name}]').click()`;
  await browser.ask(act("async", "freeze"));
  await browser.until("/frozen|eingefroren/.test(document.querySelector('.lane-async .state').textContent)");
  await browser.ask(act("async", "freeze"));
  await browser.until(joined);
  await browser.ask(act("async", "sever"));
  await browser.until("/cut|getrennt/.test(document.querySelector('.lane-async .state').textContent)");
  await browser.ask(act("async", "reconnect"));
  await browser.until(joined);
  await browser.ask(pick("delay", 0));
  await browser.ask("document.getElementById('start').requestSubmit()");
  await browser.until("document.querySelectorAll('.lane-async .strip rect').length >= 2");
  return wrong;
}

async function gap(browser) {
  const wrong = [];
  const told = await browser.ask(textOf("told"));
  if (!/\d/.test(told)) wrong.push(`the timeline tells '${told}'`);
  await browser.ask("document.getElementById('cursor').click()");
  if (!/lost|verloren/.test(await browser.ask(textOf("told")))) wrong.push("without a cursor nothing is lost");
  await browser.ask("document.getElementById('cursor').click()");
  const slide = (id, value) => `document.getElementById('${id}').value = '${value}'; document.getElementById('${id}').dispatchEvent(new Event('input'))`;
  await browser.ask(`${slide("delay", 300)}; ${slide("rate", 60)}; document.getElementById('measure').click()`);
  await browser.until("/Not measured|Nicht gemessen/.test(document.getElementById('state').textContent)");
  await browser.ask(`${slide("delay", 20)}; ${slide("rate", 43)}; document.getElementById('measure').click()`);
  await browser.until("document.querySelector('#curve .measured')", 20000);
  return wrong;
}

const post = (path, body) => `fetch('${path}', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '${JSON.stringify(body)}' })`;

async function hall(browser) {
  const wrong = [];
  await browser.ask("fetch('/phone').then(() => 1)");
  const { round } = await browser.ask("fetch('/hall.json').then((answer) => answer.json())");
  await browser.ask("document.querySelector('[data-question=bytes]').click()");
  await browser.until(`fetch('/hall.json').then((answer) => answer.json()).then((told) => told.round === ${round + 1})`);
  await browser.until("document.querySelector('#votes').hasAttribute('hidden')");
  const voted = await browser.ask(`${post("/vote", { question: "bytes", choice: 2, guess: 640 })}.then((answer) => answer.status)`);
  if (voted !== 200) wrong.push(`a vote is answered with ${voted}`);
  await browser.until("/1/.test(document.getElementById('count').textContent)");
  await browser.ask("document.getElementById('freeze').click()");
  await browser.until("!document.querySelector('#votes').hasAttribute('hidden') && document.querySelectorAll('#votes .count').length === 4");
  const counts = await browser.ask("[...document.querySelectorAll('#votes .count')].map((made) => made.textContent).join()");
  if (counts !== "0,0,1,0") wrong.push(`the votes are ${counts}`);
  // What was measured is drawn over the guesses, from the results and with where they come from.
  const { measured } = await browser.ask("fetch('/hall.json').then((answer) => answer.json())");
  await browser.until(`document.querySelectorAll('#guesses [stroke="var(--alarm)"]').length === ${measured.length} && ${measured.length} > 1`);
  if (!/reports\/sample/.test(await browser.ask(textOf("source")))) wrong.push("the votes do not say where the figures are from");
  const late = await browser.ask(`${post("/vote", { question: "bytes", choice: 1, guess: 1 })}.then((answer) => answer.status)`);
  if (late !== 409) wrong.push(`a late vote is answered with ${late}`);
  await browser.until("document.getElementById('qr').naturalWidth > 0");
  if (!/\/phone/.test(await browser.ask(textOf("address")))) wrong.push("no address to join");
  // An experiment is asked with its own answers and needs no guess; then it says what it came to.
  await browser.ask("document.getElementById('experiment').value = 'handshake'; document.getElementById('experiment').dispatchEvent(new Event('change'))");
  await browser.until("fetch('/hall.json').then((answer) => answer.json()).then((told) => told.question === 'handshake' && told.asked.options.length === 3)");
  const second = await browser.ask(`${post("/vote", { question: "handshake", choice: 2 })}.then((answer) => answer.status)`);
  if (second !== 200) wrong.push(`a vote on an experiment is answered with ${second}`);
  await browser.until("!document.querySelector('#freeze').hidden && document.getElementById('votes').hasAttribute('hidden')");
  await browser.ask("document.getElementById('freeze').click()");
  await browser.until("document.querySelectorAll('#votes .count').length === 3 && document.querySelectorAll('#votes .expected').length === 1 && document.getElementById('verdict').textContent.length > 20");
  if (!(await browser.ask("document.getElementById('guesses').hasAttribute('hidden')"))) wrong.push("an experiment has a number to guess");
  if (!/name=handshake/.test(await browser.ask("document.getElementById('run').href"))) wrong.push("the way to the experiment is missing");
  const shapes = await browser.ask("import('/questions.js').then(({ QUESTIONS }) => Object.values(QUESTIONS).every(({ de, en }) => de.length === 6 && en.length === 6))");
  if (!shapes) wrong.push("a question lacks a text");
  return wrong;
}

async function phone(browser) {
  await browser.ask(`${post("/steer", { question: "race" })}.then(() => 1)`);
  await browser.until("document.querySelectorAll('#choices input').length === 4 && !document.getElementById('ballot').hidden && /not voted|nicht abgestimmt/.test(document.getElementById('state').textContent)");
  await browser.ask("document.getElementById('ballot').requestSubmit()");
  await browser.until("/Choose|Wähle/.test(document.getElementById('state').textContent)");
  await browser.ask("document.querySelectorAll('#choices input')[1].click(); document.getElementById('ballot').requestSubmit()");
  await browser.until("/counts|zählt/.test(document.getElementById('state').textContent)");
  const told = await browser.ask("fetch('/hall.json').then((answer) => answer.json())");
  return told.phone?.choice === 1 && told.counts === undefined ? [] : [`the vote is ${JSON.stringify(told)}`];
}

async function vanish(browser, base, lang) {
  const wrong = [];
  const state = (key) => `document.querySelector('[data-detector=${key}]').className`;
  const press = async (fault, seconds) => {
    await browser.until(`!document.querySelector('[data-fault=${fault}]').disabled`);
    await browser.ask(`document.getElementById('seconds').value = '${seconds}'; document.querySelector('[data-fault=${fault}]').click()`);
    await browser.until(`document.querySelector('[data-fault=${fault}]').disabled`);
    await browser.until(`document.querySelectorAll('#watches :is(.noticed, .never)').length === 8 && !document.querySelector('[data-fault=${fault}]').disabled`, 20000);
  };
  // Whether it may cut is found out; where it may not, the page says why.
  await browser.until(`!document.querySelector('[data-fault=cut]').disabled || document.getElementById('note').textContent.length > 40`);
  // Each language plays one fault that stays and one that goes fast.
  await press("killed", 4);
  const all = await browser.ask("document.querySelectorAll('#watches .noticed').length");
  if (all !== 8) wrong.push(`${all} of 8 notice a client that was killed`);
  const fault = lang === "de" ? "frozen" : "cut";
  if (await browser.ask(`document.querySelector('[data-fault=${fault}]').disabled`)) return wrong;
  await press(fault, 4);
  for (const [key, expected] of [["nothing", "never"], ["send", "never"], ["heartbeat", "noticed"], ["poll-gap", "noticed"]]) {
    const found = await browser.ask(state(key));
    if (found !== expected) wrong.push(`${fault}: ${key} is '${found}', not ${expected}`);
  }
  const columns = await browser.ask("document.querySelectorAll('#matrix tr:first-child th').length");
  if (columns < 3) wrong.push(`the table has ${columns} columns`);
  return wrong;
}

async function stage(browser, base, lang) {
  const wrong = [];
  const inside = (expression) => `(() => { const { contentDocument: page, contentWindow: { location } } = document.getElementById('frame'); return page && ${expression}; })()`;
  const shows = (path) => browser.until(inside(`location.pathname === '${path}' && page.readyState === 'complete' && page.querySelector('h1')?.textContent`));
  const key = (name) => browser.ask(`dispatchEvent(new Event('focus')); document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '${name}', bubbles: true }))`);
  await browser.ask(`${post("/steer", { question: "bytes" })}.then(() => 1)`);
  await browser.until("document.querySelectorAll('#sheet button').length > 10");
  const pick = (nth) => browser.ask(`document.querySelector('#sheet li:nth-child(${nth}) button').click()`);
  await pick(6);
  await shows("/gap");
  await browser.until("document.querySelectorAll('#say dd').length === 4");
  await key("r");
  await shows("/recorded");
  await browser.until(inside("page.querySelectorAll('figure img').length === 1 && [...page.images].every((picture) => picture.naturalWidth > 0)"), 20000);
  await key("h");
  await shows("/hall");
  const told = (holds) => browser.until(`fetch('/hall.json').then((answer) => answer.json()).then((told) => ${holds})`);
  await told("told.question === 'gap'");
  // Votes are frozen when the run begins, and still there when the hall looks at them again.
  await browser.ask("fetch('/phone').then(() => 1)");
  await browser.ask(`${post("/vote", { question: "gap", choice: 1, guess: 2 })}.then(() => 1)`);
  await told("told.voted === 1 && !told.frozen");
  await key("d");
  await told("told.frozen");
  await key("h");
  await told("told.frozen && told.voted === 1 && told.measured.length > 1");
  await shows("/hall");
  await browser.until(inside("page.querySelectorAll('#guesses circle').length === 1"));
  // A presenter's clicker works, whatever has the focus.
  await browser.ask("document.getElementById('frame').contentDocument.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'PageDown', bubbles: true }))");
  await browser.until("location.hash === '#7'");
  await shows("/lab");
  await pick(2);
  await shows("/");
  // What is chosen here holds in what is shown.
  await browser.ask("document.getElementById('theme').value = 'dark'; document.getElementById('theme').dispatchEvent(new Event('change'))");
  await browser.until(inside("page.documentElement.dataset.theme === 'dark'"));
  await browser.ask("document.getElementById('theme').value = 'auto'; document.getElementById('theme').dispatchEvent(new Event('change'))");
  await browser.until(inside("page.documentElement.dataset.theme === undefined"));
  const other = lang === "de" ? "en" : "de";
  await browser.ask(`document.querySelector('[data-lang=${other}]').click()`);
  await browser.until(inside(`page.documentElement.lang === '${other}'`));
  await browser.ask(`document.querySelector('[data-lang=${lang}]').click()`);
  await browser.until(inside(`page.documentElement.lang === '${lang}'`));
  // The window for the projector follows the sheet; what it showed comes back when it is closed.
  const gesture = (expression) => browser.send("Runtime.evaluate", { expression, userGesture: true, awaitPromise: true });
  await gesture("const opened = window.open; window.open = (...how) => (window.projector = opened.call(window, ...how)); document.getElementById('window').click(); window.open = opened");
  await browser.until("window.projector.location.pathname === '/' && document.getElementById('frame').hidden");
  await key("ArrowRight");
  await browser.until("window.projector.location.pathname === '/wire'");
  await browser.ask("window.projector.close()");
  await shows("/wire");
  if (await browser.ask("document.getElementById('frame').hidden")) wrong.push("the frame stays hidden without a window");
  await gesture("document.getElementById('full').click()");
  await browser.until("document.fullscreenElement?.id === 'show'");
  await browser.ask("document.exitFullscreen()");
  // An experiment is measured in the lab; when that fails there is what was recorded. The last has no next.
  await browser.ask("document.querySelector('#sheet li:last-child button').click()");
  await shows("/lab");
  await key("r");
  await shows("/recorded");
  if (!(await browser.ask("document.getElementById('next').disabled"))) wrong.push("the end of the sheet has a next page");
  await browser.until(inside("page.querySelector('figure img')?.naturalWidth > 0"), 20000);
  await browser.ask("document.getElementById('start').click()");
  await browser.until("/0/.test(document.getElementById('elapsed').textContent)");
  await pick(8);
  await shows("/vanish");
  await browser.until("document.querySelectorAll('#say dd').length === 4");
  return wrong;
}

async function lab(browser, base, lang) {
  const wrong = [];
  await browser.until("document.querySelectorAll('#options li').length > 1 && !document.getElementById('run').disabled");
  // The other language finds what was measured before.
  const isNew = await browser.ask("fetch('/lab.json').then((answer) => answer.json()).then(({ ended }) => !ended.census)");
  if (isNew && await browser.ask("Boolean(document.querySelector('#options .expected, #options .missed'))")) wrong.push("it says what is expected before the run");
  const chosen = await browser.ask("document.getElementById('which').value");
  if (chosen !== "census") wrong.push(`${chosen} is chosen, not census`);
  const press = (id) => browser.ask(`document.getElementById('${id}').click()`);
  await press("run");
  await browser.until("/\\d s/.test(document.getElementById('watch').textContent)");
  const second = await browser.ask(`${post("/lab", { run: "vectors" })}.then((answer) => answer.status)`);
  if (second !== 409) wrong.push(`a second experiment at a time is answered with ${second}`);
  await browser.until("!document.getElementById('outcome').hidden && document.querySelectorAll('#options .expected, #options .missed').length === 1", 60000);
  await browser.until("document.querySelector('#figure img, #figure table')");
  await browser.until("[...document.images].every((picture) => picture.naturalWidth > 0)", 20000);
  if (!/duplex lab run census --quick/.test(await browser.ask(textOf("figure")))) wrong.push("the result does not say where it is from");
  // What was measured here comes before what was recorded.
  const { source } = await browser.ask(`fetch('/recorded/lab-census.json?lang=${lang}').then((answer) => answer.json())`);
  if (!source.live || !source.command) wrong.push("what was measured is not recorded");
  // One that takes longer can be stopped, and says so.
  await browser.ask("document.getElementById('which').value = 'omission'; document.getElementById('which').dispatchEvent(new Event('change'))");
  await browser.until("document.getElementById('outcome').hidden && location.search === '?name=omission'");
  await press("run");
  await browser.until("!document.getElementById('stop').hidden");
  await press("stop");
  await browser.until("/stopped|abgebrochen/.test(document.getElementById('state').textContent)", 20000);
  await browser.ask("document.getElementById('which').value = 'census'; document.getElementById('which').dispatchEvent(new Event('change'))");
  await browser.until("!document.getElementById('outcome').hidden");
  return wrong;
}

async function recorded(browser, lang) {
  const wrong = [];
  await browser.until("document.querySelectorAll('figure').length === 2 && [...document.images].every((picture) => picture.complete)", 20000);
  const broken = await browser.ask("[...document.images].filter((picture) => !picture.naturalWidth).map((picture) => picture.src).join()");
  if (broken) wrong.push(`not drawn: ${broken}`);
  const origins = await browser.ask("[...document.querySelectorAll('figcaption')].every((made) => /reports\\/sample.*20\\d\\d/.test(made.textContent))");
  if (!origins) wrong.push("a recording does not say where it is from");
  if (!(await browser.ask("document.querySelector('[data-name=lab-vanish] table tr:nth-child(8)')"))) wrong.push("no table of who noticed");
  // Everything the run sheet has is there, as a picture or as a table; all pictures of a comparison take a
  // while, and are drawn by the same code in both languages.
  if (lang === "en") return wrong;
  const missing = await browser.ask(`(async () => {
    const { SHEET } = await import('/sheet.js');
    const there = async (name) => {
      const { title, experiment } = await (await fetch('/recorded/' + name + '.json?lang=${lang}')).json();
      if (!title) return experiment?.outcome.ran.pictures.some(({ grid }) => grid);
      return (await (await fetch('/recorded/' + name + '.svg?lang=${lang}')).text()).startsWith('<svg');
    };
    const names = [...new Set(SHEET.flatMap(({ recorded }) => recorded))];
    const found = await Promise.all(names.map(there));
    return names.filter((_, at) => !found[at]).join();
  })()`);
  if (missing) wrong.push(`nothing is recorded of ${missing}`);
  return wrong;
}

// Pages with the same chain have something in common, lanes or votes, and are driven one after the other.
export const demonstrations = (vectors) => [
  { chain: 1, page: "/race", act: (tab, base, lang) => race(tab, lang) },
  { chain: 1, page: "/gap", act: (tab) => gap(tab) },
  ...["blocking", "async", "long-poll"].map((lane) => ({ chain: 1, page: `/?lane=${lane}`, act: (tab, base, lang) => chat(tab, lane, lang) })),
  { chain: 2, page: "/hall", act: (tab) => hall(tab) },
  { chain: 2, page: "/phone", act: (tab) => phone(tab) },
  { chain: 2, page: "/stage", act: stage },
  { chain: 3, page: "/vanish", act: vanish },
  { chain: 3, page: "/lab?name=census", act: lab },
  { chain: 3, page: "/recorded?show=lab-vanish,lab-layers", act: (tab, base, lang) => recorded(tab, lang) },
  { chain: 3, page: "/wire", act: (tab) => wire(tab, vectors) },
  { chain: 3, page: "/door" },
];
