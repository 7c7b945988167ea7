// Presentations with an embedded proof, by Digital Bazaar, and as a vp+jwt, by jose.
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as jose from 'jose';
import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite as ecdsaRdfc2019} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {cryptosuite as eddsaRdfc2022} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {signerOf} from './data_integrity.mjs';

const suite = (library, cryptosuite) => ({
  async issue({document, key, created, challenge, domain, documentLoader}) {
    const proof = new DataIntegrityProof({signer: await signerOf(key, library), date: created, cryptosuite});
    return vc.signPresentation({presentation: document, suite: proof, challenge, domain, documentLoader});
  },
  async verify({document, challenge, domain, documentLoader}) {
    const proof = new DataIntegrityProof({cryptosuite});
    const result = await vc.verify({presentation: document, suite: proof, challenge, domain, documentLoader});
    if(!result.verified) {
      const inner = result.credentialResults?.find(each => !each.verified)?.error;
      throw result.error ?? inner ?? new Error('not verified');
    }
  }
});

export const presentations = {
  'presentation eddsa-rdfc-2022': suite(Ed25519Multikey, eddsaRdfc2022),
  'presentation ecdsa-rdfc-2019': suite(EcdsaMultikey, ecdsaRdfc2019),
  'vp+jwt': {
    async issue({document, key, challenge, domain}) {
      const signing = await jose.importJWK(key.secretJwk, key.alg);
      const header = {alg: key.alg, typ: 'vp+jwt', cty: 'vp', kid: key.method};
      return new jose.SignJWT({...document, nonce: challenge}).setAudience(domain)
        .setProtectedHeader(header).sign(signing);
    },
    async verify({document, key, challenge, domain}) {
      const verifying = await jose.importJWK(key.jwk, key.alg);
      const {payload, protectedHeader} = await jose.jwtVerify(
        document, verifying, {algorithms: [key.alg], typ: 'vp+jwt', audience: domain});
      if(payload.nonce !== challenge || protectedHeader.kid !== key.method) {
        throw new Error('another nonce or kid');
      }
    }
  }
};
