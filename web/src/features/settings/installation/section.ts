import { IconServer } from "@tabler/icons-react";
import { lazy } from "react";
import type { Section } from "../section";

export const installation: Section = {
  path: "installation",
  label: "Installation",
  icon: IconServer,
  description: "The accounts of this installation, for who administers it.",
  asks: "get_installation_accounts",
  Component: lazy(async () => ({ default: (await import("./Installation")).Installation })),
};
