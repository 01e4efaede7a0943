// What was recorded: pictures and tables of results files, as they are asked for by ?show=NAME,NAME;
// without it, everything that the run sheet has. Drawn by the stage, which says from which file.

import { $, ask, begin, element, isDark, language, word } from '/common.js';
import { WORDS } from '/recorded.words.js';
import { SHEET } from '/sheet.js';

const shown = new URLSearchParams(location.search).get('show');
const names = shown ? shown.split(',') : [...new Set(SHEET.flatMap(({ recorded }) => recorded))];
let turn = 0; // the newest drawing; an older one that comes late is dropped

function table({ columns, rows }) {
  const made = element('table');
  const head = element('tr');
  head.append(element('th'), ...columns.map((text) => element('th', '', text[language])));
  made.append(head, ...rows.map(({ label, cells }) => {
    const row = element('tr');
    row.append(element('td', '', label[language]), ...cells.map(({ text, as_predicted: right }) => {
      const cell = element('td', right === false ? 'off' : '', text[language]);
      if (right === false) cell.title = word('off');
      return cell;
    }));
    return row;
  }));
  const frame = element('div', 'scroll');
  frame.append(made);
  return frame;
}

function paint(picture) {
  const looks = new URLSearchParams({ lang: language, theme: isDark() ? 'dark' : 'light' });
  picture.src = `/recorded/${encodeURIComponent(picture.dataset.picture)}.svg?${looks}`;
}

const repaint = () => document.querySelectorAll('[data-picture]').forEach(paint);

function figure(name, { source, title, experiment }) {
  const made = element('figure');
  made.dataset.name = name;
  const ran = experiment?.outcome.ran;
  if (title) {
    const picture = element('img');
    Object.assign(picture, { alt: title, width: 1920, height: 1080 });
    picture.dataset.picture = name;
    paint(picture);
    made.append(picture);
  } else {
    made.append(element('h2', '', experiment.question[language]), element('p', 'sentence', ran.verdict.sentence[language]));
  }
  const grid = ran?.pictures.find((one) => one.grid)?.grid;
  if (grid) made.append(table(grid));
  const day = new Date(source.at).toLocaleDateString(language, { dateStyle: 'long' });
  made.append(element('figcaption', '', word('from', { ...source, day })));
  return made;
}

async function draw() {
  const mine = turn += 1;
  const missing = [];
  const found = await Promise.all(names.map(async (name) => {
    try {
      return figure(name, await ask(`/recorded/${encodeURIComponent(name)}.json?lang=${language}`));
    } catch (error) {
      missing.push(error.code ? word('none', name) : word('unreachable'));
      return null;
    }
  }));
  if (mine !== turn) return;
  $('recordings').replaceChildren(...found.filter(Boolean));
  $('problem').textContent = missing.join(' ');
}

begin(WORDS, draw);
new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ['data-theme'] });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint);
