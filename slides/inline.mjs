// Puts the pictures of an HTML deck into the deck itself, so that it is one file.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const file = process.argv[2];
const folder = dirname(file);
let missing = 0;
const deck = readFileSync(file, 'utf8').replace(/(<img\b[^>]*?\bsrc=")([^":]+\.svg)(")/g, (all, before, path, after) => {
  try {
    return before + 'data:image/svg+xml;base64,' + readFileSync(join(folder, decodeURI(path))).toString('base64') + after;
  } catch (error) {
    console.error(`${file}: ${path}: ${error.message}`);
    missing += 1;
    return all;
  }
});
writeFileSync(file, deck);
console.log(file);
process.exit(missing === 0 ? 0 : 1);
