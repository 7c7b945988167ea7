// Status lists by Digital Bazaar: read out of what an issuer serves, and made and signed.
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as lists from '@digitalbazaar/vc-bitstring-status-list';
import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {signerOf} from './data_integrity.mjs';

export const status = {
  status: {
    // Which statuses are set, by purpose.
    async verify({document, lists: served, documentLoader}) {
      const load = async url => Object.hasOwn(served, url) ?
        {contextUrl: null, documentUrl: url, document: served[url]} : documentLoader(url);
      const suite = new DataIntegrityProof({cryptosuite});
      const result = await lists.checkStatus({credential: document, documentLoader: load, suite});
      if(!result.verified) {
        throw result.error;
      }
      return Object.fromEntries(result.results.map(each => [each.credentialStatus.statusPurpose, each.status]));
    },
    async issue({document: {id, issuer, purpose, length, indexes}, key, created, documentLoader}) {
      const list = await lists.createList({length});
      for(const index of indexes) {
        list.setStatus(index, true);
      }
      const credential = await lists.createCredential({id, list, statusPurpose: purpose});
      const signer = await signerOf(key, Ed25519Multikey);
      const suite = new DataIntegrityProof({signer, date: created, cryptosuite});
      return vc.issue({credential: {...credential, issuer, validFrom: created}, suite, documentLoader});
    }
  }
};
