import { IconLink } from "@tabler/icons-react";
import { lazy } from "react";
import type { Section } from "../section";

export const tracking: Section = {
  path: "tracking",
  label: "Tracking",
  icon: IconLink,
  description: "The parameters that links in your messages get for your web analytics.",
  asks: "get_tracking_setting",
  Component: lazy(async () => ({ default: (await import("./Tracking")).Tracking })),
};
