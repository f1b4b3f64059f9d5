/** Which features of items are made, kept and made again, by encoders that can be opened at one time and not at another. */
import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../store/memory-store.fixture.ts";
import type { ItemWrite, Store } from "../store/store.ts";
import type { EncodableItem } from "./dataset-encoders.ts";
import { encodedAnew, encodeWrites, type ModelEncoding } from "./encode-items.ts";

const sources = {
  text: { kind: "text", columns: ["title", "description"] },
  image: { kind: "image", columns: ["image"] },
} as const;
type Modality = keyof typeof sources;

const lengthOf = (text = ""): Float32Array => Float32Array.of(text.length);

/** Encodes a text as its length, a picture as its first byte; what it is given is listed. */
function encodingOf(open: readonly Modality[], { by = "one", known = true } = {}) {
  const given: EncodableItem[] = [];
  const encoding: ModelEncoding["encoding"] = {
    kinds: Object.fromEntries(open.map((name) => [name, sources[name].kind])),
    sources: known ? sources : {},
    without: {},
    encode: async (items) => {
      given.push(...items);
      return items.map(({ title = "", text = "", picture }) => ({
        ...(open.includes("text") && title + text !== "" ? { text: lengthOf(title + text) } : {}),
        ...(open.includes("image") && picture !== undefined ? { image: Float32Array.of(picture[0]) } : {}),
      }));
    },
    close: async () => undefined,
  };
  return { by, encoding, given };
}

const itemWith = (more: Partial<ItemWrite>): ItemWrite => ({
  id: "a",
  categories: [],
  attributes: {},
  features: {},
  encoded: { by: "", features: {} },
  ...more,
});

function shop() {
  const store = createMemoryStore();
  return {
    store,
    put: async (by: ModelEncoding, more: Partial<ItemWrite>) => {
      const written = await encodeWrites(by, [itemWith(more)], store);
      await store.putItems(written.map(({ write }) => write));
    },
    open: async (by: ModelEncoding, through: Pick<Store, "picture" | "putEncoded"> = store) => {
      for await (const block of store.items()) return encodedAnew(by, block, through);
      return [];
    },
    encoded: async () => (await store.item("a"))?.encoded,
  };
}

const picture = Uint8Array.of(7);
const both = { by: "one", features: { text: lengthOf("lamp"), image: Float32Array.of(7) } };

describe("features of an item", () => {
  it("that was written while an encoder could not be opened are made when it can be", async () => {
    for (const missing of ["text", "image"] as const) {
      const { put, open, encoded } = shop();
      const other = missing === "text" ? "image" : "text";
      await put(encodingOf([other]), { title: "lamp", picture });
      expect(await encoded()).toEqual({ by: "one", features: { [other]: both.features[other] } });
      expect((await open(encodingOf(["text", "image"])))[0].encoded).toEqual(both);
      expect(await encoded()).toEqual(both);
    }
  });

  it("are made when it is written again as well", async () => {
    const { put, encoded } = shop();
    await put(encodingOf([]), { title: "lamp", picture });
    await put(encodingOf(["text", "image"]), { title: "lamp" });
    expect(await encoded()).toEqual(both);
  });

  it("are not made again where they are there, or where there is nothing to make them of", async () => {
    const { put, open } = shop();
    const encoders = encodingOf(["text", "image"]);
    await put(encoders, { title: "lamp", picture });
    await open(encoders);
    await put(encoders, { title: "lamp", attributes: { size: 3 } });
    expect(encoders.given).toHaveLength(1);
    await put(encoders, { categories: ["lamps"], picture: null });
    await open(encoders);
    expect(encoders.given).toHaveLength(1);
  });

  it("stay where their encoder cannot be opened and what they were made of does not change", async () => {
    const { put, encoded } = shop();
    await put(encodingOf(["text", "image"]), { title: "lamp", picture });
    await put(encodingOf(["text"]), { title: "desk lamp" });
    expect((await encoded())?.features).toEqual({ text: lengthOf("desk lamp"), image: both.features.image });
    await put(encodingOf([]), { title: "desk lamp", picture: Uint8Array.of(8) });
    expect((await encoded())?.features).toEqual({ text: lengthOf("desk lamp") });
    await put(encodingOf(["image"]), { title: "lamp" });
    expect((await encoded())?.features).toEqual({ image: Float32Array.of(8) });
  });

  it("stay where nobody says what they were made of and nothing changes", async () => {
    const { put, encoded } = shop();
    await put(encodingOf(["text", "image"]), { title: "lamp", picture });
    await put(encodingOf([], { known: false }), { title: "lamp", expiresAt: 1 });
    expect(await encoded()).toEqual(both);
    await put(encodingOf([], { known: false }), { title: "desk lamp" });
    expect(await encoded()).toEqual({ by: "one", features: {} });
  });

  it("that others have written meanwhile are not those of what was read", async () => {
    const { put, open, encoded } = shop();
    await put(encodingOf([]), { title: "lamp" });
    const encoders = encodingOf(["text"]);
    const slow: ModelEncoding = {
      ...encoders,
      encoding: {
        ...encoders.encoding,
        encode: async (items) => {
          await put(encodingOf(["text"]), { title: "desk lamp" });
          return encoders.encoding.encode(items);
        },
      },
    };
    await open(slow);
    expect((await encoded())?.features).toEqual({ text: lengthOf("desk lamp") });
  });

  it("are not made of a picture that another process has put in the place of the one that was read", async () => {
    const { put, open, encoded, store } = shop();
    const image = encodingOf(["image"]);
    await put(encodingOf([]), { picture });
    const replace = () => put(encodingOf([]), { picture: Uint8Array.of(8) });
    const slow: ModelEncoding = {
      ...image,
      encoding: {
        ...image.encoding,
        encode: async (items) => {
          await replace();
          return image.encoding.encode(items);
        },
      },
    };
    await open(slow);
    expect((await encoded())?.features).toEqual({});
    await put(encodingOf([]), { picture });
    await open(image, {
      ...store,
      picture: async (id) => {
        await replace();
        const found = await store.picture(id);
        await put(encodingOf([]), { picture });
        return found;
      },
    });
    expect((await encoded())?.features).toEqual({});
    await open(image);
    expect((await encoded())?.features).toEqual({ image: Float32Array.of(7) });
  });

  it("of other encoders do not", async () => {
    const { put, open, encoded } = shop();
    await put(encodingOf(["text", "image"]), { title: "lamp", picture });
    await open(encodingOf(["text"], { by: "two" }));
    expect(await encoded()).toEqual({ by: "two", features: { text: lengthOf("lamp") } });
  });
});
