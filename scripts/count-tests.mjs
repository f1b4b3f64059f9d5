/**
 * Prints "PASSED FAILED" from the JSON report of vitest named by the first argument. A test that did not run (skipped,
 * to do) counts as failed, and so does a file that could not be loaded: nothing may be green because it was not looked at.
 */
import { readFileSync } from "node:fs";

const report = JSON.parse(readFileSync(process.argv[2], "utf8"));
const unloaded = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
for (const file of report.testResults) {
  for (const result of file.assertionResults) {
    if (result.status !== "passed") console.error(`${result.status}: ${file.name}: ${result.fullName}`);
  }
}
for (const file of unloaded) console.error(`could not be loaded: ${file.name}: ${file.message}`);
if (report.numTotalTests === 0) throw new Error("no test ran");
console.log(`${report.numPassedTests} ${report.numTotalTests - report.numPassedTests + unloaded.length}`);
