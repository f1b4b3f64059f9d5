import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { brands, colourNames, kindNames, patternNames } from "./catalogue.ts";
import { drawProduct } from "./picture.ts";
import { ordersCsv, productsCsv } from "./raw-files.ts";
import { makeShop, type Shop, type ShopSize } from "./shop.ts";
import { type Match, matchOf } from "./taste.ts";

const sha = (text: Iterable<string>): string => {
  const hash = createHash("sha256");
  for (const part of text) hash.update(part);
  return hash.digest("hex");
};

const bytesOf = (shop: Shop): readonly string[] => [
  sha(ordersCsv(shop)),
  sha(productsCsv(shop)),
  sha(shop.products.map((product) => drawProduct(product, shop.size.seed))),
];

describe("the shop", () => {
  it("repeats byte for byte from its seed, and differs by seed", () => {
    const size = { items: 50, users: 30, seed: 1 };
    const first = bytesOf(makeShop(size));
    expect(bytesOf(makeShop(size))).toEqual(first);
    for (const [n, hash] of bytesOf(makeShop({ ...size, seed: 2 })).entries()) expect(hash).not.toBe(first[n]);
  });

  it("has the same bytes on every machine", () => {
    expect(bytesOf(makeShop({ items: 200, users: 100, seed: 7 }))).toEqual([
      "49df84308541da7ea37adaa310661f6b2bb6a3ae0229165f5908fa9da8a3ab83",
      "9713b18ffc1404704ee002a1274192ce3e63ef216626097388a09a0608dda236",
      "ed27e2b49b7282734ddc5357463547ef9ecd6761d27e35913c2ebd6e20564c7a",
    ]);
  });

  it.each<ShopSize>([
    { items: 20, users: 10, seed: 3 },
    { items: 50, users: 30, seed: 1 },
    { items: 60, users: 5000, seed: 2 },
    { items: 5000, users: 60, seed: 4 },
  ])("comes in any size: $items products, $users customers", (size) => {
    const { products, orders, customerIds } = makeShop(size);
    expect([products.length, customerIds.length]).toEqual([size.items, size.users]);
    expect(new Set(products.map(({ sku }) => sku)).size).toBe(size.items);
    const bought = customerIds.map(() => new Set<number>());
    const faults = orders.filter(({ customer, product, event, time }, n) => {
      if (event === "purchase") bought[customer]?.add(product);
      return time < (orders[n - 1]?.time ?? 0) || bought[customer]?.has(product) !== true || product >= size.items;
    });
    expect(faults).toEqual([]);
    expect(Math.min(...bought.map(({ size: items }) => items))).toBeGreaterThanOrEqual(5);
  });

  it("refuses a shop without choice, and one without customers", () => {
    expect(() => makeShop({ items: 19, users: 30, seed: 1 })).toThrow("items: found 19, expected at least 20");
    expect(() => makeShop({ items: 50, users: 9, seed: 1 })).toThrow("users: found 9, expected at least 10");
  });
});

describe("what is bought", () => {
  const shop = makeShop({ items: 800, users: 600, seed: 5 });
  const purchases = shop.orders.filter(({ event }) => event === "purchase");

  it("has a long tail", () => {
    const sold = new Int32Array(shop.products.length);
    for (const { product } of purchases) sold[product]++;
    sold.sort().reverse();
    const share = (most: number): number =>
      sold.subarray(0, most).reduce((sum, one) => sum + one, 0) / purchases.length;
    expect(share(80)).toBeGreaterThan(0.25);
    expect(share(400)).toBeLessThan(0.95);
  });

  it("follows look, wording and company, each by itself", () => {
    const matches = purchases.flatMap(({ customer, product }): Match[] => {
      const found = shop.products[product];
      return found === undefined ? [] : [matchOf(shop.tasteOf(customer), found)];
    });
    const share = (side: keyof Match): number => matches.filter((match) => match[side]).length / matches.length;
    // By chance two of nine colours, two of eight styles, one of six circles.
    expect(share("look")).toBeGreaterThan(0.5);
    expect(share("wording")).toBeGreaterThan(0.5);
    expect(share("company")).toBeGreaterThan(0.5);
    expect(Math.max(share("look"), share("wording"), share("company"))).toBeLessThan(0.9);
  });

  it("is bought when it is on sale, sent back after it came, and bought again now and then", () => {
    const early = purchases.filter(({ product, time }) => (shop.products[product]?.launched ?? 0) > time);
    expect(early.length).toBeLessThan(purchases.length / 200);
    const pairs = new Set(purchases.map(({ customer, product }) => `${customer} ${product}`));
    expect(pairs.size).toBeLessThan(purchases.length);
    const returns = shop.orders.filter(({ event }) => event === "return");
    expect(returns.length / purchases.length).toBeGreaterThan(0.02);
    expect(returns.length / purchases.length).toBeLessThan(0.08);
  });
});

describe("pictures and texts", () => {
  const { products } = makeShop({ items: 700, users: 10, seed: 6 });

  it("texts say nothing of colour, pattern and brand", () => {
    const unsaid = new RegExp(`\\b(${[...colourNames, ...patternNames, ...brands].join("|")})\\b`, "i");
    for (const { title, description } of products) {
      expect(title).not.toMatch(unsaid);
      expect(description).not.toMatch(unsaid);
    }
  });

  it("pictures depend on nothing but kind, colour and pattern", () => {
    const [product] = products;
    if (product === undefined) throw new Error("no products");
    const drawn = drawProduct(product, 6);
    const other = products.find(({ style }) => style !== product.style) ?? product;
    const { kind, colour, pattern, sku } = product;
    expect(drawProduct({ ...other, kind, colour, pattern, sku }, 6)).toBe(drawn);
    for (const change of [
      { kind: kindNames.find((name) => name !== kind) ?? kind },
      { colour: colourNames.find((name) => name !== colour) ?? colour },
      { pattern: patternNames.find((name) => name !== pattern) ?? pattern },
    ]) {
      expect(drawProduct({ ...product, ...change }, 6)).not.toBe(drawn);
    }
  });

  it("titles and descriptions are varied, and a few products have none", () => {
    expect(new Set(products.map(({ title }) => title)).size).toBeGreaterThan(650);
    const described = products.filter(({ description }) => description !== "");
    expect(new Set(described.map(({ description }) => description)).size).toBe(described.length);
    expect(products.length - described.length).toBe(14);
    expect(products.filter(({ picture }) => picture === "none").length).toBe(11);
    expect(products.filter(({ picture }) => picture === "broken").length).toBe(3);
  });
});
