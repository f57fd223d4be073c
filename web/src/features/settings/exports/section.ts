import { IconFileExport } from "@tabler/icons-react";
import { lazy } from "react";
import type { Section } from "../section";

export const exports: Section = {
  path: "exports",
  label: "Data exports",
  icon: IconFileExport,
  description: "Profiles of a list or segment, and events of a metric, as files.",
  asks: "get_profile_bulk_export_jobs",
  Component: lazy(async () => ({ default: (await import("./Exports")).Exports })),
};
