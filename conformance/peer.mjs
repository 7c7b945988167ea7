// A worker: reads one JSON request on each line, writes one JSON answer on each. See peers.py.
//
//   {"do": "contexts", "contexts": {url: document}}               what the document loader serves, and nothing else
//   {"do": "issue" | "verify" | "derive", "suite": …, "document": …, "key": …, …}
//   -> {"ok": true, "document": …} or {"ok": false, "error": "…"}
import {createInterface} from 'node:readline';
import {cose} from './peer/cose.mjs';
import {dataIntegrity} from './peer/data_integrity.mjs';
import {jwt} from './peer/jwt.mjs';
import {makeLoader} from './peer/loader.mjs';
import {pictures} from './peer/pictures.mjs';
import {presentations} from './peer/presentations.mjs';
import {sdJwt} from './peer/sd_jwt.mjs';
import {selective} from './peer/selective.mjs';
import {signature2020} from './peer/signature_2020.mjs';
import {status} from './peer/status.mjs';

// By the name in requests: what issues, verifies and derives.
const suites = {
  ...dataIntegrity, ...signature2020, ...selective, ...presentations, ...jwt, ...sdJwt, ...cose, ...status,
  ...pictures
};
let pinned = {};

async function answer(request) {
  if(request.do === 'contexts') {
    pinned = request.contexts;
    return {ok: true, document: process.versions.node};
  }
  const act = suites[request.suite]?.[request.do];
  if(act === undefined) {
    throw new Error(`this peer does not ${request.do} ${request.suite}`);
  }
  const documentLoader = makeLoader({...pinned, ...request.contexts});
  return {ok: true, document: await act({...request, documentLoader}) ?? null};
}

// The libraries wrap what went wrong in errors of their own, and in lists of them.
function words(error) {
  const inner = [error?.cause, ...error?.errors ?? [], error?.details?.event, error?.details].filter(Boolean);
  return [error?.message ?? JSON.stringify(error), ...inner.map(words)].join(' <- ');
}

for await (const line of createInterface({input: process.stdin, crlfDelay: Infinity})) {
  let said;
  try {
    said = await answer(JSON.parse(line));
  } catch(error) {
    said = {ok: false, error: words(error)};
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
