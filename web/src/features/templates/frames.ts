/** What blocks lie in, and the whole: their fields and words, beside the blocks' own. */

import { createElement } from "react";
import type { Icon } from "@tabler/icons-react";
import { IconColumns, IconLayoutRows, IconMail, IconRectangle } from "@tabler/icons-react";
import { nodeOf, type Document, type Key, type Node } from "../../editor/document";
import { kindOf } from "./blocks";
import { BORDER, SHOWN, style, type Field, type FieldGroup } from "./blocks/kind";
import { LAYOUTS, layoutOf } from "./moves";
import { universalOf, type Whole, type Wire } from "./tree";

interface Frame {
  readonly label: string;
  readonly icon: Icon;
  readonly groups: (node: Node) => readonly FieldGroup[];
}

const NO_GROUPS: readonly FieldGroup[] = [];

const SECTION: readonly FieldGroup[] = [
  {
    title: "Section",
    fields: [
      { control: "colour", label: "Background of the content", path: style("content_color") },
      { control: "colour", label: "Background on both sides", path: style("background_color") },
      { control: "image", label: "Picture behind it", path: style("background_url") },
      { control: "space", label: "Space inside", path: style("inner_padding") },
      { control: "switch", label: "Columns below each other on phones", path: style("stack_on_mobile") },
      ...BORDER(),
    ],
  },
  SHOWN,
];

const FRAMES: Readonly<Record<string, Frame>> = {
  template: { label: "Whole e-mail", icon: IconMail, groups: (node) => wholeGroups(node.data as Whole) },
  section: { label: "Section", icon: IconRectangle, groups: () => SECTION },
  row: { label: "Columns", icon: IconColumns, groups: () => NO_GROUPS },
  column: { label: "Column", icon: IconLayoutRows, groups: () => NO_GROUPS },
};

const HEADINGS = [1, 2, 3, 4].map((level) => [`heading-${level}-styles`, `Heading ${level}`] as const);

/** Where a style of the whole lies depends on its place in the list that came. */
function wholeGroups({ definition }: Whole): FieldGroup[] {
  const all = Array.isArray(definition.styles) ? (definition.styles as Wire[]) : [];
  const of = (type: string) => {
    const place = all.findIndex(({ style_type: name }) => name === type);
    return (...names: string[]) => ["definition", "styles", String(place), "styles", ...names];
  };
  const has = (type: string) => all.some(({ style_type: name }) => name === type);
  const base = of("base-styles");
  const text = of("text-styles");
  const link = of("link-styles");
  const look = (path: (...names: string[]) => string[]): Field[] => [
    { control: "font", label: "Font", path: path("font_family") },
    { control: "number", label: "Size", path: path("font_size"), min: 6, max: 120, unit: "px" },
    { control: "colour", label: "Colour", path: path("color") },
  ];
  return [
    {
      title: "E-mail",
      fields: [
        { control: "number", label: "Width", path: ["body", "styles", "width"], min: 320, max: 1200, unit: "px", hint: "600 px fit everywhere." },
        { control: "colour", label: "Background", path: ["body", "styles", "background_color"] },
        ...(has("base-styles") ? [{ control: "colour", label: "Background of the content", path: base("content_background_color") } as const] : []),
      ],
    },
    ...(has("text-styles")
      ? [{ title: "Text", fields: [...look(text), { control: "number", label: "Line height", path: text("line_height"), min: 0.8, max: 3, step: 0.1 } as const, { control: "align", label: "Alignment", path: text("text_align") } as const] }]
      : []),
    ...(has("link-styles") ? [{ title: "Links", fields: [{ control: "colour", label: "Colour", path: link("color") } as const] }] : []),
    ...HEADINGS.filter(([type]) => has(type)).map(([type, title]) => ({ title, fields: [...look(of(type)), { control: "align", label: "Alignment", path: of(type)("text_align") } as const] })),
  ];
}

/** What tells a node's kind at a glance. */
export const NodeIcon = ({ of: { kind }, size }: { of: Node; size: number }) =>
  createElement(FRAMES[kind]?.icon ?? kindOf(kind).icon, { size, "aria-hidden": true });

export const labelOf = ({ kind }: Node): string => FRAMES[kind]?.label ?? kindOf(kind).label;

export const groupsOf = (node: Node): readonly FieldGroup[] => FRAMES[node.kind]?.groups(node) ?? kindOf(node.kind).groups;

const COUNTS = ["", "one column", "two columns", "three columns", "four columns"];

/** A node in a sentence: what it is, and where there are several, which. */
export function wordsOf(document: Document, key: Key): string {
  const node = nodeOf(document, key);
  const place = node.parent === null ? 0 : nodeOf(document, node.parent).children.indexOf(key);
  if (node.kind === "template") return "Whole e-mail";
  if (universalOf(node) !== null) return `Universal ${labelOf(node).toLowerCase()}`;
  if (node.kind === "section") return `Section ${place + 1}`;
  if (node.kind === "row") return `Row with ${COUNTS[LAYOUTS[layoutOf(document, key)]?.length ?? node.children.length] ?? "columns"}`;
  if (node.kind === "column") return `Column ${place + 1}`;
  return kindOf(node.kind).words(node.data as Wire);
}

export interface FoundGap {
  readonly key: Key;
  readonly words: string;
  readonly path: readonly string[];
}

/** What must be mended before sending, from top to bottom. */
export function gapsOf(document: Document, keys: readonly Key[]): FoundGap[] {
  return keys.flatMap((key) => {
    const node = nodeOf(document, key);
    const { kind, data } = node;
    return universalOf(node) !== null ? [] : (kindOf(kind).gaps?.(data as Wire) ?? []).map((gap) => ({ key, ...gap }));
  });
}
