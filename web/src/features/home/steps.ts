import type { AttributesOf, OperationId } from "../../api/ask";

export type FirstStepsOf = AttributesOf<"get_first_steps">;
export type StepId = FirstStepsOf["steps"][number]["id"];

interface StepWords {
  title: string;
  /** Why, or how where no page does it. */
  about: string;
  /** What the operator types where no page does it. */
  command?: string;
  link?: [to: string, label: string];
  /** what the page behind the link does: offered to those who may */
  by: OperationId;
}

export const STEPS: Record<StepId, StepWords> = {
  sender: {
    title: "Say who your mail is from",
    about: "A sender address of your own, and the postal address that every mail has to show.",
    link: ["/settings/sender", "Set sender and address"],
    by: "update_account",
  },
  people: {
    title: "Bring the people you have along",
    about: "A CSV file of your shop, spreadsheet or former tool, with what they agreed to.",
    link: ["/imports/new", "Import people"],
    by: "upload_import",
  },
  store_event: {
    title: "See a first event of your store arrive",
    about: "The script for your pages, and an event to copy for your server.",
    link: ["/developers", "Connect your store"],
    by: "get_events",
  },
  sending: {
    title: "Connect a mail server",
    about: "Until then messages are kept in the outbox here, and nobody gets them.",
    by: "update_account",
    command: "RAPPORT_SMTP_URL=smtp://user:password@mail.example:587 rapport serve",
  },
  segment: {
    title: "Make a first segment",
    about: "People by what they did and who they are, kept up to date by itself.",
    link: ["/audiences/segments/new", "Make a segment"],
    by: "create_segment",
  },
  campaign: {
    title: "Make a first campaign",
    about: "One message to a list or segment.",
    link: ["/campaigns", "Go to campaigns"],
    by: "create_campaign",
  },
};
