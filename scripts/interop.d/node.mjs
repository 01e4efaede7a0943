// Node's `ws` (and its fetch for polls) against a backend: node.mjs BACKEND HOST:PORT

import { createRequire } from 'node:module';
import { steps } from './steps.mjs';

const { WebSocket } = createRequire(`${process.env.TOOLS}/`)('ws');
const [backend, at] = process.argv.slice(2);
console.log(await steps(WebSocket, backend, at));
process.exit(0);
