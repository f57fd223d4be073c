import { Stack, Text } from "@mantine/core";
import { Card } from "../../../ui/Page";
import classes from "./Example.module.css";
import { NAMES, type Draft, type Side } from "./queries";
import { EXAMPLES, SIDES } from "./words";

/** How a link would look with these parameters. */
export function Example({ of }: { of: Draft }) {
  return (
    <Card title="How a link looks">
      <Stack gap="sm">
        {(Object.keys(SIDES) as Side[]).map((side) => (
          <div key={side}>
            <Text size="xs" c="dimmed" fw={500} mb={4}>
              {SIDES[side]}
            </Text>
            <code className={classes.link}>{linkOf(of, side)}</code>
          </div>
        ))}
      </Stack>
    </Card>
  );
}

function linkOf(draft: Draft, side: Side): string {
  const parameters = [...NAMES.map((name) => ({ name, ...draft[name] })), ...draft.custom_parameters];
  const pairs = parameters
    .map(({ name, [side]: { kind, text } }) => [name, kind === "static" ? text : (EXAMPLES[kind] ?? "")] as const)
    .filter(([name, text]) => name && text)
    .map(([name, text]) => `${encodeURIComponent(name)}=${encodeURIComponent(text)}`);
  return `https://shop.example/new${pairs.length > 0 ? `?${pairs.join("&")}` : ""}`;
}
