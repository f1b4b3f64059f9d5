import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { comparisonSchema } from "../comparison-format.ts";
import { madeUpComparison } from "../made-up-comparison.fixture.ts";
import { renderComparison } from "./page.ts";

const text = (element: { readonly textContent: string | null } | null): string =>
  (element?.textContent ?? "").replaceAll(/\s+/g, " ").trim();

describe("the page of a comparison", () => {
  it("stands alone and cannot be broken out of by a name", () => {
    const made = madeUpComparison();
    const page = renderComparison({ ...made, dataset: { ...made.dataset, name: `<script>alert("1")</script>` } });
    const { document } = parseHTML(page);
    expect(document.querySelectorAll("script, link, img, iframe, object").length).toBe(0);
    expect(page.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|url\(|@import|\bsrc=/);
  });

  it("draws bars, time, weights and sensitivity, each told in words", () => {
    const { document } = parseHTML(renderComparison(comparisonSchema.parse(madeUpComparison())));
    const charts = [...document.querySelectorAll("svg")].map((chart) => [
      text(chart.querySelector("title")),
      text(chart.querySelector("desc")),
    ]);
    expect(charts).toEqual([
      [
        "Recall@20 on the test set with 95% intervals over users",
        "wide 0.3000 (0.2800 to 0.3200); narrow 0.2000 (0.1800 to 0.2200).",
      ],
      [
        "NDCG@20 on the test set with 95% intervals over users",
        "wide 0.1500 (0.1300 to 0.1700); narrow 0.1000 (0.0800 to 0.1200).",
      ],
      ["Recall@20 against training time", "wide 0.3000 in 20.0 s; narrow 0.2000 in 10.0 s."],
      [
        "Weights of the modalities in the item graph",
        "narrow: image 0.250; narrow: text 0.750; wide: image 0.250; wide: text 0.750.",
      ],
      ["Recall@20 by neighbours k", "0.2000 at 5, 0.3000 at 20."],
    ]);
  });

  it("sets the labels of many models at nearly one point apart", () => {
    const made = madeUpComparison();
    const [one] = made.contenders;
    const contenders = Array.from({ length: 25 }, (_, index) => ({
      ...(one ?? made.contenders[1]),
      name: `model-${index}`,
      test: { "recall@20": { mean: 0.2 + (index % 7) / 3000 } },
      cost: { ...one?.cost, seconds: { mean: 10 + index / 1000 } },
    }));
    const page = renderComparison(comparisonSchema.parse({ ...made, contenders, sensitivity: [] }));
    const chart = [...parseHTML(page).document.querySelectorAll("svg")].find((svg) =>
      text(svg.querySelector("title")).endsWith("against training time"),
    );
    const labels = [...(chart?.querySelectorAll("text") ?? [])].filter((label) => /^model-\d+$/.test(text(label)));
    const moved = (transform: string | null | undefined): number =>
      Number(/translate\([^,]+,([-\d.]+)\)/.exec(transform ?? "")?.[1] ?? 0);
    const heights = labels
      .map((label) => moved(label.getAttribute("transform")) + moved(label.parentElement?.getAttribute("transform")))
      .sort((a, b) => a - b);
    expect(heights).toHaveLength(25);
    heights.slice(1).forEach((height, index) => {
      expect(height - (heights[index] ?? 0)).toBeGreaterThan(13);
    });
  });

  it("tells differences with their corrected p-value", () => {
    const { document } = parseHTML(renderComparison(madeUpComparison()));
    const rows = [...document.querySelectorAll("section[aria-labelledby=significance] tbody tr")];
    expect(rows.map((row) => [...row.querySelectorAll("th, td")].map(text))).toEqual([
      ["narrow", "Recall@20", "−33.3%", "-0.1200 to -0.0800", "40", "0.010", "0.020", "▼ worse"],
      ["narrow", "NDCG@20", "−33.3%", "-0.0600 to 0.0100", "40", "0.200", "0.200", "none shown"],
    ]);
  });
});
