import { IconQuestionMark } from "@tabler/icons-react";
import { Hint } from "../edit/fields";
import { textAt, type StepKind } from "./kind";

/** A step that this version does not know: it can be moved and removed, and is written back as it came. */
export const unknown: StepKind = {
  label: "Another step",
  about: "",
  icon: IconQuestionMark,
  tone: "change",
  group: "Data",
  words: (data) => textAt(data, "message", "body") || textAt(data, "name"),
  start: () => ({}),
  Fields: () => <Hint>This step can’t be edited here. It stays as it is.</Hint>,
  offered: false,
};
