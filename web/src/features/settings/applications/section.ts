import { IconApps } from "@tabler/icons-react";
import { lazy } from "react";
import type { Section } from "../section";

export const applications: Section = {
  path: "applications",
  label: "Applications",
  icon: IconApps,
  description: "What may read and write this account by OAuth, and applications registered here.",
  asks: "get_connected_applications",
  Component: lazy(async () => ({ default: (await import("./Applications")).Applications })),
};
