import { IconDatabase } from "@tabler/icons-react";
import { lazy } from "react";
import type { Section } from "../section";

export const data: Section = {
  path: "data",
  label: "Data",
  icon: IconDatabase,
  description: "What is held of one person, deletions, and how long events are kept.",
  asks: "get_data_retention",
  Component: lazy(async () => ({ default: (await import("./Data")).Data })),
};
