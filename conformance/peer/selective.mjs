// The suites of Digital Bazaar from whose base proofs a holder derives.
import * as Bls12381Multikey from '@digitalbazaar/bls12-381-multikey';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as bbs2023 from '@digitalbazaar/bbs-2023-cryptosuite';
import * as credentials from './credentials.mjs';
import * as ecdsaSd2023 from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {multikeyOf} from './loader.mjs';
import {signerOf} from './data_integrity.mjs';

const BBS = Bls12381Multikey.ALGORITHMS.BBS_BLS12381_SHA256;

async function bbsSigner({method, secret}) {
  const pair = await Bls12381Multikey.from({...multikeyOf(method), secretKeyMultibase: secret}, {algorithm: BBS});
  return pair.signer();
}

function suite(library, signer, dated, more) {
  return {
    async issue({document, key, created, mandatoryPointers, documentLoader}) {
      const cryptosuite = library.createSignCryptosuite({mandatoryPointers, ...more});
      const date = dated ? created : null;
      const proof = new DataIntegrityProof({signer: await signer(key), date, cryptosuite});
      return credentials.issue({document, suite: proof, documentLoader});
    },
    async derive({document, selectivePointers, documentLoader}) {
      const cryptosuite = library.createDiscloseCryptosuite({selectivePointers, ...more});
      return credentials.derive({document, suite: new DataIntegrityProof({cryptosuite}), documentLoader});
    },
    async verify({document, documentLoader}) {
      const cryptosuite = library.createVerifyCryptosuite(more);
      return credentials.verify({document, suite: new DataIntegrityProof({cryptosuite}), documentLoader});
    }
  };
}

export const selective = {
  'ecdsa-sd-2023': suite(ecdsaSd2023, key => signerOf(key, EcdsaMultikey), true, {}),
  'bbs-2023': suite(bbs2023, bbsSigner, false, {})
};
