import { IconSitemap } from "@tabler/icons-react";
import { TextField } from "../edit/fields";
import { Branches } from "../edit/Branches";
import { textAt, type FieldsProps, type StepKind } from "./kind";

function Fields({ of }: FieldsProps) {
  return (
    <>
      <TextField of={of} path={["data", "name"]} label="Name" />
      <Branches of={of} />
    </>
  );
}

export const multiBranchSplit: StepKind = {
  label: "Split several ways",
  about: "The first branch that fits is taken",
  icon: IconSitemap,
  tone: "split",
  group: "Paths",
  words: (data) => textAt(data, "name"),
  start: () => ({ name: null, branches: [] }),
  exits: () => [
    { branch: { branch_id: "1", order: 0, is_else: false, branch_filter: null, name: "First", links: { next: null } } },
    { branch: { branch_id: "2", order: 1, is_else: true, branch_filter: null, name: "Everybody else", links: { next: null } } },
  ],
  Fields,
  offered: true,
};
