import { ActionIcon, Group, Text, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import classes from "./Copy.module.css";

export function CopyButton({ text, label }: { text: string; label: string }) {
  const { copied, copy } = useClipboard({ timeout: 1_500 });
  return (
    <Tooltip label={copied ? "Copied" : label}>
      <ActionIcon variant="subtle" color={copied ? "spruce" : "gray"} aria-label={label} onClick={() => copy(text)}>
        {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
      </ActionIcon>
    </Tooltip>
  );
}

/** A value to be pasted elsewhere. */
export function CopyLine({ label, text }: { label: string; text: string }) {
  return (
    <div>
      <Text size="xs" c="dimmed" fw={500} mb={4}>
        {label}
      </Text>
      <Group className={classes.line} wrap="nowrap" justify="space-between" gap="xs">
        <code className={classes.code}>{text}</code>
        <CopyButton text={text} label={`Copy ${label.toLowerCase()}`} />
      </Group>
    </div>
  );
}

export function CopyBlock({ label, text }: { label: string; text: string }) {
  return (
    <div className={classes.block}>
      <pre className={classes.pre} tabIndex={0}>{text}</pre>
      <div className={classes.corner}>
        <CopyButton text={text} label={label} />
      </div>
    </div>
  );
}
