// Looks at built decks in a headless Chromium and says what is wrong with them, slide by slide: what
// sticks out, what is too small or too pale to read, pictures that are not there, requests that leave
// the file, drawings whose words leave their sheet or run into one another.
//
// usage: node look.mjs CHROMIUM DECK.html… -- DRAWING.svg…
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import puppeteer from 'puppeteer-core';

const [chromium, ...rest] = process.argv.slice(2);
const decks = rest.slice(0, rest.indexOf('--'));
const drawings = rest.slice(rest.indexOf('--') + 1);
const SMALLEST = 19; // pixels of 720: the page number

/** Runs in the page: what is wrong with each slide. */
function faults(smallest) {
  const found = [];
  const channel = (c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a = 1] = numbers(getComputedStyle(at).backgroundColor);
      if (a > 0) return [r, g, b];
    }
    return [255, 255, 255];
  };
  for (const [place, section] of document.querySelectorAll('section').entries()) {
    const title = section.querySelector('h1')?.textContent ?? '?';
    const say = (what) => found.push(`${place + 1} "${title}": ${what}`);
    const box = section.getBoundingClientRect();
    const scale = box.width / 1280;
    const floor = box.bottom - 40 * scale;
    if (section.scrollHeight > section.clientHeight + 1) say('is too high');
    for (const one of section.querySelectorAll('*')) {
      const { left, right, bottom, width } = one.getBoundingClientRect();
      const name = one.tagName.toLowerCase();
      const aside = getComputedStyle(one).position === 'absolute' || one.closest('.live');
      if (!width || aside || ['header', 'footer'].includes(name)) continue;
      if (left < box.left - 1 || right > box.right + 1) say(`<${name}> sticks out sideways`);
      else if (bottom > floor + 1) say(`<${name}> ends ${Math.round((bottom - floor) / scale)} px too low`);
      if (name === 'pre' && one.scrollWidth > one.clientWidth + 1) say('code is cut at the right');
      if (name === 'pre' && one.scrollHeight > one.clientHeight + 1) say('code is cut at the bottom');
      if (name === 'img' && !(one.complete && one.naturalWidth)) say(`no picture ${one.alt}`);
      if (name === 'img' && one.getBoundingClientRect().height < 330 * scale) say('a picture is small');
      const words = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
      if (!words || name === 'script') continue;
      const style = getComputedStyle(one);
      if (parseFloat(style.fontSize) < smallest && !['SUP', 'SUB'].includes(one.tagName)) {
        say(`${style.fontSize} is too small: ${one.textContent.slice(0, 40)}`);
      }
      const [a, b] = [light(numbers(style.color)), light(ground(one))];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (contrast < 4.5) say(`contrast ${contrast.toFixed(1)} is too weak: ${one.textContent.slice(0, 40)}`);
    }
  }
  return { found, slides: document.querySelectorAll('section').length };
}

/** Runs in a drawing: words that leave the sheet, are small, or run into one another. */
function scrawls() {
  const found = [];
  const sheet = document.documentElement.viewBox.baseVal;
  const texts = [...document.querySelectorAll('text')].map((text) => ({ text, box: text.getBBox() }));
  for (const [place, { text, box }] of texts.entries()) {
    const words = text.textContent;
    if (box.x < 4 || box.y < 0 || box.x + box.width > sheet.width - 4 || box.y + box.height > sheet.height + 4) {
      found.push(`"${words}" leaves the sheet`);
    }
    if (parseFloat(text.getAttribute('font-size')) < 28) found.push(`"${words}" is too small`);
    for (const other of texts.slice(place + 1)) {
      const across = Math.min(box.x + box.width, other.box.x + other.box.width) - Math.max(box.x, other.box.x);
      const down = Math.min(box.y + box.height, other.box.y + other.box.height) - Math.max(box.y, other.box.y);
      if (across > 2 && down > 9) found.push(`"${words}" runs into "${other.text.textContent}"`);
    }
  }
  for (const rect of document.querySelectorAll('rect')) {
    const frame = rect.getBBox();
    for (const { text, box } of texts) {
      const middle = box.x + box.width / 2;
      const inside = middle > frame.x && middle < frame.x + frame.width && box.y > frame.y - 9
        && box.y + box.height < frame.y + frame.height + 9;
      if (inside && box.width > frame.width - 6) found.push(`"${text.textContent}" is wider than its box`);
    }
  }
  return found;
}

const browser = await puppeteer.launch({
  executablePath: chromium,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
let wrong = 0;
const complain = (what) => { wrong += 1; console.error(what); };
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 720 });
  page.on('request', (request) => {
    if (/^(https?|ftp):/.test(request.url())) complain(`a deck asks for ${request.url()}`);
  });
  page.on('pageerror', (error) => complain(`error in the page: ${error.message}`));
  for (const deck of decks) {
    await page.goto(pathToFileURL(resolve(deck)).href, { waitUntil: 'load' });
    const { found, slides } = await page.evaluate(faults, SMALLEST);
    found.forEach((fault) => complain(`${deck}: slide ${fault}`));
    console.log(`${deck}: ${slides} slides looked at`);
  }
  for (const drawing of drawings) {
    await page.goto(pathToFileURL(resolve(drawing)).href, { waitUntil: 'load' });
    (await page.evaluate(scrawls)).forEach((fault) => complain(`${drawing}: ${fault}`));
  }
  console.log(`${drawings.length} drawings looked at`);
} finally {
  await browser.close();
}
process.exit(wrong === 0 ? 0 : 1);
