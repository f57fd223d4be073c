import { IconShieldCheck } from "@tabler/icons-react";
import { lazy } from "react";
import type { Section } from "../section";

export const consent: Section = {
  path: "consent",
  label: "Consent",
  icon: IconShieldCheck,
  description: "Who gets marketing mail, how people agree to it and leave, and what they read.",
  asks: "get_consent_settings",
  Component: lazy(async () => ({ default: (await import("./Consent")).Consent })),
};
