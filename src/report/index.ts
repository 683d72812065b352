/** The report: a run's files → report.html and report.json. */
export { type WrittenComparison, writeComparison } from "./compare/index.js";
export {
  type Comparison,
  comparisonSchema,
  REPORT_SCHEMA,
  type Report,
  reportSchema,
} from "./report-schema.js";
export { writeSheet } from "./sheet.js";
export { type ReportOptions, type WrittenReport, writeReport } from "./write-report.js";
