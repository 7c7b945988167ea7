// SD-JWT (RFC 9901) and SD-JWT VC, by @sd-jwt/core and @sd-jwt/sd-jwt-vc.
import * as jose from 'jose';
import {createHash, randomBytes} from 'node:crypto';
import {SDJwtInstance} from '@sd-jwt/core';
import {SDJwtVcInstance} from '@sd-jwt/sd-jwt-vc';

const encode = bytes => Buffer.from(bytes).toString('base64url');
const hash = name => name.replace('sha-', 'sha');

// What @sd-jwt leaves to its users: signatures, hashes and salts.
async function instance(Library, key) {
  const sign = key.secretJwk && await jose.importJWK(key.secretJwk, key.alg);
  const verify = await jose.importJWK(key.jwk, key.alg);
  return new Library({
    omitTyp: true,
    signAlg: key.alg,
    hashAlg: 'sha-256',
    hasher: (data, name) => createHash(hash(name)).update(Buffer.from(data)).digest(),
    saltGenerator: length => encode(randomBytes(length)),
    signer: async text => {
      const [header, payload] = text.split('.');
      const jws = await new jose.FlattenedSign(Buffer.from(payload, 'base64url'))
        .setProtectedHeader(JSON.parse(Buffer.from(header, 'base64url'))).sign(sign);
      // The header must be the bytes that were given.
      if(jws.protected !== header) {
        throw new Error('the header was written in another way');
      }
      return jws.signature;
    },
    verifier: async (text, signature) => {
      await jose.compactVerify(`${text}.${signature}`, verify, {algorithms: [key.alg]});
      return true;
    }
  });
}

// Frames say what may be disclosed, or what is, as trees; JSON Pointers say it here.
function frame(pointers, mark) {
  const tree = {};
  for(const pointer of pointers) {
    const names = pointer.split('/').slice(1).map(name => name.replaceAll('~1', '/').replaceAll('~0', '~'));
    let node = tree;
    for(const name of names.slice(0, -1)) {
      // What is shown inside something shows that too.
      node = node[name] = typeof node[name] === 'object' ? node[name] : {};
    }
    mark(node, names.at(-1));
  }
  return tree;
}

// An index into an array is a number.
const place = name => /^\d+$/.test(name) ? Number(name) : name;

const VCT = 'https://example.edu/types#Badge';
// An SD-JWT VC names its type and its issuer in claims of its own.
const claims = (typ, {issuer}) => typ === 'dc+sd-jwt' ? {vct: VCT, iss: issuer.id ?? issuer} : {};

const suite = (Library, typ) => ({
  async issue({document, key, disclosable}) {
    const header = {typ, kid: key.method};
    const tree = frame(disclosable, (node, name) => (node._sd ??= []).push(place(name)));
    const payload = {...document, ...claims(typ, document)};
    return (await instance(Library, key)).issue(payload, tree, {header});
  },
  async derive({document, key, selectivePointers}) {
    const tree = frame(selectivePointers, (node, name) => node[name] ??= true);
    return (await instance(Library, key)).present(document, tree);
  },
  async verify({document, key}) {
    const {payload, header} = await (await instance(Library, key)).verify(document);
    if(header.typ !== typ || header.alg !== key.alg) {
      throw new Error(`typ ${header.typ}, alg ${header.alg}`);
    }
    const {vct, ...credential} = payload;
    return credential;
  }
});

export const sdJwt = {
  'vc+sd-jwt': suite(SDJwtInstance, 'vc+sd-jwt'),
  'dc+sd-jwt': suite(SDJwtVcInstance, 'dc+sd-jwt')
};
