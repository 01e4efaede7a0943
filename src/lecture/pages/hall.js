// The hall on the screen: what is asked, how many have voted, and once frozen how they did and what was
// measured. What is asked is one of the four demonstrations with a page, or an experiment of the lab.

import { $, ask, begin, complaint, element, language, number, svg, word } from '/common.js';
import { WORDS } from '/hall.words.js';
import { asked, QUESTIONS, RANGES } from '/questions.js';

// How what was expected came out, and what is said of it.
const CAME_OUT = { agrees: 'agrees', contradicts: 'contradicts', open: 'open' };
const DEMONSTRATIONS = { race: '/race', bytes: '/wire', gap: '/gap', cut: '/vanish' };
const letter = (at) => 'abcdef'[at];
let told = null;
let cards = []; // the experiments that there are
let turn = 0; // counts what was steered, so that an older answer does not undo it

function draw() {
  for (const button of document.querySelectorAll('[data-question]')) {
    button.textContent = QUESTIONS[button.dataset.question][language][0];
    button.setAttribute('aria-pressed', String(told?.question === button.dataset.question));
  }
  for (const option of $('experiment').options) option.textContent = cards.find(({ name }) => name === option.value)?.question[language] ?? '–';
  if (!told) return;
  const question = asked(told, language);
  if (document.activeElement !== $('experiment')) $('experiment').value = told.asked ? told.question : '';
  $('question').textContent = question ? question.text : word('nothing');
  $('count').textContent = word('count', { voted: number(told.voted), phones: number(told.phones), addresses: number(told.addresses) });
  $('freeze').hidden = !question;
  $('run').hidden = !question;
  $('freeze').textContent = word(told.frozen ? 'thaw' : 'freeze');
  if (question) $('run').href = DEMONSTRATIONS[told.question] ?? `/lab?name=${told.question}`;
  const open = Boolean(question && told.frozen);
  for (const id of ['votes', 'source']) $(id).toggleAttribute('hidden', !open);
  $('guesses').toggleAttribute('hidden', !open || !question.guess);
  $('verdict').hidden = !open || !told.verdict;
  if (open) results(question);
  $('address').textContent = told.address ?? '';
  $('note').textContent = told.code ? word('code', told.code) : word('alone');
}

function results({ options, guess }) {
  const all = Math.max(1, ...told.counts);
  const { verdict } = told;
  $('votes').setAttribute('aria-label', word('votes'));
  $('votes').replaceChildren(...told.counts.map((count, at) => {
    const made = element('li', verdict?.expected === at ? 'expected' : '');
    const bar = element('i');
    bar.style.width = `${(90 * count) / all}%`;
    const line = element('div');
    line.append(bar, element('b', 'count', number(count)));
    made.append(element('span', '', `${letter(at)}) ${options[at]}`), line);
    return made;
  }));
  if (verdict) {
    const { agreement, sentence } = verdict.verdict;
    $('verdict').replaceChildren(element('b', '', word(CAME_OUT[agreement], letter(verdict.expected))), ` ${sentence[language]}`);
  }
  if (guess) guesses();
  sources(verdict ? [verdict] : told.measured);
}

// Where the figures are from: out of this lecture, or out of files.
function sources(measured) {
  const files = [...new Set(measured.filter(({ source }) => !source.live).map(({ source }) => source.name))];
  const live = measured.some(({ source }) => source.live) ? [word('here')] : [];
  const said = [...live, ...(files.length ? [word('source', files.join(', '))] : [])];
  $('source').textContent = said.join(' ') || word('nothingMeasured');
}

// The guesses on their scale, and over them what was measured: one line of text each.
function guesses() {
  const [least, most, step] = RANGES[told.question];
  const measured = told.measured ?? [];
  const axis = 60 + 26 * measured.length;
  const right = (value) => 20 + (760 * (Math.min(most, Math.max(least, value)) - least)) / (most - least);
  const precise = (value) => number(value, value < 10 ? 2 : value < 100 ? 1 : 0);
  const drawn = [svg('line', { x1: 20, x2: 780, y1: axis, y2: axis, stroke: 'var(--edge)', 'stroke-width': 2 })];
  for (const value of [least, (least + most) / 2, most]) {
    const anchor = value === least ? 'start' : value === most ? 'end' : 'middle';
    drawn.push(svg('text', { x: right(value), y: axis + 22, 'text-anchor': anchor, class: 'quiet' }, number(value)));
  }
  for (const guess of told.guesses) drawn.push(svg('circle', { cx: right(guess), cy: axis - 12, r: 7, fill: 'var(--accent)', opacity: 0.5 }));
  const mark = (value, text, y, bottom, stroke) => {
    const end = value > (least + most) / 2;
    drawn.push(svg('line', { x1: right(value), x2: right(value), y1: Math.min(y - 14, bottom), y2: Math.max(y - 14, bottom), stroke, 'stroke-width': 3 }));
    drawn.push(svg('text', { x: right(value) + (end ? -8 : 8), y, 'text-anchor': end ? 'end' : 'start' }, text));
  };
  measured.forEach(({ what, value }, at) => mark(value, word('measured', { what: what[language], value: precise(value) }), 20 + 26 * at, axis + 6, 'var(--alarm)'));
  const middle = told.guesses[Math.floor(told.guesses.length / 2)];
  if (middle !== undefined) mark(middle, word('median', number(middle, step < 1 ? 1 : 0)), axis + 52, axis - 24, 'var(--quiet)');
  $('guesses').setAttribute('viewBox', `0 0 800 ${axis + 62}`);
  $('guesses').setAttribute('aria-label', word('guesses'));
  $('guesses').replaceChildren(...drawn);
}

async function steer(order) {
  turn += 1;
  try {
    told = await ask('/steer', order);
    turn += 1;
    $('problem').textContent = '';
  } catch (error) { $('problem').textContent = complaint(error); }
  draw();
}

for (const name of Object.keys(QUESTIONS)) {
  const button = element('button', 'soft');
  button.type = 'button';
  button.dataset.question = name;
  button.addEventListener('click', () => steer({ question: name }));
  $('experiment').parentElement.before(button);
}
$('experiment').append(element('option'));
$('experiment').options[0].value = '';
$('experiment').addEventListener('change', () => { if ($('experiment').value) steer({ question: $('experiment').value }); });
$('freeze').addEventListener('click', () => steer({ frozen: !told.frozen }));
begin(WORDS, draw);
ask('/lab.json').then(({ experiments }) => {
  cards = experiments;
  $('experiment').append(...cards.map(({ name }) => Object.assign(element('option'), { value: name })));
  draw();
}).catch(() => {}); // the watch says so

async function watch() {
  const asked = turn;
  try {
    const answer = await ask('/hall.json');
    if (asked === turn) told = answer;
    $('problem').textContent = '';
  } catch (error) { $('problem').textContent = complaint(error); }
  draw();
  setTimeout(watch, 1000);
}
watch();
