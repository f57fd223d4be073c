import { IconGauge } from "@tabler/icons-react";
import { lazy } from "react";
import type { Section } from "../section";

export const usage: Section = {
  path: "usage",
  label: "Usage",
  icon: IconGauge,
  description: "What was sent this month, and how many people you can write to.",
  asks: "list_billing_usage",
  Component: lazy(async () => ({ default: (await import("./Usage")).Usage })),
};
