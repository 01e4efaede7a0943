// What was recorded: pictures and tables of results files, as they are asked for by ?show=NAME,NAME;
// without it, everything that the run sheet has. What was measured in this lecture comes first.

import { $, ask, begin, complaint, word } from '/common.js';
import { day, figure, keepLooks, moment } from '/figure.js';
import { WORDS } from '/recorded.words.js';
import { SHEET } from '/sheet.js';

const shown = new URLSearchParams(location.search).get('show');
const names = shown ? shown.split(',') : [...new Set(SHEET.flatMap(({ recorded }) => recorded))];
let turn = 0; // the newest drawing; an older one that comes late is dropped

const caption = ({ name, at, command, live }) =>
  (live ? word('here', { at: moment(at), command }) : word('from', { name, day: day(at), command }));

async function draw() {
  const mine = turn += 1;
  const missing = [];
  const found = await Promise.all(names.map(async (name) => {
    try {
      const told = await ask(`/recorded/${encodeURIComponent(name)}.json?lang=${document.documentElement.lang}`);
      return figure(name, told, caption(told.source));
    } catch (error) {
      missing.push(error.code === 'not-found' ? word('none', name) : complaint(error));
      return null;
    }
  }));
  if (mine !== turn) return;
  $('recordings').replaceChildren(...found.filter(Boolean));
  $('problem').textContent = missing.join(' ');
}

begin(WORDS, draw);
keepLooks();
