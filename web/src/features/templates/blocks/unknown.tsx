import { IconQuestionMark } from "@tabler/icons-react";
import { Placeholder } from "../edit/Placeholder";
import type { ViewProps } from "./kind";

export function Unknown({ of }: ViewProps) {
  return <Placeholder icon={IconQuestionMark}>A block this version does not know ({String(of.type)}). It can be moved and deleted, and is kept as it is.</Placeholder>;
}
