import { IconPalette } from "@tabler/icons-react";
import { lazy } from "react";
import type { Section } from "../section";

export const brand: Section = {
  path: "brand",
  label: "Brand",
  icon: IconPalette,
  description: "Logos, colours, buttons, social links, voice, and what new e-mails look like.",
  asks: "get_brand_logos",
  Component: lazy(async () => ({ default: (await import("./Brand")).Brand })),
};
