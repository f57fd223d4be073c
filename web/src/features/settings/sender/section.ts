import { IconSignature } from "@tabler/icons-react";
import { lazy } from "react";
import type { Section } from "../section";

export const sender: Section = {
  path: "sender",
  label: "Sender",
  icon: IconSignature,
  description: "Who stands behind your mail: the imprint that pages and mails show, and where answers go.",
  asks: "get_sender_settings",
  Component: lazy(async () => ({ default: (await import("./Sender")).Sender })),
};
