// What all pages of the stage share: words, colours, size, the line at the top, asking the stage.
// Whatever people write reaches a page through textContent only.

const COMMON = {
  en: {
    pages: 'Demonstrations',
    toChat: 'Chat',
    toRace: 'Race',
    toGap: 'Gap',
    toVanish: 'Vanish',
    toLab: 'Lab',
    toHall: 'Hall',
    toWire: 'Wire',
    toStage: 'Run sheet',
    theme: 'Light or dark (t)',
    larger: 'Larger (+)',
    smaller: 'Smaller (−)',
    unreachable: 'The stage cannot be reached. Is the lecture still running?',
    off: 'not as predicted',
    noscript: 'This page needs JavaScript.',
  },
  de: {
    pages: 'Demonstrationen',
    toChat: 'Chat',
    toRace: 'Rennen',
    toGap: 'Lücke',
    toVanish: 'Verschwinden',
    toLab: 'Labor',
    toHall: 'Saal',
    toWire: 'Leitung',
    toStage: 'Ablauf',
    theme: 'Hell oder dunkel (t)',
    larger: 'Größer (+)',
    smaller: 'Kleiner (−)',
    unreachable: 'Die Bühne ist nicht erreichbar. Läuft die Vorlesung noch?',
    off: 'nicht wie vorhergesagt',
    noscript: 'Diese Seite braucht JavaScript.',
  },
};

// What the stage refuses, by its code.
const REFUSALS = {
  en: {
    'bad-order': 'The stage does not know such an order. Reload the page.',
    'bad-json': 'The stage did not understand what this page sent. Reload it.',
    'not-json': 'The stage did not understand what this page sent. Reload it.',
    'bad-host': 'The address of this page names no server.',
    'foreign-host': 'The stage is not known under this name. Use its address.',
    'foreign-origin': 'This page comes from another server, and the stage does not let it in.',
    'not-found': 'The stage does not have this.',
    'wrong-method': 'The stage does not understand this question. Reload the page.',
    'not-yours': 'Only the machine the lecture runs on may do that.',
    'no-code': 'This lecture asks for its room code again. Reload the page.',
    'wrong-code': 'Too many wrong codes. Wait a minute.',
    busy: 'Something is running already. Wait for its end.',
    full: 'No place is left. Try again in a moment.',
    crowded: 'Too many phones share your address. The lecturer can allow more of them with --phones-per-address.',
    broken: 'It could not be drawn.',
    cut: 'The lane to this backend is cut.',
    'no-vote': 'Choose one of the answers.',
    'not-asked': 'Something else is asked now.',
    frozen: 'The votes are frozen.',
    'no-phone': 'The stage did not know this phone yet. Vote again.',
  },
  de: {
    'bad-order': 'Einen solchen Auftrag kennt die Bühne nicht. Lade die Seite neu.',
    'bad-json': 'Die Bühne hat nicht verstanden, was diese Seite sendet. Lade sie neu.',
    'not-json': 'Die Bühne hat nicht verstanden, was diese Seite sendet. Lade sie neu.',
    'bad-host': 'Die Adresse dieser Seite nennt keinen Server.',
    'foreign-host': 'Unter diesem Namen ist die Bühne nicht bekannt. Mit ihrer Adresse geht es.',
    'foreign-origin': 'Diese Seite stammt von einem anderen Server, und die Bühne lässt sie nicht herein.',
    'not-found': 'Das hat die Bühne nicht.',
    'wrong-method': 'Diese Frage versteht die Bühne nicht. Lade die Seite neu.',
    'not-yours': 'Das darf nur die Maschine, auf der die Vorlesung läuft.',
    'no-code': 'Diese Vorlesung fragt wieder nach ihrem Raumcode. Lade die Seite neu.',
    'wrong-code': 'Zu viele falsche Codes. Warte eine Minute.',
    busy: 'Es läuft schon etwas. Warte, bis es fertig ist.',
    full: 'Es ist kein Platz mehr frei. Versuche es gleich noch einmal.',
    crowded: 'Zu viele Handys teilen sich deine Adresse. Mit --phones-per-address lässt die Vorlesung mehr davon zu.',
    broken: 'Es ließ sich nicht zeichnen.',
    cut: 'Der Weg zu diesem Backend ist getrennt.',
    'no-vote': 'Wähle eine der Antworten.',
    'not-asked': 'Jetzt ist etwas anderes gefragt.',
    frozen: 'Die Stimmen sind eingefroren.',
    'no-phone': 'Die Bühne kannte dieses Handy noch nicht. Stimme noch einmal ab.',
  },
};

const PAGES = [['/', 'toChat'], ['/race', 'toRace'], ['/gap', 'toGap'], ['/vanish', 'toVanish'], ['/lab', 'toLab'], ['/wire', 'toWire'], ['/hall', 'toHall'], ['/stage', 'toStage']];

export const $ = (id) => document.getElementById(id);

const keep = {
  get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* private window */ } },
};

// From now on, and in all windows.
function hold(key, value) {
  keep.set(key, value);
  others.postMessage({ [key]: value });
}

export function element(tag, kind = '', text = '') {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  if (text !== '') made.textContent = text;
  return made;
}

// An element of a picture.
export function svg(tag, attributes = {}, text = '') {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== '') made.textContent = text;
  return made;
}

// ---- words ---------------------------------------------------------------------------------

const asked = new URLSearchParams(location.search).get('lang');
export let language = ['de', 'en'].includes(asked) ? asked
  : keep.get('language') ?? (navigator.language.startsWith('de') ? 'de' : 'en');
let words = COMMON;
let spoken = () => {};

// The word of that key; a word that takes a value is a function.
export function word(key, value) {
  const found = words[language][key] ?? COMMON[language][key];
  return typeof found === 'function' ? found(value) : found;
}

// What went wrong, in words: what the stage refused, or that nobody answered.
export const complaint = ({ code, message }) => (code ? REFUSALS[language][code] ?? message : COMMON[language].unreachable);

// A number as this language writes it.
export const number = (value, decimals = 0) =>
  value.toLocaleString(language === 'de' ? 'de' : 'en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

export function speak(chosen) {
  language = chosen;
  document.documentElement.lang = chosen;
  for (const made of document.querySelectorAll('[data-t]')) made.textContent = word(made.dataset.t);
  for (const made of document.querySelectorAll('[data-label]')) made.setAttribute('aria-label', word(made.dataset.label));
  for (const button of document.querySelectorAll('[data-lang]')) button.setAttribute('aria-pressed', String(button.dataset.lang === chosen));
  document.title = `Duplex · ${document.querySelector('h1')?.textContent ?? ''}`;
  spoken();
}

// Speaks it here, in all other windows and from now on.
export function choose(chosen) {
  hold('language', chosen);
  speak(chosen);
}

// ---- looks ---------------------------------------------------------------------------------

export function dress(theme, size) {
  if (theme) { wear(theme); hold('theme', theme); }
  if (size) { scale(size); hold('size', size); }
}

// In percent of what the width of the window asks for.
const scale = (size) => document.documentElement.style.setProperty('--size', String(Number(size) / 100 || 1));

// Without a theme of its own a page is as light or dark as the system.
function wear(theme) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

// What is chosen in one window holds in all of them: the run sheet here, a demonstration on the projector.
const others = new BroadcastChannel('duplex');
others.onmessage = ({ data }) => {
  if (data.theme) wear(data.theme);
  if (data.size) scale(data.size);
  if (data.language) speak(data.language);
};

export const isDark = () => (document.documentElement.dataset.theme
  ? document.documentElement.dataset.theme === 'dark'
  : matchMedia('(prefers-color-scheme: dark)').matches);

const turnTheme = () => dress(isDark() ? 'light' : 'dark');

function resize(by) {
  const now = Math.round(100 * Number(document.documentElement.style.getPropertyValue('--size') || 1));
  dress(null, Math.min(200, Math.max(70, now + by)));
}

// ---- the line at the top -------------------------------------------------------------------

function top() {
  // Inside another page that page leads on, and what is chosen there holds here.
  if (window !== window.parent) return;
  const line = element('header');
  line.id = 'top';
  const nav = element('nav');
  nav.dataset.label = 'pages';
  // What phones see leads nowhere but where it says.
  for (const [path, key] of 'plain' in document.body.dataset ? [] : PAGES) {
    const link = element('a');
    link.href = path;
    link.dataset.t = key;
    if (path === location.pathname) link.setAttribute('aria-current', 'page');
    nav.append(link);
  }
  const tools = element('div');
  const tool = (label, text, act) => {
    const button = element('button', '', text);
    button.type = 'button';
    if (label) button.dataset.label = label;
    button.addEventListener('click', act);
    tools.append(button);
    return button;
  };
  for (const chosen of ['de', 'en']) {
    const button = tool('', chosen.toUpperCase(), () => choose(chosen));
    button.dataset.lang = chosen;
    button.lang = chosen;
  }
  tool('theme', '◐', turnTheme);
  tool('smaller', '−', () => resize(-10));
  tool('larger', '+', () => resize(10));
  line.append(nav, tools);
  document.body.prepend(line);
}

// What the run sheet shows, below itself or in its other window, passes a presenter's clicker on to it.
const isShown = window !== window.parent || window.name === 'duplex-demonstration';

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select')) return;
  const turn = { PageDown: 1, PageUp: -1 }[event.key];
  if (isShown && turn) {
    event.preventDefault();
    others.postMessage({ turn });
  }
  const act = { t: turnTheme, '+': () => resize(10), '-': () => resize(-10), l: () => choose(language === 'de' ? 'en' : 'de') }[event.key];
  if (act) act();
});

// Begins a page: its words, and what to say again when the language changes.
export function begin(pageWords, again = () => {}) {
  words = pageWords;
  spoken = again;
  top();
  if (keep.get('theme')) wear(keep.get('theme'));
  if (keep.get('size')) scale(keep.get('size'));
  speak(language);
  if (asked || keep.get('language')) return;
  ask('/health').then(({ lang }) => { if (lang) speak(lang); }).catch(() => {});
}

// ---- asking the stage ----------------------------------------------------------------------

export async function ask(path, order) {
  const how = order === undefined ? {} : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(order) };
  const answer = await fetch(path, { cache: 'no-store', ...how });
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.message), { code: said.code });
  return said;
}
