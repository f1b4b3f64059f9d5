import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { pythonText } from "./amazon-files.fixture.ts";
import { type PythonValue, parsePythonLiteral } from "./python-literal.ts";

const read = (text: string): PythonValue => parsePythonLiteral(text, "meta_Baby.json.gz line 3");

/** What JSON has for the same value. */
function plain(value: PythonValue): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [String(key), plain(one)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

describe("Python literals", () => {
  const readings: readonly (readonly [string, PythonValue])[] = [
    [String.raw`'it\'s'`, "it's"],
    [`"it's"`, "it's"],
    [String.raw`'\\ \" \a\b\f\n\r\t\v'`, '\\ " \x07\b\f\n\r\t\v'],
    [String.raw`'\x41\u00e9\U0001F600\101\0\60'`, "Aé😀A\0" + "0"],
    [String.raw`'\ud83d\ude00'`, "😀"],
    [String.raw`'\d \. \8'`, String.raw`\d \. \8`],
    ["u'é' ", "é"],
    ['U"x"', "x"],
    [String.raw`r'a\n\'b'`, String.raw`a\n\'b`],
    ["''", ""],
    ["0", 0],
    ["-12", -12],
    ["+7", 7],
    ["10L", 10],
    ["123456789012345678901", 123456789012345678901n],
    ["3.17", 3.17],
    ["5.", 5],
    [".5", 0.5],
    ["-1.5e-3", -0.0015],
    ["2E10", 2e10],
    ["[]", []],
    ["()", []],
    ["(1)", 1],
    ["(1,)", [1]],
    ["(1, 'a', None)", [1, "a", null]],
    ["[True, False, None,]", [true, false, null]],
    ["\t{ } \r", new Map()],
    [
      "{'a': {'b': [(1, 2)]}, 3: 'c'}",
      new Map<PythonValue, PythonValue>([
        ["a", new Map([["b", [[1, 2]]]])],
        [3, "c"],
      ]),
    ],
    ["{'__proto__': 1}", new Map([["__proto__", 1]])],
  ];
  test.each(readings)("%s", (text, value) => {
    expect(read(text)).toEqual(value);
  });

  it("give back whatever repr wrote", () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: "binary" }),
        fc.string({ unit: fc.constantFrom("'", '"', "\\", "\n", "u", "x", "\u2028", "é", "😀", "0") }),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("any"), { maxLength: 4 }),
        fc.dictionary(fc.string({ minLength: 1 }), tie("any"), { maxKeys: 4 }),
      ),
    })).any;
    fc.assert(
      fc.property(value, (one) => {
        expect(plain(read(pythonText(one)))).toEqual(one);
      }),
    );
  });

  it("either are read or refused with a place, whatever the text", () => {
    const pieces = fc.constantFrom(
      "'",
      '"',
      "\\",
      "[",
      "]",
      "(",
      ")",
      "{",
      "}",
      ",",
      ":",
      "u",
      "r",
      "1",
      ".",
      "e",
      "-",
      " ",
      "None",
      "x(",
      "é",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (text) => {
        try {
          read(text.join(""));
        } catch (error) {
          expect(error).toHaveProperty("name", "DatasetError");
          expect(String(error)).toMatch(/meta_Baby\.json\.gz line 3, column \d+: found .+, expected .+/);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("what is no literal is refused, never run:", () => {
  const refusals: readonly (readonly [string, number, string])[] = [
    ["__import__('os').system('touch x')", 1, 'found a call of "__import__"'],
    ["{'asin': open('/etc/passwd').read()}", 10, 'found a call of "open"'],
    ["{'asin': os.environ}", 10, 'found the name "os"'],
    ["[x for x in ()]", 2, 'found the name "x"'],
    ["lambda: 1", 1, 'found the name "lambda"'],
    ["1 + 1", 3, 'found "+", expected the end of the line'],
    ["'a' 'b'", 5, `found "'", expected the end of the line`],
    ["'a' % 1", 5, 'found "%"'],
    ["{'a', 'b'}", 5, 'found ",", expected ":" after a key'],
    ["{[1]: 2}", 2, "found a list, tuple or dictionary, expected a string or a number as key"],
    ["[1 2]", 4, 'found "2", expected "," or "]"'],
    ["{'a': 1", 8, 'found the end of the line, expected "," or "}"'],
    ["'never ends", 1, "found a string that does not end"],
    ["'ends in \\", 1, "found a string that does not end"],
    ["", 1, "found the end of the line, expected a value"],
    ["{'a': null}", 7, 'found the name "null"'],
    ["{'a': nan}", 7, 'found the name "nan"'],
    ["b'bytes'", 1, 'found the name "b"'],
    ["f'{1}'", 1, 'found the name "f"'],
    ["{1: 2}[1]", 7, 'found "[", expected the end of the line'],
    [String.raw`'a\N{BULLET}'`, 3, String.raw`found a character by its name (\N)`],
    [String.raw`'\x4'`, 2, String.raw`expected 2 hexadecimal digits after \x`],
    [String.raw`'\U00110000'`, 2, "expected a code point up to 10FFFF"],
    ["[".repeat(100_000), 65, "found brackets 65 deep, expected at most 64"],
  ];
  test.each(refusals)("%s", (text, column, message) => {
    expect(() => read(text)).toThrow(`meta_Baby.json.gz line 3, column ${column}: `);
    expect(() => read(text)).toThrow(message);
  });
});
