/** The registry of blocks: the word on the wire, and what the editor knows of it. */

import { IconQuestionMark } from "@tabler/icons-react";
import { button } from "./button";
import { coupon } from "./coupon";
import { dropShadow } from "./dropShadow";
import { header } from "./header";
import { horizontalRule } from "./horizontalRule";
import { html } from "./html";
import { image } from "./image";
import type { Kind } from "./kind";
import { product } from "./product";
import { review } from "./review";
import { social } from "./social";
import { spacer } from "./spacer";
import { split } from "./split";
import { table } from "./table";
import { text } from "./text";
import { Unknown } from "./unknown";
import { video } from "./video";

export const BLOCKS: Readonly<Record<string, Kind>> = {
  text,
  image,
  button,
  split,
  product,
  header,
  social,
  horizontal_rule: horizontalRule,
  spacer,
  video,
  review,
  html,
  drop_shadow: dropShadow,
  coupon,
  table,
};

/** Of another version or program: can be moved and deleted, and is written back as it came. */
const UNKNOWN: Kind = {
  label: "Unknown block",
  about: "",
  icon: IconQuestionMark,
  words: ({ type }) => `A block this version does not know (${String(type)})`,
  start: () => ({}),
  View: Unknown,
  groups: [],
  offered: false,
};

export const kindOf = (type: string): Kind => BLOCKS[type] ?? UNKNOWN;
