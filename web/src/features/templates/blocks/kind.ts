/** What a kind of block is to the editor; one file a kind, everything about it in that file. */

import type { Icon } from "@tabler/icons-react";
import type { ComponentType } from "react";
import type { Wire } from "../tree";
import type { TemplateStyles } from "../styles";

/** Names and places within a node's data. */
export type Path = readonly string[];

interface FieldBase {
  readonly label: string;
  readonly path: Path;
  readonly hint?: string;
}

export type Field =
  | (FieldBase & { readonly control: "text" | "lines" | "address" | "code" | "image" | "font"; readonly placeholder?: string })
  | (FieldBase & { readonly control: "number"; readonly min?: number; readonly max?: number; readonly step?: number; readonly unit?: string })
  | (FieldBase & { readonly control: "colour" | "switch" | "align" | "weight" })
  | (FieldBase & { readonly control: "choice"; readonly options: readonly (readonly [value: string, label: string])[] })
  /** four numbers whose names end in _top, _right, _bottom and _left */
  | (FieldBase & { readonly control: "space" })
  | (FieldBase & { readonly control: "items"; readonly kinds: Readonly<Record<string, ItemKind>>; readonly most?: number });

/** What a list in a block is made of, as the links of a header. */
export interface ItemKind {
  readonly label: string;
  readonly start: () => Wire;
  readonly words: (of: Wire) => string;
  readonly fields: readonly Field[];
}

export interface FieldGroup {
  readonly title: string;
  readonly fields: readonly Field[];
}

/** What must be mended before it is sent. */
export interface Gap {
  readonly words: string;
  readonly path: Path;
}

export interface ViewProps {
  readonly of: Wire;
  readonly styles: TemplateStyles;
}

export interface Kind {
  readonly label: string;
  /** what it is for, in the palette */
  readonly about: string;
  readonly icon: Icon;
  /** one of it, in a sentence or the outline */
  readonly words: (of: Wire) => string;
  /** valid at once */
  readonly start: () => Wire;
  readonly View: ComponentType<ViewProps>;
  readonly groups: readonly FieldGroup[];
  readonly gaps?: (of: Wire) => readonly Gap[];
  /** its text is written on the canvas itself; the path of it */
  readonly rich?: Path;
  /** offered in the palette */
  readonly offered: boolean;
}

export const at = (of: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((value, name) => (value as Record<string, unknown> | null | undefined)?.[name], of);

export function textAt(of: unknown, ...path: string[]): string {
  const value = at(of, ...path);
  return typeof value === "string" ? value : "";
}

export function numberAt(of: unknown, ...path: string[]): number | undefined {
  const value = at(of, ...path);
  return typeof value === "number" ? value : undefined;
}

export const block = (type: string, data: Wire, more: Wire = {}): Wire => ({
  content_type: "block",
  type,
  data: { display_options: {}, styles: {}, ...data },
  ...more,
});

export const style = (...names: string[]): Path => ["data", "styles", ...names];
export const property = (...names: string[]): Path => ["data", "properties", ...names];

/** Around each block. */
export const AROUND: FieldGroup = {
  title: "Space and background",
  fields: [
    { control: "space", label: "Space around", path: style("block_padding") },
    { control: "colour", label: "Background", path: style("block_background_color") },
  ],
};

const SHOWN_ON = [
  ["all", "Every device"],
  ["desktop", "Large screens only"],
  ["mobile", "Phones only"],
] as const;

/** Who sees it, and how often it is there. */
export const SHOWN: FieldGroup = {
  title: "When it is shown",
  fields: [
    { control: "choice", label: "On", path: ["data", "display_options", "show_on"], options: SHOWN_ON },
    {
      control: "text",
      label: "Only if",
      path: ["data", "display_options", "visibility", "check"],
      placeholder: "person.city == 'Berlin'",
      hint: "A condition in the template language, without braces. Where what it asks for is missing, it is not shown.",
    },
    {
      control: "text",
      label: "Repeat for",
      path: ["data", "display_options", "content_repeat", "repeat_for"],
      placeholder: "event.items",
      hint: "Once for each of a list, as of the products in a cart.",
    },
    {
      control: "text",
      label: "Call each",
      path: ["data", "display_options", "content_repeat", "item_alias"],
      placeholder: "item",
      hint: "Write {{ item.title }} in the block to show a field of it.",
    },
  ],
};

export const TEXT_LOOK = (prefix = ""): readonly Field[] => [
  { control: "font", label: "Font", path: style(`${prefix}font_family`) },
  { control: "number", label: "Size", path: style(`${prefix}font_size`), min: 6, max: 120, unit: "px" },
  { control: "weight", label: "Bold", path: style(`${prefix}font_weight`) },
];

const LINE_STYLES = [
  ["none", "None"],
  ["solid", "Line"],
  ["dashed", "Dashes"],
  ["dotted", "Dots"],
] as const;

export const BORDER = (prefix = "border_"): readonly Field[] => [
  { control: "choice", label: "Border", path: style(`${prefix}style`), options: LINE_STYLES },
  { control: "number", label: "Border width", path: style(`${prefix}width`), min: 0, max: 40, unit: "px" },
  { control: "colour", label: "Border colour", path: style(`${prefix}color`) },
];

/** The text of HTML, in one line and not too long. */
export function plain(html: string, most = 40): string {
  const text = html.replace(/<[^>]*>/g, " ").replace(/&nbsp;/g, " ").replace(/\s+/g, " ").trim();
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
