// Texts in PNGs by png-itxt, which knows nothing of badges: pictures are base64, texts are under the standard's keyword.
import itxt from 'png-itxt';

const keyword = 'openbadgecredential';

export const pictures = {
  picture: {
    // The text in a picture.
    async verify({document}) {
      return new Promise((resolve, reject) => {
        const reader = itxt.get(keyword, (error, found) => error || !found ? reject(error ?? new Error('no text')) :
          resolve(found.value));
        reader.end(Buffer.from(document, 'base64'));
      });
    },
    // A picture with a text.
    async issue({document, image}) {
      return new Promise((resolve, reject) => {
        const parts = [];
        const writer = itxt.set({keyword, value: document});
        writer.on('data', part => parts.push(part));
        writer.on('end', () => resolve(Buffer.concat(parts).toString('base64')));
        writer.on('error', reject);
        writer.end(Buffer.from(image, 'base64'));
      });
    }
  }
};
