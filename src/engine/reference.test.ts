import { engineConformance } from "./engine.conformance.ts";
import { createReferenceEngine } from "./reference.ts";

engineConformance("reference, float64", async () => createReferenceEngine("float64"));
engineConformance("reference, float32", async () => createReferenceEngine("float32"));
