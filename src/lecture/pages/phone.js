// A phone in the hall: one question, one vote. It asks once a second, so that a phone that slept and a
// stage that was started again find each other by themselves.

import { $, ask, begin, complaint, element, language, number, word } from '/common.js';
import { WORDS } from '/phone.words.js';
import { asked, RANGES } from '/questions.js';

let told = null;
let shown = null; // round and language of the question that is drawn
// What is wrong, as what to say and not as said: another language says it again.
let vote = () => ''; // with the vote
let way = () => ''; // with the way to the stage

function draw() {
  if (told) {
    const question = asked(told, language);
    $('ballot').hidden = !question || told.frozen;
    $('chat').href = `/?${new URLSearchParams({ lane: told.phone?.lane ?? 'async' })}`;
    if (question && shown !== `${told.round} ${language}`) ballot(question);
    if (question?.guess) $('guessText').textContent = word('guess', { what: question.guess, value: number(Number($('guess').value), Number($('guess').step) < 1 ? 1 : 0) });
  }
  const state = !told ? '' : !told.question ? 'waiting' : told.frozen ? 'frozen' : (told.phone?.choice ?? null) === null ? 'open' : 'taken';
  const wrong = way() || vote();
  $('state').className = wrong ? 'alarm' : '';
  $('state').textContent = wrong || (state && word(state));
}

// Another language keeps what is chosen, another round does not.
function ballot({ text, options, guess }) {
  const same = shown?.startsWith(`${told.round} `);
  $('slider').hidden = !guess;
  if (!same && guess) {
    const [min, max, step] = RANGES[told.question];
    // The value last: it is held within the others.
    Object.assign($('guess'), { min, max, step, value: told.phone?.guess ?? (min + max) / 2 });
  }
  const chosen = same ? document.querySelector('[name=choice]:checked')?.value : told.phone?.choice;
  shown = `${told.round} ${language}`;
  vote = () => '';
  $('question').textContent = text;
  $('choices').replaceChildren(...options.map((option, at) => {
    const line = element('label', 'check');
    const dot = element('input');
    Object.assign(dot, { type: 'radio', name: 'choice', value: String(at), checked: String(at) === String(chosen) });
    line.append(dot, element('span', '', option));
    return line;
  }));
}

async function watch() {
  try {
    told = await ask('/hall.json');
    way = () => '';
    // A stage that was started again does not know this phone; one that is full lets it in later.
    if (!told.phone) {
      const { status } = await fetch('/phone');
      const code = { 429: 'crowded', 503: 'full' }[status];
      if (code) way = () => complaint({ code });
    }
  } catch (error) { way = () => complaint(error); }
  draw();
  setTimeout(watch, 900 + Math.random() * 200);
}

$('guess').addEventListener('input', draw);
$('ballot').addEventListener('submit', async (event) => {
  event.preventDefault();
  const choice = document.querySelector('[name=choice]:checked');
  vote = choice ? () => '' : () => word('choose');
  if (choice) {
    const ballot = { question: told.question, choice: Number(choice.value) };
    if (!$('slider').hidden) ballot.guess = Number($('guess').value);
    try { told = await ask('/vote', ballot); } catch (error) {
      if (!error.code) way = () => complaint(error);
      // What is asked instead is seen within a second and needs no words.
      else if (error.code !== 'not-asked') vote = () => complaint(error);
    }
  }
  draw();
});
$('choices').addEventListener('change', () => { vote = () => ''; draw(); });
begin(WORDS, draw);
watch();
