import { IconBuildingStore } from "@tabler/icons-react";
import { lazy } from "react";
import type { Section } from "../section";

export const account: Section = {
  path: "account",
  label: "Account",
  icon: IconBuildingStore,
  description: "Your shop's name, website, time zone, currency and language.",
  asks: "get_account",
  Component: lazy(async () => ({ default: (await import("./Account")).Account })),
};
