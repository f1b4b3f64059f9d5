/** When items expire: each is hidden once, however many there are. */
import { describe, expect, it } from "vitest";
import { createItemExpiries } from "./item-expiries.ts";

describe("expiries of items", () => {
  it("are told once, when their time has come, of a large catalogue too", () => {
    const expiries = createItemExpiries();
    for (let n = 0; n < 300_000; n++) expiries.set(`i${n}`, 1000 + n);
    const told: (readonly string[])[] = [];
    const expire = (time: number) => expiries.expire(time, (ids) => told.push(ids));
    expect([expire(999), expire(1001), expire(1001)]).toEqual([false, true, false]);
    expiries.set("i2", undefined);
    expiries.set("i3", 1_000_000);
    expect([expire(1003), expire(1004)]).toEqual([false, true]);
    expect(told).toEqual([["i0", "i1"], ["i4"]]);
  });

  it("are told again where they could not be hidden", () => {
    const expiries = createItemExpiries();
    expiries.set("a", 10);
    const fail = (): void => {
      throw new Error("no");
    };
    expect(() => expiries.expire(10, fail)).toThrow("no");
    const told: string[] = [];
    expect(expiries.expire(10, (ids) => told.push(...ids))).toBe(true);
    expect(told).toEqual(["a"]);
  });
});
