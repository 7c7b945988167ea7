// Ed25519Signature2020 by Digital Bazaar, and by the Digital Credentials Consortium, whose fork is what wallets use.
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as credentials from './credentials.mjs';
import {Ed25519Signature2020} from '@digitalbazaar/ed25519-signature-2020';
import {Ed25519Signature2020 as ForkedSignature2020} from '@digitalcredentials/ed25519-signature-2020';
import forked from '@digitalcredentials/jsonld-signatures';
import {signerOf} from './data_integrity.mjs';

async function verifyForked({document, documentLoader}) {
  const purpose = new forked.purposes.AssertionProofPurpose();
  const result = await forked.verify(document, {suite: new ForkedSignature2020(), purpose, documentLoader});
  if(!result.verified) {
    throw result.error ?? new Error('not verified');
  }
}

export const signature2020 = {
  'Ed25519Signature2020': {
    async issue({document, key, created, documentLoader}) {
      const signer = await signerOf(key, Ed25519Multikey);
      const suite = new Ed25519Signature2020({signer, date: created});
      return credentials.issue({document, suite, documentLoader});
    },
    verify: ({document, documentLoader}) =>
      credentials.verify({document, suite: new Ed25519Signature2020(), documentLoader})
  },
  'Ed25519Signature2020 (fork)': {
    async issue({document, key, created, documentLoader}) {
      const suite = new ForkedSignature2020({signer: await signerOf(key, Ed25519Multikey), date: created});
      const purpose = new forked.purposes.AssertionProofPurpose();
      return forked.sign(document, {suite, purpose, documentLoader});
    },
    verify: verifyForked
  }
};
