/**
 * Every kernel by number, as `src/engine/kernels.ts` lists them, and the calls that run one.
 */
import * as elements from "./elements";
import * as rows from "./rows";
import * as smooth from "./smooth";
import * as sparse from "./sparse";
import * as values from "./sparse-values";
import * as products from "./products";
import * as lists from "./lists";
import * as neighbours from "./neighbours";
import * as ranking from "./ranking";
import * as learning from "./learning";
import * as ceilings from "./ceilings";

export { enter, fail, finish, parallel, serial, serve, stop } from "./control";

export function runKernel(kernel: i32, chunk: i32): void {
  switch (kernel) {
    case 0: return elements.zero(chunk);
    case 1: return elements.fill(chunk);
    case 2: return elements.scale(chunk);
    case 3: return elements.multiplyElements(chunk);
    case 4: return elements.leakyRelu(chunk);
    case 5: return elements.leakyReluGradient(chunk);
    case 6: return elements.dropout(chunk);
    case 7: return elements.dot(chunk);
    case 8: return rows.gatherRows(chunk);
    case 9: return rows.scatterAddRows(chunk);
    case 10: return rows.columnSums(chunk);
    case 11: return rows.normaliseRows(chunk);
    case 12: return rows.normaliseRowsGradient(chunk);
    case 13: return sparse.spmm(chunk);
    case 14: return sparse.spmmRows(chunk);
    case 15: return sparse.spmmFromRows(chunk);
    case 16: return values.sampledProduct(chunk);
    case 17: return values.rowSums(chunk);
    case 18: return values.applyScales(chunk);
    case 19: return values.scaleGradients(chunk);
    case 20: return values.symmetricGradient(chunk);
    case 21: return values.scatterAddValues(chunk);
    case 22: return values.gatherValues(chunk);
    case 23: return products.packShared(chunk);
    case 24: return products.productByRows(chunk);
    case 25: return products.productByColumns(chunk);
    case 26: return neighbours.inverseNorms(chunk);
    case 27: return lists.prepareLists(chunk);
    case 28: return neighbours.cosinePairs(chunk);
    case 29: return lists.mergeLists(chunk);
    case 30: return ranking.rankBlock(chunk);
    case 31: return learning.bprScores(chunk);
    case 32: return learning.bprGradients(chunk);
    case 33: return learning.adam(chunk);
    case 34: return ceilings.registerMultiplyAdd(chunk);
    case 35: return ceilings.copy(chunk);
    case 36: return ceilings.gatherRandomRows(chunk);
    case 37: return sparse.slotFlags(chunk);
    case 38: return rows.copyColumns(chunk);
    case 39: return smooth.logistic(chunk);
    case 40: return smooth.logisticGradient(chunk);
    case 41: return smooth.softmaxRows(chunk);
    case 42: return smooth.softmaxRowsGradient(chunk);
    case 43: return smooth.softmaxEntries(chunk);
    case 44: return smooth.softmaxEntriesGradient(chunk);
    case 45: return elements.keepLarger(chunk);
    case 46: return elements.winnersGradient(chunk);
    case 47: return ranking.rankUser(chunk);
  }
}
