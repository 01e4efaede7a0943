// The hall on the screen: what is asked, how many have voted, and once frozen how they did.

import { $, ask, begin, element, language, number, svg, word } from '/common.js';
import { WORDS } from '/hall.words.js';
import { QUESTIONS } from '/questions.js';

const DEMONSTRATIONS = { race: '/race', bytes: '/wire', gap: '/gap', cut: '/race' };
const WIDEST = 1000; // largest guess
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
  for (const id of ['votes', 'guesses', 'resultLine']) $(id).toggleAttribute('hidden', !open);
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
  const right = (value) => 20 + (760 * Math.min(WIDEST, Math.max(0, value))) / WIDEST;
  const drawn = [svg('line', { x1: 20, x2: 780, y1: 80, y2: 80, stroke: 'var(--edge)', 'stroke-width': 2 })];
  for (const guess of told.guesses) drawn.push(svg('circle', { cx: right(guess), cy: 70, r: 6, fill: 'var(--accent)', opacity: 0.5 }));
  const middle = told.guesses[Math.floor(told.guesses.length / 2)];
  const mark = (value, text, y, stroke) => {
    const anchor = value > WIDEST / 2 ? 'end' : 'start';
    drawn.push(svg('line', { x1: right(value), x2: right(value), y1: 30, y2: 90, stroke, 'stroke-width': 3 }));
    drawn.push(svg('text', { x: right(value) + (anchor === 'end' ? -8 : 8), y, 'text-anchor': anchor }, text));
  };
  if (middle !== undefined) mark(middle, word('median', number(middle)), 112, 'var(--quiet)');
  const result = $('result').valueAsNumber;
  if (Number.isFinite(result)) mark(result, word('measured', number(result, result < 10 ? 1 : 0)), 24, 'var(--alarm)');
  $('guesses').setAttribute('aria-label', word('guesses'));
  $('guesses').replaceChildren(...drawn);
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
  button.addEventListener('click', () => { $('result').value = ''; steer({ question: name }); });
  $('questions').append(button);
}
$('freeze').addEventListener('click', () => steer({ frozen: !told.frozen }));
$('result').addEventListener('input', draw);
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
