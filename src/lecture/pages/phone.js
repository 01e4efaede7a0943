// A phone in the hall: one question, one vote. It asks once a second, so that a phone that slept and a
// stage that was started again find each other by themselves.

import { $, ask, begin, element, language, number, word } from '/common.js';
import { WORDS } from '/phone.words.js';
import { QUESTIONS, RANGES } from '/questions.js';

let told = null;
let shown = null; // round and language of the question that is drawn
let problem = '';

function draw() {
  if (!told) return;
  const asked = told.question && QUESTIONS[told.question][language];
  $('ballot').hidden = !asked || told.frozen;
  $('chat').href = `/?${new URLSearchParams({ lane: told.phone?.lane ?? 'async' })}`;
  if (asked && shown !== `${told.round} ${language}`) {
    // Another language keeps what is chosen, another round does not.
    const same = shown?.startsWith(`${told.round} `);
    if (!same) {
      const [min, max, step] = RANGES[told.question];
      // The value last: it is held within the others.
      Object.assign($('guess'), { min, max, step, value: told.phone?.guess ?? (min + max) / 2 });
    }
    const chosen = same ? document.querySelector('[name=choice]:checked')?.value : told.phone?.choice;
    shown = `${told.round} ${language}`;
    $('question').textContent = asked[0];
    $('choices').replaceChildren(...asked.slice(1, 5).map((text, at) => {
      const line = element('label', 'check');
      const dot = element('input');
      Object.assign(dot, { type: 'radio', name: 'choice', value: String(at), checked: String(at) === String(chosen) });
      line.append(dot, element('span', '', text));
      return line;
    }));
  }
  if (asked) $('guessText').textContent = word('guess', { what: asked[5], value: number(Number($('guess').value), Number($('guess').step) < 1 ? 1 : 0) });
  const state = !asked ? 'waiting' : told.frozen ? 'frozen' : (told.phone?.choice ?? null) === null ? 'open' : 'taken';
  $('state').className = problem ? 'alarm' : '';
  $('state').textContent = problem ? word(problem) : word(state);
}

async function watch() {
  try {
    told = await ask('/hall.json');
    // A stage that was started again does not know this phone.
    if (!told.phone) await fetch('/phone');
    if (problem === 'unreachable') problem = '';
  } catch { problem = 'unreachable'; }
  draw();
  setTimeout(watch, 900 + Math.random() * 200);
}

$('guess').addEventListener('input', draw);
$('ballot').addEventListener('submit', async (event) => {
  event.preventDefault();
  const choice = document.querySelector('[name=choice]:checked');
  problem = choice ? '' : 'choose';
  if (choice) {
    try {
      told = await ask('/vote', { question: told.question, choice: Number(choice.value), guess: Number($('guess').value) });
    } catch (error) { problem = error.code ? '' : 'unreachable'; }
  }
  draw();
});
begin(WORDS, draw);
watch();
