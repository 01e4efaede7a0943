// What was measured, as pictures and tables: drawn by the stage, which says from where. For the page of
// recordings and for the lab.

import { element, isDark, language, word } from '/common.js';

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
  // With the moment of its measurement: another run of the same experiment is another picture.
  const looks = new URLSearchParams({ lang: language, theme: isDark() ? 'dark' : 'light', at: picture.dataset.at });
  picture.src = `/recorded/${encodeURIComponent(picture.dataset.picture)}.svg?${looks}`;
}

export function figure(name, { source, title, experiment }, caption) {
  const made = element('figure');
  made.dataset.name = name;
  const ran = experiment?.outcome.ran;
  if (title) {
    const picture = element('img');
    Object.assign(picture, { alt: title, width: 1920, height: 1080 });
    Object.assign(picture.dataset, { picture: name, at: source.at });
    paint(picture);
    made.append(picture);
  } else {
    made.append(element('h2', '', experiment.question[language]), element('p', 'sentence', ran.verdict.sentence[language]));
  }
  const grid = ran?.pictures.find((one) => one.grid)?.grid;
  if (grid) made.append(table(grid));
  made.append(element('figcaption', '', caption));
  return made;
}

// Pictures are as light or dark as the page that shows them.
export function keepLooks() {
  const repaint = () => document.querySelectorAll('[data-picture]').forEach(paint);
  new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ['data-theme'] });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint);
}

// A day, or a moment of it, as this language writes it.
export const day = (at) => new Date(at).toLocaleDateString(language, { dateStyle: 'long' });
export const moment = (at) => new Date(at).toLocaleTimeString(language, { timeStyle: 'short' });
