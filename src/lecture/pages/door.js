// The door: asks for the room code. Whoever is shown it again has typed a wrong one.

import { $, begin, word } from '/common.js';
import { WORDS } from '/door.words.js';

const tried = new URLSearchParams(location.search).has('code');
begin(WORDS, () => { $('wrong').textContent = tried ? word('wrong') : ''; });
