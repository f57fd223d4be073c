import { Group, SegmentedControl, Select, Skeleton, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { asSeen } from "../../messages";
import { viewName, type usePreview } from "./texts";
import classes from "./Texts.module.css";

/** What the texts look like, drawn by the server, at the width of a desk's or a phone's screen. */
export function Preview({ query }: { query: ReturnType<typeof usePreview> }) {
  const [width, setWidth] = useState("desktop");
  const [chosen, setChosen] = useState("");
  const views = query.data?.data.attributes.views;
  if (!views) return query.error ? null : <Skeleton height={460} radius="md" />;
  const view = views.find(({ name }) => name === chosen) ?? views[0];
  return (
    <Stack gap="xs" className={classes.preview}>
      <Group justify="space-between" gap="xs" align="flex-end">
        <Select
          label="Shown"
          data={views.map(({ name }) => ({ value: name, label: viewName(name) }))}
          value={view?.name ?? null}
          onChange={(name) => setChosen(name ?? "")}
          allowDeselect={false}
          w={190}
        />
        <SegmentedControl
          size="xs"
          value={width}
          onChange={setWidth}
          data={[
            { value: "desktop", label: "Desktop" },
            { value: "phone", label: "Phone" },
          ]}
          aria-label="Width"
          visibleFrom="sm"
        />
      </Group>
      {view?.subject && (
        <Text size="sm">
          <b>Subject:</b> {view.subject}
        </Text>
      )}
      <iframe
        title="How it looks"
        sandbox=""
        referrerPolicy="no-referrer"
        srcDoc={asSeen(view?.html ?? "")}
        className={classes.frame}
        data-width={width}
      />
      {query.error && (
        <Text size="sm" c="dimmed">
          It shows how it looked before; what you wrote last cannot be drawn.
        </Text>
      )}
    </Stack>
  );
}
