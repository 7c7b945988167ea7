// Credentials by the doors of @digitalbazaar/vc, as an application would.
import * as vc from '@digitalbazaar/vc';

// A suite remembers the document that it saw last, so each call gets a new one.
export const issue = ({document, suite, documentLoader}) =>
  vc.issue({credential: document, suite, documentLoader});

export const derive = ({document, suite, documentLoader}) =>
  vc.derive({verifiableCredential: document, suite, documentLoader});

export async function verify({document, suite, documentLoader}) {
  // Status is not what is compared here.
  const checkStatus = async () => ({verified: true});
  const result = await vc.verifyCredential({credential: document, suite, documentLoader, checkStatus});
  if(!result.verified) {
    throw result.error ?? new Error('not verified');
  }
}
