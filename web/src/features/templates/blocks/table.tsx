import { IconTable } from "@tabler/icons-react";
import { Placeholder } from "../edit/Placeholder";
import { AROUND, at, block, property, SHOWN, style, textAt, type Kind, type ViewProps } from "./kind";

const repeats = (of: unknown) => textAt(of, "data", "properties", "content_repeat", "repeat_for");

function View({ of }: ViewProps) {
  const over = repeats(of);
  return <Placeholder icon={IconTable}>{over ? `A table with a row for each of ${over}` : "A table"}. Preview shows it filled.</Placeholder>;
}

/** Tables come with templates made elsewhere: how they look can be changed here, their cells by the API. */
export const table: Kind = {
  label: "Table",
  about: "Rows and columns",
  icon: IconTable,
  words: (of) => (repeats(of) ? `Table of ${repeats(of)}` : "Table"),
  start: () => block("table", { properties: { dynamic: false, num_columns: 2 } }, { subblocks: [] }),
  View,
  groups: [
    {
      title: "Table",
      fields: [
        { control: "switch", label: "Show the heads", path: property("show_headers") },
        { control: "space", label: "Space in each cell", path: style("cell_padding") },
      ],
    },
    AROUND,
    SHOWN,
  ],
  gaps: (of) => (at(of, "data", "properties", "dynamic") === true && !repeats(of) ? [{ words: "This table repeats nothing.", path: property("content_repeat", "repeat_for") }] : []),
  offered: false,
};
