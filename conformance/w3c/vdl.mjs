// Tells a part of the suite for BBS of the context that its own fixtures name: it knows no other way but this map.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

const library = join(process.cwd(), 'node_modules', 'data-integrity-test-suite-assertion', 'vc-generator', 'contexts.js');
const {contextMap} = await import(pathToFileURL(library).href);
const context = readFileSync(new URL('contexts/vdl-v1.jsonld', import.meta.url), 'utf8');
contextMap.set('https://w3id.org/vdl/v1', JSON.parse(context));
