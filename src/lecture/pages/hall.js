// The hall on the screen: what is asked, how many have voted, and once frozen how they did.

import { $, ask, begin, element, language, number, svg, word } from '/common.js';
import { WORDS } from '/hall.words.js';
import { QUESTIONS, RANGES } from '/questions.js';

const DEMONSTRATIONS = { race: '/race', bytes: '/wire', gap: '/gap', cut: '/vanish' };
let told = null;
let turn = 0; // counts what was steered, so that an older answer does not undo it

function draw() {
  for (const button of $('questions').children) {
    button.textContent = QUESTIONS[button.dataset.question][language][0];
    button.setAttribute('aria-pressed', String(told?.question === button.dataset.question));
  }
  if (!told) return;
  const asked = told.question && QUESTIONS[told.question][language];
  $('question').textContent = asked ? asked[0] : word('nothing');
  $('count').textContent = word('count', { voted: number(told.voted), phones: number(told.phones) });
  $('freeze').hidden = !asked;
  $('run').hidden = !asked;
  $('freeze').textContent = word(told.frozen ? 'thaw' : 'freeze');
  if (asked) $('run').href = DEMONSTRATIONS[told.question];
  const open = Boolean(asked && told.frozen);
  for (const id of ['votes', 'guesses', 'source']) $(id).toggleAttribute('hidden', !open);
  if (open) results(asked);
  $('address').textContent = told.address ?? '';
  $('note').textContent = told.code ? word('code', told.code) : word('alone');
}

function results(asked) {
  const all = Math.max(1, ...told.counts);
  $('votes').setAttribute('aria-label', word('votes'));
  $('votes').replaceChildren(...told.counts.flatMap((count, at) => {
    const y = 10 + at * 62;
    return [
      svg('text', { x: 0, y: y + 16 }, asked[1 + at]),
      svg('rect', { x: 0, y: y + 24, width: Math.max(2, (700 * count) / all), height: 22, rx: 4, fill: 'var(--accent)' }),
      svg('text', { x: Math.max(2, (700 * count) / all) + 10, y: y + 42, class: 'count' }, number(count)),
    ];
  }));
  guesses();
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
  $('source').textContent = measured.length ? word('source', [...new Set(measured.map(({ source }) => source))].join(', ')) : word('nothingMeasured');
}

async function steer(order) {
  turn += 1;
  try {
    told = await ask('/steer', order);
    turn += 1;
    $('problem').textContent = '';
  } catch (error) { $('problem').textContent = error.code ? error.message : word('unreachable'); }
  draw();
}

for (const name of Object.keys(QUESTIONS)) {
  const button = element('button', 'soft');
  button.type = 'button';
  button.dataset.question = name;
  button.addEventListener('click', () => steer({ question: name }));
  $('questions').append(button);
}
$('freeze').addEventListener('click', () => steer({ frozen: !told.frozen }));
begin(WORDS, draw);

async function watch() {
  const asked = turn;
  try {
    const answer = await ask('/hall.json');
    if (asked === turn) told = answer;
    $('problem').textContent = '';
  } catch { $('problem').textContent = word('unreachable'); }
  draw();
  setTimeout(watch, 1000);
}
watch();
