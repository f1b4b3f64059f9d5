import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { madeUpRun } from "../made-up-run.fixture.ts";
import type { RunContent } from "../write-run.ts";
import { renderReport } from "./report.ts";

function page(change: Partial<RunContent> = {}) {
  const html = renderReport({ ...madeUpRun(), ...change });
  return { html, document: parseHTML(html).document };
}

const text = (element: { readonly textContent: string | null } | null | undefined): string =>
  (element?.textContent ?? "").replaceAll(/\s+/g, " ").trim();

describe("the report", () => {
  it("stands alone: no script, nothing to fetch", () => {
    const { html, document } = page();
    expect(document.querySelectorAll("script, link, img, iframe, object").length).toBe(0);
    const withoutNamespaces = html.replaceAll("http://www.w3.org/2000/svg", "");
    expect(withoutNamespaces).not.toMatch(/https?:|url\(|@import|\bsrc=/);
  });

  it("cannot be broken out of by a name", () => {
    const { config } = madeUpRun();
    const name = `<script>alert("1")</script>&'`;
    const { html, document } = page({ config: { ...config, dataset: { ...config.dataset, name } } });
    expect(document.querySelectorAll("script").length).toBe(0);
    expect(html).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;");
  });

  it("draws loss, validation and modality weights, each with a title and a description", () => {
    const charts = [...page().document.querySelectorAll("svg")];
    expect(charts.map((chart) => text(chart.querySelector("title")))).toEqual([
      "Training loss by epoch",
      "Recall at 20 on the validation set by epoch",
      "Modality weights by epoch",
    ]);
    for (const chart of charts) expect(chart.getAttribute("role")).toBe("img");
    expect(text(charts[0]?.querySelector("desc"))).toBe("The loss goes from 8.000 at epoch 0 to 0.7273 at epoch 10.");
    expect(text(charts[1]?.querySelector("desc"))).toBe("3 validations; the best is 0.1500 at epoch 5.");
    expect(text(charts[2]?.querySelector("desc"))).toBe(
      "At the last epoch: image 0.600 and text 0.400. They sum to 1.",
    );
  });

  it("tells every figure, by split and cutoff", () => {
    const { document } = page();
    const rows = [...document.querySelectorAll("section[aria-labelledby=figures] tr")];
    const cells = rows.map((row) => [...row.querySelectorAll("th, td")].map(text));
    expect(cells).toEqual([
      ["Metric", "validation @10", "validation @20", "test @10", "test @20"],
      ["Recall", "0.1100", "0.1500", "0.1000", "0.1400"],
      ["NDCG", "–", "0.0600", "0.0400", "0.0500"],
      ["Precision", "–", "–", "–", "0.0100"],
      ["NDCG (retrieved)", "–", "–", "–", "0.0550"],
    ]);
    expect(document.querySelectorAll("th:not([scope])").length).toBe(0);
  });

  it("tells the item graph, the settings and the environment", () => {
    const facts = new Map(
      [...page().document.querySelectorAll(".facts tr")].map((row) => [
        text(row.querySelector("th")),
        text(row.querySelector("td")),
      ]),
    );
    expect(facts.get("Entries")).toBe("11");
    expect(facts.get("Other items reached, fewest to most")).toBe("0 to 2");
    expect(facts.get("Items that reach no other")).toBe("1");
    expect(facts.get("Modality image")).toBe("weight 0.550, mean cosine of neighbours 0.500");
    expect(facts.get("neighbours")).toBe("2");
    expect(facts.get("learningRateDecay")).toBe("0.96 / 50");
    expect(facts.get("modalities")).toBe("all");
    expect(facts.get("seed")).toBe("7");
    expect(facts.get("Engine")).toBe("reference, float32, 1 thread");
    expect(facts.get("Peak memory")).toBe("123 MB");
  });

  it("does without validation, without test figures and without an item graph", () => {
    const run = madeUpRun();
    const { document } = page({
      metrics: { ...run.metrics, validation: {}, test: {} },
      history: [{ epoch: 0, loss: 1, rankingLoss: 1, regularisationLoss: 0, learningRate: 1e-3, seconds: 1 }],
      weights: { ...run.weights, itemGraph: undefined },
    });
    expect(document.querySelectorAll("svg").length).toBe(1);
    expect(document.querySelector("#graph")).toBeNull();
    expect(document.querySelector("#figures")).toBeNull();
    expect(document.toString()).not.toMatch(/NaN|undefined|Infinity/);
  });
});
