/**
 * Python literals as data: what `repr` writes for strings, numbers, True, False, None, lists, tuples and dictionaries, read by
 * recursive descent over the characters. The grammar has no names, calls or operators, so nothing that stands in a file can ever run;
 * whatever is not a literal is refused with the column where it stands.
 */
import { DatasetError } from "../../errors.ts";

/** None is null; an integer beyond 2⁵³ is a bigint; lists and tuples are arrays; dictionaries are maps, so that no key is special. */
export type PythonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly PythonValue[]
  | ReadonlyMap<PythonValue, PythonValue>;

/** Lists, tuples and dictionaries inside one another, at most. */
const deepest = 64;

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
]);
/** Letters that introduce a code point in hexadecimal, with how many digits follow. */
const hexadecimalEscapes: ReadonlyMap<string, number> = new Map([
  ["x", 2],
  ["u", 4],
  ["U", 8],
]);
const constants: ReadonlyMap<string, null | boolean> = new Map([
  ["None", null],
  ["True", true],
  ["False", false],
]);

const word = /[\p{L}_][\p{L}\p{N}_]*/uy;
const numeral = /[+-]?(?:(\d+)L?(?![\d.eE])|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/y;

/**
 * Reads one literal that fills the whole text, spaces around it aside.
 * @param label what messages call the text, e.g. `meta_Baby.json.gz line 42`
 * @throws DatasetError with label, column (1-based, in UTF-16 units), what was found and what was expected
 */
export function parsePythonLiteral(text: string, label: string): PythonValue {
  let at = 0;

  const refuse = (column: number, found: string, expected: string): never => {
    throw new DatasetError(
      `${label}, column ${column + 1}: found ${found}, expected ${expected}; a line is one Python literal, and nothing in it is ever run`,
    );
  };
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  const skipBlank = (): void => {
    while (at < text.length && " \t\f\r\n".includes(text.charAt(at))) at++;
  };
  /** What stands here, in a few characters, for a message. */
  const found = (): string => {
    if (at >= text.length) return "the end of the line";
    const name = match(word)?.[0];
    if (name !== undefined) return `${text[at] === "(" ? "a call of" : "the name"} ${JSON.stringify(shortened(name))}`;
    return JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0));
  };
  const refuseHere = (expected: string): never => {
    const column = at;
    return refuse(column, found(), expected);
  };

  const escapedCharacter = (): string => {
    const start = at - 1;
    const letter = text[at] ?? "";
    const simple = simpleEscapes.get(letter);
    if (simple !== undefined) {
      at++;
      return simple;
    }
    const digits = hexadecimalEscapes.get(letter);
    if (digits !== undefined) {
      const code = text.slice(at + 1, at + 1 + digits);
      if (code.length < digits || !/^[\da-fA-F]+$/.test(code))
        return refuse(start, JSON.stringify(`\\${letter}${code}`), `${digits} hexadecimal digits after \\${letter}`);
      const point = Number.parseInt(code, 16);
      if (point > 0x10ffff) return refuse(start, `\\${letter}${code}`, "a code point up to 10FFFF");
      at += 1 + digits;
      return String.fromCodePoint(point);
    }
    const octal = /^[0-7]{1,3}/.exec(text.slice(at, at + 3))?.[0];
    if (octal !== undefined) {
      at += octal.length;
      return String.fromCodePoint(Number.parseInt(octal, 8));
    }
    if (letter === "N")
      return refuse(start, "a character by its name (\\N)", "the character itself, or \\u and its number");
    // Python keeps the backslash of an escape that it does not know.
    return "\\";
  };

  /** The first backslash from `at` on; searched for once, not for every string of a line. */
  let backslash = text.indexOf("\\");
  const string = (quote: string, raw: boolean): string => {
    const start = at;
    at++;
    let value = "";
    for (;;) {
      if (backslash >= 0 && backslash < at) backslash = text.indexOf("\\", at);
      const end = text.indexOf(quote, at);
      if (end < 0) return refuse(start, "a string that does not end", `${quote} before the end of the line`);
      if (backslash < 0 || end < backslash) {
        value += text.slice(at, end);
        at = end + 1;
        return value;
      }
      value += text.slice(at, backslash);
      at = backslash + 1;
      if (!raw) value += escapedCharacter();
      else {
        // In a raw string a backslash stays, and keeps the quote after it from ending the string.
        value += `\\${text[at] ?? ""}`;
        at++;
      }
    }
  };

  /** Elements up to `close`; `element` reads one. @returns whether a comma stood last */
  const elements = (close: string, element: () => void): boolean => {
    at++;
    let comma = false;
    for (;;) {
      skipBlank();
      if (text[at] === close) {
        at++;
        return comma;
      }
      element();
      skipBlank();
      comma = text[at] === ",";
      if (comma) at++;
      else if (text[at] !== close) refuseHere(`"," or ${JSON.stringify(close)}`);
    }
  };

  const value = (depth: number): PythonValue => {
    skipBlank();
    const first = text[at] ?? "";
    if (first === "'" || first === '"') return string(first, false);
    if ("[({".includes(first) && first !== "") {
      if (depth === deepest) return refuse(at, `brackets ${depth + 1} deep`, `at most ${deepest}`);
      const list: PythonValue[] = [];
      switch (first) {
        case "[":
          elements("]", () => list.push(value(depth + 1)));
          return list;
        case "(": {
          const comma = elements(")", () => list.push(value(depth + 1)));
          // (x) is x; (x,) is a tuple.
          return list.length === 1 && !comma ? (list[0] ?? null) : list;
        }
        default: {
          const entries = new Map<PythonValue, PythonValue>();
          elements("}", () => {
            const column = at;
            const key = value(depth + 1);
            if (key !== null && typeof key === "object")
              refuse(column, "a list, tuple or dictionary", "a string or a number as key");
            skipBlank();
            if (text[at] !== ":") refuseHere('":" after a key');
            at++;
            entries.set(key, value(depth + 1));
          });
          return entries;
        }
      }
    }
    const number = match(numeral);
    if (number !== null) {
      const [whole, digits] = number;
      const plain = Number(digits === undefined ? whole : whole.replace("L", ""));
      return digits === undefined || Number.isSafeInteger(plain) ? plain : BigInt(whole.replace(/^\+|L$/g, ""));
    }
    const start = at;
    const name = match(word)?.[0];
    if (name === undefined) return refuseHere("a value");
    const quote = text[at];
    if (/^[uUrR]$/.test(name) && (quote === "'" || quote === '"')) return string(quote, name === "r" || name === "R");
    const constant = constants.get(name);
    if (constant !== undefined) return constant;
    at = start;
    return refuseHere("a string, a number, True, False, None, a list, a tuple or a dictionary");
  };

  const result = value(0);
  skipBlank();
  if (at < text.length) refuseHere("the end of the line after the value");
  return result;
}

function shortened(name: string): string {
  return name.length <= 40 ? name : `${name.slice(0, 40)}…`;
}
