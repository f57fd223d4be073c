import { IconListDetails } from "@tabler/icons-react";
import { SegmentedControl, Stack, Text } from "@mantine/core";
import { StatusField, useField } from "../edit/fields";
import { ListField } from "../edit/pickers";
import { missing, textAt, type FieldsProps, type StepKind } from "./kind";

function Fields({ of }: FieldsProps) {
  const [adds, set] = useField({ of, path: ["data", "on_execution"], label: "what happens" });
  return (
    <>
      <StatusField of={of} />
      <Stack gap={4}>
        <Text size="sm" fw={500}>
          What happens
        </Text>
        <SegmentedControl aria-label="What happens" size="xs" value={adds === false ? "remove" : "add"} onChange={(way) => set(way === "add")} data={[{ value: "add", label: "joins the list" }, { value: "remove", label: "leaves the list" }]} />
      </Stack>
      <ListField of={of} path={["data", "list_id"]} label="List" named={["data", "name"]} hint="Membership only: consent stays as it is." />
    </>
  );
}

export const listUpdate: StepKind = {
  label: "Change a list",
  about: "Put the person on a list, or take them off",
  icon: IconListDetails,
  tone: "change",
  group: "Data",
  words: ({ on_execution, name }) => `${on_execution === false ? "Leaves" : "Joins"} ${typeof name === "string" && name ? name : "the list"}`,
  start: () => ({ status: "draft", name: "", list_id: null, on_execution: true }),
  Fields,
  gaps: (data) => missing("It has no list.", !textAt(data, "list_id") || typeof data.name !== "string"),
  offered: true,
};
