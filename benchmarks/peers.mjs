// A worker: measures Digital Bazaar's stack, one case for each line that proofs.py writes. See peers.py.
import {createInterface} from 'node:readline';
import {readFileSync} from 'node:fs';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import jsigs from 'jsonld-signatures';
import * as vc from '@digitalbazaar/vc';

const PEER = 'Digital Bazaar';
const WARM_UP_MS = 1500;
const BATCH_US = 50_000;
const given = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const [did, multikey] = given.method.split('#');
const key = {
  '@context': 'https://w3id.org/security/multikey/v1',
  id: given.method,
  type: 'Multikey',
  controller: did,
  publicKeyMultibase: multikey
};
const controller = {
  '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
  id: did,
  verificationMethod: [key],
  assertionMethod: [key.id]
};
const inMemory = new Map([...Object.entries(given.contexts), [given.method, key], [did, controller]]);

async function documentLoader(url) {
  const document = inMemory.get(url);
  if(document === undefined) {
    throw new Error(`not in memory: ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document};
}

const keyPair = await Ed25519Multikey.from({...key, secretKeyMultibase: given.secret});
const signing = () => new DataIntegrityProof({signer: keyPair.signer(), cryptosuite});
const verifying = () => new DataIntegrityProof({cryptosuite});
const purpose = () => new jsigs.purposes.AssertionProofPurpose();

// At the level of credentials …
const issue = async credential =>
  JSON.stringify(await vc.issue({credential, suite: signing(), documentLoader}));
const verify = async data => vc.verifyCredential({
  credential: JSON.parse(data),
  suite: verifying(),
  documentLoader,
  checkStatus: async () => ({verified: true})
});
// … and of proofs.
const addProof = async document =>
  JSON.stringify(await jsigs.sign(document, {suite: signing(), purpose: purpose(), documentLoader}));
const verifyProof = async data =>
  jsigs.verify(JSON.parse(data), {suite: verifying(), purpose: purpose(), documentLoader});

// What each case runs on, over and over; the stack adds no cache for look-alikes. It writes into what it signs.
const cases = new Map();
for(const [name, {unsigned, signed, level}] of Object.entries(given.documents)) {
  const atProofs = level === 'proof';
  cases.set(`${name} issue ${PEER}`, {
    inputs: () => unsigned.map(document => structuredClone(document)),
    run: atProofs ? addProof : issue,
    isGood: outcome => outcome.includes('proofValue')
  });
  cases.set(`${name} verify ${PEER}`, {
    inputs: () => signed,
    run: atProofs ? verifyProof : verify,
    isGood: outcome => outcome.verified
  });
}

async function batch({inputs, run, isGood}) {
  let used = 0;
  let count = 0;
  while(used < BATCH_US) {
    const taken = inputs();
    const begun = process.cpuUsage();
    const outcomes = [];
    for(const input of taken) {
      outcomes.push(await run(input));
    }
    const {user, system} = process.cpuUsage(begun);
    used += user + system;
    count += taken.length;
    const bad = outcomes.find(outcome => !isGood(outcome));
    if(bad !== undefined) {
      const cause = bad.error?.errors?.[0] ?? bad.error;
      throw new Error(`not verified: ${cause?.message} ${cause?.cause?.message ?? ''}`);
    }
  }
  return used / count / 1e6;
}

const refused = {};
for(const [name, each] of cases) {
  try {
    const end = performance.now() + WARM_UP_MS;
    while(performance.now() < end) {
      await batch(each);
    }
  } catch(error) {
    refused[name] = error.message;
    cases.delete(name);
  }
}
const say = value => process.stdout.write(`${JSON.stringify(value)}\n`);
say({cases: [...cases.keys()], refused, versions: {node: process.versions.node}});
for await (const line of createInterface({input: process.stdin})) {
  say({seconds: await batch(cases.get(line))});
}
