import { ActionIcon, Alert, Badge, Group, Menu, Modal, Stack, Text } from "@mantine/core";
import { IconDots, IconLink, IconUserMinus } from "@tabler/icons-react";
import { useState } from "react";
import { useMay } from "../../api/session";
import type { Resource } from "../../api/types";
import { Confirm } from "../../ui/Confirm";
import { CopyLine } from "../../ui/Copy";
import { Card } from "../../ui/Page";
import { Problem, Rows } from "../../ui/States";
import { Time } from "../../ui/Time";
import { useChangeRole, useRemove, useSignInLink, useTeam, type Member } from "./queries";
import { RoleSelect } from "./RoleSelect";
import { roleName } from "./words";

type Row = Resource<Member>;

export function Members() {
  const team = useTeam();
  const may = useMay("update_user");
  const change = useChangeRole();
  const rows = team.data?.data;
  return (
    <Card title="Members">
      <Stack gap="md">
        {team.error && <Problem error={team.error} retry={team.refetch} />}
        {!rows && !team.error && <Rows rows={3} />}
        {change.error && (
          <Alert color="red" role="alert" title="The role was not changed" withCloseButton onClose={change.reset}>
            {change.error.message}
          </Alert>
        )}
        {rows?.map((row) => (
          <Group key={row.id} justify="space-between" gap="sm">
            <Who row={row} />
            <Group gap="xs" wrap="nowrap">
              {may ? (
                <RoleSelect
                  aria-label={`Role of ${row.attributes.name}`}
                  size="xs"
                  value={row.attributes.role}
                  disabled={change.isPending && change.variables.id === row.id}
                  onChange={(role) => change.mutate({ id: row.id, role })}
                />
              ) : (
                <Text size="sm">{roleName(row.attributes.role)}</Text>
              )}
              {may && <MemberMenu row={row} />}
            </Group>
          </Group>
        ))}
      </Stack>
    </Card>
  );
}

function Who({ row: { attributes } }: { row: Row }) {
  return (
    <div>
      <Group gap="xs">
        <Text size="sm" fw={600}>
          {attributes.name}
        </Text>
        {attributes.is_you && <Badge tt="none">You</Badge>}
        {attributes.second_factor && (
          <Badge tt="none" color="spruce" variant="light">
            Second factor
          </Badge>
        )}
      </Group>
      <Text size="xs" c="dimmed">
        {attributes.email ?? "No address yet"}
        {attributes.seen && (
          <>
            , last here <Time at={attributes.seen} />
          </>
        )}
      </Text>
    </div>
  );
}

function MemberMenu({ row }: { row: Row }) {
  const [asked, setAsked] = useState<"remove" | "link" | null>(null);
  const remove = useRemove();
  const link = useSignInLink();
  const { name, is_you } = row.attributes;
  const close = () => setAsked(null);
  const makeLink = () => {
    setAsked("link");
    link.mutate(row.id);
  };
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`More about ${name}`}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconLink size={16} />} onClick={makeLink}>
            Make a sign-in link
          </Menu.Item>
          <Menu.Item color="red" leftSection={<IconUserMinus size={16} />} onClick={() => setAsked("remove")}>
            {is_you ? "Leave the team" : "Remove from the team"}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Confirm
        opened={asked === "remove"}
        close={close}
        title={is_you ? "Leave the team?" : `Remove ${name}?`}
        action={is_you ? "Leave the team" : `Remove ${name}`}
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(row.id, { onSuccess: close })}
      >
        {is_you ? "You are out at once; somebody has to invite you again." : `${name} is out at once, wherever they are signed in.`}
      </Confirm>
      <Modal opened={asked === "link"} onClose={close} title={`A sign-in link for ${name}`} centered>
        {link.error ? (
          <Alert color="red" role="alert">
            {link.error.message}
          </Alert>
        ) : link.data ? (
          <Stack gap="sm">
            <Text size="sm">Whoever has it signs in as {name}, once, within seven days. Pass it on to nobody else.</Text>
            <CopyLine label="Sign-in link" text={link.data.data.attributes.link} />
          </Stack>
        ) : (
          <Rows rows={1} />
        )}
      </Modal>
    </>
  );
}
