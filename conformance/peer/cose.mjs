// COSE_Sign1 (RFC 9052; VC-JOSE-COSE §3.3), by @auth0/cose. On the wire of peers.py bytes are base64.
import * as jose from 'jose';
import {Algorithms, Headers, Sign1} from '@auth0/cose';

const TYP = 16;

export const cose = {
  'vc+cose': {
    async issue({document, key}) {
      const signing = await jose.importJWK(key.secretJwk, key.alg);
      const headers = [
        [Headers.Algorithm, Algorithms[key.alg]],
        [Headers.ContentType, 'application/vc'],
        [Headers.KeyID, Buffer.from(key.method)],
        [TYP, 'application/vc+cose']
      ];
      const message = await Sign1.sign(headers, [], Buffer.from(JSON.stringify(document)), signing);
      return Buffer.from(message.encode()).toString('base64');
    },
    async verify({document, key}) {
      const message = Sign1.decode(Buffer.from(document, 'base64'));
      const verifying = await jose.importJWK(key.jwk, key.alg);
      await message.verify(verifying, {algorithms: [Algorithms[key.alg]]});
      const typ = message.protectedHeaders.get(TYP);
      if(typ !== 'application/vc+cose') {
        throw new Error(`typ ${typ}`);
      }
      return JSON.parse(Buffer.from(message.payload));
    }
  }
};
