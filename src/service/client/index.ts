/** `latticework/client`: a typed client of a service, on nothing but `fetch`. */
export {
  type ClientOptions,
  createClient,
  type LatticeworkClient,
  type PatchItem,
  type PutItem,
  type RecommendRules,
  type SessionItems,
} from "./client.ts";
export { ServiceProblem } from "./exchange.ts";
