import { IconSend } from "@tabler/icons-react";
import { lazy } from "react";
import type { Section } from "../section";

export const campaigns: Section = {
  path: "campaigns",
  label: "Campaigns",
  icon: IconSend,
  description: "Whether somebody who may send has to approve what others wrote.",
  asks: "get_campaign_settings",
  Component: lazy(async () => ({ default: (await import("./Campaigns")).Campaigns })),
};
