import { Anchor, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleDashed } from "@tabler/icons-react";
import { Link } from "react-router";
import classes from "./Composer.module.css";
import type { ReadinessProblem } from "./queries";
import { goTo } from "./Section";

interface ChecklistProps {
  problems: ReadinessProblem[];
  /** The composer's address, where it is not on this page. */
  edit?: string;
}

/** What is in the way, and what is worth knowing; each leads to where it is mended. */
export function Checklist({ problems, edit }: ChecklistProps) {
  if (problems.length === 0) {
    return (
      <Text size="sm" className={classes.problem}>
        <IconCircleCheck size={18} aria-hidden color="var(--mantine-color-spruce-6)" /> Nothing is in the way.
      </Text>
    );
  }
  return (
    <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: "none" }}>
      {problems.map(({ code, detail, section, blocks, variation }) => (
        <li key={`${code} ${variation ?? ""} ${detail}`} className={classes.problem}>
          {blocks ? (
            <IconCircleDashed size={18} style={{ flex: "none", marginTop: 2 }} aria-hidden />
          ) : (
            <IconAlertTriangle size={18} style={{ flex: "none", marginTop: 2 }} color="var(--mantine-color-orange-6)" aria-hidden />
          )}
          <span>
            {edit ? (
              <Anchor component={Link} to={`${edit}#${section}`} size="sm">
                {detail}
              </Anchor>
            ) : (
              <Anchor component="button" type="button" size="sm" ta="left" onClick={() => goTo(section)}>
                {detail}
              </Anchor>
            )}
            {!blocks && (
              <Text size="xs" c="dimmed" component="span" display="block">
                Worth knowing; it does not keep you from sending.
              </Text>
            )}
          </span>
        </li>
      ))}
    </Stack>
  );
}
