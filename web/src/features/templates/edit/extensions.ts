/** What the text editor knows: what mail programs show. */

import { TextAlign } from "@tiptap/extension-text-align";
import { BackgroundColor, Color, FontFamily, FontSize, TextStyle } from "@tiptap/extension-text-style";
import { StarterKit } from "@tiptap/starter-kit";
import { Look } from "./look";
import { Tag } from "./tag";

export const EXTENSIONS = [
  StarterKit.configure({
    undoRedo: false,
    codeBlock: false,
    code: false,
    blockquote: false,
    horizontalRule: false,
    heading: { levels: [1, 2, 3, 4] },
    link: { openOnClick: false, autolink: false, HTMLAttributes: { target: null, rel: null } },
  }),
  TextStyle,
  Color,
  FontSize,
  FontFamily,
  BackgroundColor,
  TextAlign.configure({ types: ["heading", "paragraph"] }),
  Look,
  Tag,
];
