// An experiment of the lab: its question and what it could come to; then it is measured while everybody
// looks on, and only then is said what had been expected. ?name=NAME chooses it.

import { $, ask, begin, complaint, element, language, number, word } from '/common.js';
import { figure, keepLooks, moment } from '/figure.js';
import { WORDS } from '/lab.words.js';

const CAME_OUT = { agrees: 'agrees', contradicts: 'contradicts', open: 'open' };
let told = null; // what the stage says of its lab
let name = new URLSearchParams(location.search).get('name');
let result = null; // what this lecture measured: { source, title, experiment }
let shown = ''; // which result in which language is drawn
let problem = () => '';

const card = () => told.experiments.find((one) => one.name === name);
const running = () => told.underWay?.name === name;
const ran = () => result?.experiment.outcome.ran;

function draw() {
  if (!told) return void ($('problem').textContent = problem());
  choices();
  const { question, setup } = card();
  $('question').textContent = question[language];
  $('setup').textContent = setup[language];
  options();
  state();
  answer();
  $('problem').textContent = problem();
}

function choices() {
  if (!$('which').childElementCount) {
    $('which').append(...told.experiments.map((one) => Object.assign(element('option'), { value: one.name })));
  }
  told.experiments.forEach(({ question }, at) => { $('which').options[at].textContent = question[language]; });
  $('which').value = name;
}

function options() {
  const expected = ran() ? result.experiment.prediction.expected : null;
  const missed = ran()?.verdict.agreement === 'contradicts';
  $('options').replaceChildren(...card().options.map((option, at) => {
    const text = `${'abcdef'[at]}) ${option[language]}`;
    return at === expected ? element('li', missed ? 'missed' : 'expected', word('expected', text)) : element('li', '', text);
  }));
}

function state() {
  const busy = Boolean(told.underWay);
  $('run').disabled = busy || !told.steers;
  $('run').textContent = word(result || name in told.ended ? 'again' : 'run');
  $('stop').hidden = !busy || !told.steers;
  const { failed, skipped, stopped } = told.ended[name] ?? {};
  const said = running() ? word('running')
    : failed ? word('failed', failed)
      : skipped ? word('skipped', skipped[language])
        : stopped ? word('stopped')
          : result ? '' : busy ? word('other') : word(told.steers ? 'idle' : 'notYours');
  // A screen reader says what is new, and only that.
  if ($('state').textContent !== said) $('state').textContent = said;
  $('watch').textContent = running() ? `${number(Math.floor(told.underWay.elapsed_ms / 1000))} s` : '';
}

function answer() {
  const seen = !running() && Boolean(result);
  $('outcome').hidden = !seen;
  if (!seen) { shown = ''; return; }
  const drawn = `${name} ${result.source.at} ${language}`;
  if (drawn === shown) return;
  shown = drawn;
  // In a sentence with its numbers it stands above the figure.
  $('verdict').textContent = word(CAME_OUT[ran().verdict.agreement]);
  $('figure').replaceChildren(figure(`lab-${name}`, result, word('here', { at: moment(result.source.at), command: result.source.command })));
  $('say').replaceChildren(...['why', 'hides', 'next'].flatMap((key) =>
    [element('dt', '', word(key)), element('dd', '', result.experiment[key][language])]));
}

// ---- the page ------------------------------------------------------------------------------

async function take(said) {
  const isNew = said.count !== told?.count;
  told = said;
  if (!card()) name = told.underWay?.name ?? told.experiments[0].name;
  if (isNew) await fetchResult();
  draw();
}

// Only what was measured here is shown: what was recorded has a page of its own.
async function fetchResult() {
  const mine = name;
  result = null;
  if (!(mine in told.ended)) return;
  try {
    const found = await ask(`/recorded/lab-${mine}.json?lang=${language}`);
    if (mine === name && found.source.live) result = found;
  } catch (error) { problem = () => complaint(error); }
}

async function order(what) {
  try {
    problem = () => '';
    await take(await ask('/lab', what));
  } catch (error) { problem = () => complaint(error); }
  draw();
}

$('which').addEventListener('change', async () => {
  name = $('which').value;
  history.replaceState(null, '', `?name=${name}`);
  await fetchResult();
  draw();
});
$('run').addEventListener('click', () => order({ run: name }));
$('stop').addEventListener('click', () => order({ stop: true }));
// In another language the title of the picture is another one.
begin(WORDS, async () => { draw(); if (told) { await fetchResult(); draw(); } });
keepLooks();

let away = false;
async function watch() {
  try {
    await take(await ask('/lab.json'));
    if (away) { problem = () => ''; draw(); }
    away = false;
  } catch (error) {
    away = true;
    problem = () => complaint(error);
    draw();
  }
  // Not oftener: whoever asks takes time from what is being measured on the same machine.
  setTimeout(watch, 1000);
}
watch();
