/**
 * The text inside an npy header, a Python dictionary of three entries: understood without Python, and written as NumPy does, padded so that
 * the numbers begin at a multiple of 64 bytes.
 */
import { DatasetError } from "../errors.ts";

export type NpyType = "float16" | "float32" | "float64" | "int32" | "int64";

/** 93 "NUMPY" */
export const npyMagic: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

const typesByDescription: ReadonlyMap<string, NpyType> = new Map([
  ["<f2", "float16"],
  ["<f4", "float32"],
  ["<f8", "float64"],
  ["<i4", "int32"],
  ["<i8", "int64"],
]);

/** @throws DatasetError for Fortran order, big-endian numbers, and types other than the five */
export function parseNpyHeader(header: string, label: string): { type: NpyType; shape: readonly number[] } {
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const shapeText = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(header)?.[1];
  const description = /'descr'\s*:\s*('[^']*'|\[)/.exec(header)?.[1];
  if (order === undefined || shapeText === undefined || description === undefined) {
    throw new DatasetError(
      `${label} has an npy header without 'descr', 'fortran_order' or 'shape': found ${JSON.stringify(header.trim().slice(0, 120))}; write it with numpy.save`,
    );
  }
  const code = description.replaceAll("'", "");
  if (code.startsWith(">")) {
    throw new DatasetError(
      `${label} is big-endian (${code}), expected little-endian; save it again with x.astype("<${code.slice(1)}")`,
    );
  }
  const type = typesByDescription.get(code);
  if (type === undefined) {
    throw new DatasetError(
      `${label} holds values of type ${code === "[" ? "record" : code}, expected float16, float32, float64, int32 or int64; save it again with x.astype("float32")`,
    );
  }
  if (order === "True") {
    throw new DatasetError(
      `${label} is in Fortran (column) order, expected C (row) order; save it again with numpy.ascontiguousarray(x)`,
    );
  }
  const shape = shapeText
    .split(",")
    .map((part) => part.trim().replace("L", ""))
    .filter((part) => part !== "")
    .map(Number);
  return { type, shape };
}

/** A whole header, magic and all, of version 1. */
export function composeNpyHeader(description: string, shape: readonly number[]): Uint8Array {
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dictionary = `{'descr': '${description}', 'fortran_order': False, 'shape': (${extents}), }`;
  const padding = 64 - ((10 + dictionary.length + 1) % 64);
  const text = `${dictionary}${" ".repeat(padding % 64)}\n`;
  const header = Buffer.alloc(10 + text.length);
  header.set([...npyMagic, 1, 0]);
  header.writeUInt16LE(text.length, 8);
  header.write(text, 10, "latin1");
  return header;
}
