import { IconCode } from "@tabler/icons-react";
import { Framed } from "../edit/Framed";
import { plain, SHOWN, textAt, type Kind, type ViewProps } from "./kind";

function View({ of }: ViewProps) {
  return <Framed html={textAt(of, "data", "content")} title="Your HTML" />;
}

export const html: Kind = {
  label: "HTML",
  about: "Your own code",
  icon: IconCode,
  words: (of) => `HTML “${plain(textAt(of, "data", "content")) || "empty"}”`,
  // without styles: its code has its own
  start: () => ({ content_type: "block", type: "html", data: { content: "<p>Your HTML</p>", display_options: {} } }),
  View,
  groups: [{ title: "HTML", fields: [{ control: "code", label: "Code", path: ["data", "content"] }] }, SHOWN],
  gaps: (of) => (textAt(of, "data", "content").trim() ? [] : [{ words: "This HTML is empty.", path: ["data", "content"] }]),
  offered: true,
};
