/** The sections in their order. A further one is a file and a line here. */

import { account } from "./account/section";
import { applications } from "./applications/section";
import { attribution } from "./attribution/section";
import { brand } from "./brand/section";
import { campaigns } from "./campaigns/section";
import { consent } from "./consent/section";
import { data } from "./data/section";
import { exports } from "./exports/section";
import { installation } from "./installation/section";
import { keys } from "./keys/section";
import type { Section } from "./section";
import { sender } from "./sender/section";
import { tracking } from "./tracking/section";
import { usage } from "./usage/section";
import { webhooks } from "./webhooks/section";

export const SECTIONS: Section[] = [account, sender, brand, campaigns, consent, tracking, attribution, webhooks, keys, applications, usage, data, exports, installation];
