import { Menu, Text } from "@mantine/core";
import { Fragment } from "react";
import { kindOf } from "../steps";
import { GROUPS } from "../steps/kind";

/** The steps that can be added, in a menu. */
export function StepChoices({ types, choose }: { types: readonly string[]; choose: (type: string) => void }) {
  return GROUPS.map((group) => {
    const fitting = types.filter((type) => kindOf(type).group === group);
    if (fitting.length === 0) return null;
    return (
      <Fragment key={group}>
        <Menu.Label>{group}</Menu.Label>
        {fitting.map((type) => {
          const { label, about, icon: Icon } = kindOf(type);
          return (
            <Menu.Item key={type} leftSection={<Icon size={16} />} onClick={() => choose(type)}>
              {label}
              <Text size="xs" c="dimmed">
                {about}
              </Text>
            </Menu.Item>
          );
        })}
      </Fragment>
    );
  });
}
