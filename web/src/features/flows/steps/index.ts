/** The kinds of steps, by the word on the wire. */

import { IconMessage, IconDeviceMobileMessage, IconBrandWhatsapp, IconFlask, IconCode } from "@tabler/icons-react";
import { abTest } from "./abTest";
import { conditionalSplit } from "./conditionalSplit";
import { countdownDelay } from "./countdownDelay";
import type { StepKind } from "./kind";
import { listUpdate } from "./listUpdate";
import { multiBranchSplit } from "./multiBranchSplit";
import { sendEmail } from "./sendEmail";
import { sendInternalAlert } from "./sendInternalAlert";
import { sendWebhook } from "./sendWebhook";
import { targetDate } from "./targetDate";
import { timeDelay } from "./timeDelay";
import { triggerSplit } from "./triggerSplit";
import { unknown } from "./unknown";
import { updateProfile } from "./updateProfile";

export const KINDS: Readonly<Record<string, StepKind>> = {
  "send-email": sendEmail,
  "ab-test": abTest,
  "send-internal-alert": sendInternalAlert,
  "send-webhook": sendWebhook,
  "time-delay": timeDelay,
  "countdown-delay": countdownDelay,
  "target-date": targetDate,
  "conditional-split": conditionalSplit,
  "trigger-split": triggerSplit,
  "multi-branch-split": multiBranchSplit,
  "update-profile": updateProfile,
  "list-update": listUpdate,
  // shown as what they are, and never offered: there is nothing yet that would carry them out
  "send-sms": { ...unknown, label: "Send SMS", icon: IconMessage, tone: "message", group: "Messages" },
  "send-mobile-push": { ...unknown, label: "Send push", icon: IconDeviceMobileMessage, tone: "message", group: "Messages" },
  "send-whatsapp": { ...unknown, label: "Send WhatsApp", icon: IconBrandWhatsapp, tone: "message", group: "Messages" },
  "content-experiment": { ...unknown, label: "Test variations", icon: IconFlask, tone: "message", group: "Messages" },
  "back-in-stock-delay": { ...unknown, label: "Wait until back in stock", tone: "wait", group: "Timing" },
  code: { ...unknown, label: "Run code", icon: IconCode },
};

export const kindOf = (type: string): StepKind => KINDS[type] ?? unknown;
