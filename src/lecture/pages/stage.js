// The run sheet as a remote control: what is on now, what to say of it, and what the hall sees: the
// vote, the demonstration, or what was recorded of it when something fails on the day. It is shown below,
// or in a window of its own for the projector, which follows. Language, theme and size hold in all windows.

import { $, ask, begin, complaint, dress, element, language, number, word } from '/common.js';
import { SHEET } from '/sheet.js';
import { WORDS } from '/stage.words.js';

const START = 'sheet-start'; // when the lecture began
const begun = () => Number(localStorage.getItem(START)) || 0;
let at = 0;
let mode = 'live';
let record = null; // the first recording that is an experiment
let cards = []; // the experiments that there are
let projector = null;

// ---- what is shown -------------------------------------------------------------------------

function place() {
  const { page, recorded } = SHEET[at];
  const path = { hall: '/hall', live: page, recorded: `/recorded?show=${recorded.join(',')}` }[mode];
  return `${path}${path.includes('?') ? '&' : '?'}lang=${language}`;
}

function show() {
  const away = projector && !projector.closed;
  $('frame').hidden = Boolean(away);
  $('elsewhere').hidden = !away;
  if (away) projector.location.href = place();
  // Replaced, so that going back in the browser goes back in the sheet.
  else $('frame').contentWindow.location.replace(place());
}

async function turnTo(wanted) {
  const demonstration = SHEET[at];
  mode = wanted;
  draw();
  $('problem').textContent = '';
  try { await ballot(demonstration.question); } catch (error) { $('problem').textContent = complaint(error); }
  show();
  fetchRecord(); // it may have been measured since
}

// A question that is asked already keeps its votes; they are frozen before there is anything to see.
async function ballot(question) {
  const told = await ask('/hall.json');
  if (mode === 'hall' && told.question !== question) await ask('/steer', { question });
  if (mode !== 'hall' && told.question === question && !told.frozen) await ask('/steer', { frozen: true });
}

function go(to) {
  at = Math.min(SHEET.length - 1, Math.max(0, to));
  history.replaceState(null, '', `#${at + 1}`);
  mode = 'live';
  record = null;
  draw();
  show();
  fetchRecord();
}

async function fetchRecord() {
  const mine = at;
  const name = SHEET[at].recorded.find((one) => one.startsWith('lab-'));
  try {
    const found = await ask(`/recorded/${name}.json?lang=${language}`);
    if (mine === at) record = found.experiment;
  } catch { if (mine === at) record = null; }
  draw();
}

function openWindow() {
  projector = window.open(place(), 'duplex-demonstration', 'popup,width=1280,height=800');
  $('problem').textContent = projector ? '' : word('noWindow');
  draw();
  show();
}

// ---- what is said --------------------------------------------------------------------------

function draw() {
  const { from, to } = SHEET[at];
  const [title, todo] = SHEET[at][language];
  $('minutes').textContent = word('minutes', { from, to, at: at + 1, all: SHEET.length });
  $('name').textContent = title;
  $('do').textContent = todo;
  $('previous').disabled = at === 0;
  $('next').disabled = at === SHEET.length - 1;
  for (const button of document.querySelectorAll('[data-mode]')) {
    button.setAttribute('aria-pressed', String(button.dataset.mode === mode));
  }
  $('frame').title = word('frame');
  $('elsewhere').textContent = word('elsewhere');
  $('theme').value = document.documentElement.dataset.theme ?? 'auto';
  say();
  sheet();
  clock();
}

function say() {
  const ran = record?.outcome.ran;
  const letters = (options) => options.map((text, place) => `${'abcdef'[place]}) ${text[language]}`).join(' · ');
  // What the hall votes on: an older record may have had its options in another order.
  const options = cards.find(({ name }) => name === record?.name)?.options ?? record?.prediction.options;
  const question = record ? [['ask', `${record.question[language]} ${letters(options)}`]] : [];
  // Whoever predicts may see this screen, too.
  const lines = record && mode !== 'hall' ? [
    ...question,
    ...(ran ? [['measured', ran.verdict.sentence[language]]] : []),
    ['why', record.why[language]],
    ['hides', record.hides[language]],
  ] : question;
  $('say').replaceChildren(...lines.flatMap(([key, text]) => [element('dt', '', word(key)), element('dd', '', text)]));
}

function sheet() {
  if (!$('sheet').childElementCount) {
    $('sheet').append(...SHEET.map((_, place) => {
      const line = element('li');
      const button = element('button');
      button.type = 'button';
      button.append(element('span'), element('span'));
      button.addEventListener('click', () => go(place));
      line.append(button);
      return line;
    }));
  }
  [...$('sheet').children].forEach(({ firstChild: button }, place) => {
    const { from, to } = SHEET[place];
    button.firstChild.textContent = `${from}–${to}`;
    button.lastChild.textContent = SHEET[place][language][0];
    if (place === at) button.setAttribute('aria-current', 'step'); else button.removeAttribute('aria-current');
  });
}

function clock() {
  const minutes = begun() ? Math.max(0, Math.floor((Date.now() - begun()) / 60000)) : null;
  $('start').textContent = word(minutes === null ? 'begin' : 'again');
  $('elapsed').textContent = minutes === null ? '' : word('elapsed', number(minutes));
  $('elapsed').className = minutes !== null && minutes >= SHEET[at].to ? 'late' : '';
}

// ---- the page ------------------------------------------------------------------------------

$('previous').addEventListener('click', () => go(at - 1));
$('next').addEventListener('click', () => go(at + 1));
$('start').addEventListener('click', () => { localStorage.setItem(START, String(Date.now())); clock(); });
$('full').addEventListener('click', () => $('show').requestFullscreen());
$('window').addEventListener('click', openWindow);
$('theme').addEventListener('change', () => dress($('theme').value));
for (const button of document.querySelectorAll('[data-mode]')) {
  button.addEventListener('click', () => turnTo(button.dataset.mode));
}
new BroadcastChannel('duplex').onmessage = ({ data }) => { if (data.turn) go(at + data.turn); };
addEventListener('hashchange', () => go(Number(location.hash.slice(1)) - 1 || 0));
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select')) return;
  // A presenter's clicker sends Page Down and Page Up.
  const act = {
    ArrowRight: () => go(at + 1), PageDown: () => go(at + 1), ArrowLeft: () => go(at - 1), PageUp: () => go(at - 1),
    h: () => turnTo('hall'), d: () => turnTo('live'), r: () => turnTo('recorded'), f: () => $('show').requestFullscreen(), w: openWindow,
  }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
ask('/lab.json').then(({ experiments }) => { cards = experiments; draw(); }).catch(() => {});
// Pages that are shown hear of a new language by themselves, and keep what they have.
begin(WORDS, draw);
go(Number(location.hash.slice(1)) - 1 || 0);
new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ['data-theme'] });
setInterval(() => {
  clock();
  // Whoever closes the other window gets back here what it showed.
  if (projector?.closed) { projector = null; show(); }
}, 1000);
