/** Figures for Prometheus: requests by route and status, how long they took, how often answers were at hand, and the process. No ids in labels. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { AnswerCache } from "../living/answer-cache.ts";
import type { LivingModel } from "../living/living-model.ts";

export interface ServiceMetrics {
  readonly registry: Registry;
  /** @param seconds until the answer had left */
  request(method: string, route: string, status: number, seconds: number): void;
}

export function createMetrics(answers: AnswerCache, living: LivingModel): ServiceMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Counter({
    name: "latticework_requests_total",
    help: "Requests answered",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const durations = new Histogram({
    name: "latticework_request_seconds",
    help: "Time until an answer had left",
    labelNames: ["route"],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  });
  new Gauge({
    name: "latticework_answer_cache_hits",
    help: "Lists answered from the cache",
    registers,
    collect() {
      this.set(answers.hits);
    },
  });
  new Gauge({
    name: "latticework_answer_cache_misses",
    help: "Lists computed",
    registers,
    collect() {
      this.set(answers.misses);
    },
  });
  new Gauge({
    name: "latticework_model_info",
    help: "The model that is served",
    labelNames: ["version"],
    registers,
    collect() {
      this.reset();
      this.set({ version: living.served.version }, 1);
    },
  });
  return {
    registry,
    request: (method, route, status, seconds) => {
      requests.inc({ method, route, status });
      durations.observe({ route }, seconds);
    },
  };
}
