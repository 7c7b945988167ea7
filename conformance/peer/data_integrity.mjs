// DataIntegrityProof by Digital Bazaar, for the suites that sign the whole document.
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as ecdsaJcs2019 from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import * as eddsaJcs2022 from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import * as credentials from './credentials.mjs';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite as ecdsaRdfc2019} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {cryptosuite as eddsaRdfc2022} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {multikeyOf} from './loader.mjs';

export async function signerOf({method, secret}, library) {
  const pair = await library.from({...multikeyOf(method), secretKeyMultibase: secret});
  return pair.signer();
}

function suite(library, toSign, toVerify) {
  return {
    async issue({document, key, created, documentLoader}) {
      const signer = await signerOf(key, library);
      const proof = new DataIntegrityProof({signer, date: created, cryptosuite: toSign()});
      return credentials.issue({document, suite: proof, documentLoader});
    },
    async verify({document, documentLoader}) {
      const proof = new DataIntegrityProof({cryptosuite: toVerify()});
      return credentials.verify({document, suite: proof, documentLoader});
    }
  };
}

export const dataIntegrity = {
  'eddsa-rdfc-2022': suite(Ed25519Multikey, () => eddsaRdfc2022, () => eddsaRdfc2022),
  'eddsa-jcs-2022': suite(
    Ed25519Multikey, eddsaJcs2022.createSignCryptosuite, eddsaJcs2022.createVerifyCryptosuite),
  'ecdsa-rdfc-2019': suite(EcdsaMultikey, () => ecdsaRdfc2019, () => ecdsaRdfc2019),
  'ecdsa-jcs-2019': suite(
    EcdsaMultikey, ecdsaJcs2019.createSignCryptosuite, ecdsaJcs2019.createVerifyCryptosuite)
};
