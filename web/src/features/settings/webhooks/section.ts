import { IconWebhook } from "@tabler/icons-react";
import { lazy } from "react";
import type { Section } from "../section";

export const webhooks: Section = {
  path: "webhooks",
  label: "Webhooks",
  icon: IconWebhook,
  description: "Calls to your own systems, made the moment something happens here.",
  asks: "get_webhooks",
  Component: lazy(async () => ({ default: (await import("./List")).Webhooks })),
};
