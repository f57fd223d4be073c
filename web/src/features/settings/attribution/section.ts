import { IconTargetArrow } from "@tabler/icons-react";
import { lazy } from "react";
import type { Section } from "../section";

export const attribution: Section = {
  path: "attribution",
  label: "Attribution",
  icon: IconTargetArrow,
  description: "Which message earned an order, under six models beside each other.",
  asks: "query_attribution_models",
  Component: lazy(async () => ({ default: (await import("./Attribution")).Attribution })),
};
