/** The graph library with its layout and its communities, which are CommonJS packages whose declarations speak of ES modules: required, and given their types here. */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

export const UndirectedGraph: typeof import("graphology").UndirectedGraph = require("graphology").UndirectedGraph;
export const forceAtlas2: typeof import("graphology-layout-forceatlas2").default = require("graphology-layout-forceatlas2");
export const louvain: typeof import("graphology-communities-louvain").default = require("graphology-communities-louvain");
