import { z } from "zod";
import { LOCALIZE_SCHEMA, localizeSchema } from "../localize/localization-schema.js";
import { COMPARISON_SCHEMA, comparisonSchema, REPORT_SCHEMA, reportSchema } from "./report-schema.js";

/** The JSON Schemas (draft 2020-12) in schemas/, by file name: report@1, report-comparison@1 and localize@1. */
export function publishedSchemas(): Record<string, object> {
  const published = (schema: z.ZodType) => z.toJSONSchema(schema, { unrepresentable: "any" });
  return Object.fromEntries(
    [
      [REPORT_SCHEMA, reportSchema] as const,
      [COMPARISON_SCHEMA, comparisonSchema] as const,
      [LOCALIZE_SCHEMA, localizeSchema] as const,
    ].map(([name, schema]) => [name.replace("sslmem/", ""), published(schema)]),
  );
}
