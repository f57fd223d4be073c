import { IconKey } from "@tabler/icons-react";
import { lazy } from "react";
import type { Section } from "../section";

export const keys: Section = {
  path: "keys",
  label: "API keys",
  icon: IconKey,
  description: "Private keys by which programs read and write this account.",
  asks: "get_api_keys",
  Component: lazy(async () => ({ default: (await import("./Keys")).Keys })),
};
