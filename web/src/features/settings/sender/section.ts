import { IconSignature } from "@tabler/icons-react";
import { lazy } from "react";
import type { Section } from "../section";

export const sender: Section = {
  path: "sender",
  label: "Sender",
  icon: IconSignature,
  description: "Who your mail comes from, its postal address, where answers go, and the imprint that pages and mails show.",
  asks: "get_sender_settings",
  Component: lazy(async () => ({ default: (await import("./Sender")).Sender })),
};
