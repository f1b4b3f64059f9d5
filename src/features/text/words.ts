/**
 * What a text is made of, as numbers: its words and the character n-grams within them, each hashed to 32 bits. Compatible forms are one (NFKC), so are
 * upper and lower case; a word is a run of letters, marks and digits. N-grams of " word " are four characters long, two in scripts that write
 * no spaces between words or whose characters are syllables (Chinese, Japanese, Korean, Thai…), whose words we do not know.
 */

/** Called with the hash of each word and n-gram, in order, repetitions included. */
export type Visit = (hash: number) => void;

const wordPattern = /[\p{L}\p{M}\p{N}]+/gu;
const denseScripts =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const beyondAscii = /[^\0-\x7f]/;

const gramLength = 4;
const denseGramLength = 2;
/** Of one word; longer ones are no words (encoded pictures, hashes). */
const longestWord = 64;

/** FNV-1a's multiplier; the offsets tell words, n-grams and fields apart. */
const multiplier = 0x01000193;
const wordBasis = 0x811c9dc5;
const gramBasis = 0x2f0b4c47;
const space = 0x20;

/** Spreads the bits of a hash: buckets are its lowest bits. */
function spread(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function visitWord(codes: Uint16Array, length: number, n: number, salt: number, word: Visit, gram: Visit): void {
  let hash = wordBasis ^ salt;
  for (let at = 1; at <= length; at++) hash = Math.imul(hash ^ codes[at], multiplier);
  word(spread(hash));
  // codes[0] and codes[length + 1] are spaces: beginnings and ends of words are told from their insides.
  codes[length + 1] = space;
  const last = Math.max(0, length + 2 - n);
  for (let start = 0; start <= last; start++) {
    let h = gramBasis ^ salt;
    const end = Math.min(start + n, length + 2);
    for (let at = start; at < end; at++) h = Math.imul(h ^ codes[at], multiplier);
    gram(spread(h));
  }
}

function isAsciiWord(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || (code >= 65 && code <= 90);
}

/**
 * A reader of texts with its own scratch memory.
 * @returns a function that visits the words and n-grams of a text; `field` makes the same word in another field another word
 */
export function createWordReader(): (text: string, field: number, word: Visit, gram: Visit) => void {
  const codes = new Uint16Array(longestWord + 2);
  codes[0] = space;

  const readAscii = (text: string, salt: number, word: Visit, gram: Visit): void => {
    let length = 0;
    for (let at = 0; at <= text.length; at++) {
      const code = at < text.length ? text.charCodeAt(at) : space;
      if (isAsciiWord(code)) {
        if (length < longestWord) codes[++length] = code >= 65 && code <= 90 ? code + 32 : code;
      } else if (length > 0) {
        visitWord(codes, length, gramLength, salt, word, gram);
        length = 0;
      }
    }
  };

  const readUnicode = (text: string, salt: number, word: Visit, gram: Visit): void => {
    for (const [found] of text.normalize("NFKC").toLowerCase().matchAll(wordPattern)) {
      const dense = beyondAscii.test(found) && denseScripts.test(found);
      // Text without spaces comes as long runs; they are read in pieces that no n-gram is lost between.
      const step = longestWord - denseGramLength + 1;
      for (let from = 0; from < (dense ? found.length : 1); from += step) {
        const length = Math.min(longestWord, found.length - from);
        for (let at = 0; at < length; at++) codes[at + 1] = found.charCodeAt(from + at);
        visitWord(codes, length, dense ? denseGramLength : gramLength, salt, word, gram);
      }
    }
  };

  return (text, field, word, gram) => {
    const salt = Math.imul(field, 0x9e3779b1);
    if (beyondAscii.test(text)) readUnicode(text, salt, word, gram);
    else readAscii(text, salt, word, gram);
  };
}
