// What the libraries may look up: contexts out of memory, and the keys that did:key is. Nothing is fetched.

// The Multikey of a DID URL did:key:z…#z….
export function multikeyOf(method) {
  const [controller, fragment] = method.split('#');
  return {
    '@context': 'https://w3id.org/security/multikey/v1',
    id: `${controller}#${fragment ?? controller.slice('did:key:'.length)}`,
    type: 'Multikey',
    controller,
    publicKeyMultibase: controller.slice('did:key:'.length)
  };
}

export function makeLoader(contexts) {
  return async function documentLoader(url) {
    let document = Object.hasOwn(contexts, url) ? contexts[url] : undefined;
    if(url.startsWith('did:key:')) {
      const key = multikeyOf(url);
      document = url.includes('#') ? key : {
        '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
        id: url,
        verificationMethod: [key],
        assertionMethod: [key.id],
        authentication: [key.id]
      };
    }
    if(document === undefined) {
      throw new Error(`not in memory: ${url}`);
    }
    return {contextUrl: null, documentUrl: url, document};
  };
}
