// Credentials as JWTs, by jose: VC-JOSE-COSE (typ vc+jwt), and Open Badges 3.0 §8.2 (typ JWT).
import * as jose from 'jose';

const CREDENTIALS_V1 = 'https://www.w3.org/2018/credentials/v1';
const isV1 = document => document['@context'][0] === CREDENTIALS_V1;
const seconds = text => Math.floor(Date.parse(text) / 1000);

function header({method, jwk, alg}, profile) {
  return profile === 'vc+jwt' ?
    {alg, typ: 'vc+jwt', cty: 'vc', kid: method} : {alg, typ: 'JWT', jwk};
}

function claims(document) {
  const subject = [document.credentialSubject].flat()[0];
  const begin = document.validFrom ?? document.issuanceDate;
  const end = document.validUntil ?? document.expirationDate;
  const found = {
    iss: document.issuer.id ?? document.issuer,
    jti: document.id,
    sub: subject.id,
    nbf: begin && seconds(begin),
    exp: end && seconds(end)
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

const profile = name => ({
  async issue({document, key}) {
    // A credential of the Data Model 1.1 stands in a claim of its own.
    const body = isV1(document) ? {vc: document} : document;
    const payload = name === 'vc+jwt' ? body : {...body, ...claims(document)};
    const signing = await jose.importJWK(key.secretJwk, key.alg);
    return new jose.SignJWT(payload).setProtectedHeader(header(key, name)).sign(signing);
  },
  async verify({document, key}) {
    const getKey = name === 'vc+jwt' ? async ({kid}) => {
      if(kid !== key.method) {
        throw new Error(`unknown kid: ${kid}`);
      }
      return jose.importJWK(key.jwk, key.alg);
    } : jose.EmbeddedJWK;
    const {payload} = await jose.jwtVerify(
      document, getKey, {algorithms: [key.alg], typ: header(key, name).typ});
    return payload;
  }
});

export const jwt = {'vc+jwt': profile('vc+jwt'), 'ob3-jwt': profile('ob3-jwt')};
