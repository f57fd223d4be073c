import { Button, Group, Menu, Text } from "@mantine/core";
import { IconArrowMerge, IconBan, IconChevronDown, IconDownload, IconMailCheck, IconMailX, IconPencil, IconTrash, IconUsersPlus, type Icon } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { useMay } from "../../api/session";
import type { Profile, Resource } from "../../api/types";
import { announce } from "../../ui/announce";
import { Confirm } from "../../ui/Confirm";
import { Offered } from "../../ui/Offered";
import { isSuppressed } from "./consent";
import { AddToList } from "./AddToList";
import { Subscribe, Unsubscribe } from "./ConsentForms";
import { Merge } from "./Merge";
import { everythingOf, useDeleteProfile, useSuppress, useUnsuppress, type Person } from "./queries";
import { handleOf, nameOf } from "./Table";

type Open = "subscribe" | "unsubscribe" | "suppress" | "list" | "merge" | "delete" | null;

/** Everything that can be done to one person. */
export function Actions({ profile }: { profile: Resource<Profile> }) {
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const { id, attributes } = profile;
  const person: Person = { id, email: attributes.email ?? null, phone_number: attributes.phone_number ?? null };
  const suppressed = isSuppressed(attributes.subscriptions);
  const mayWrite = useMay("update_profile");
  const mayConsent = useMay("bulk_subscribe_profiles");
  const mayDelete = useMay("request_profile_deletion");
  const mayTake = useMay("export_profile_data");
  const mayList = useMay("add_profiles_to_list");
  const reachable = Boolean(person.email ?? person.phone_number);
  const item = (name: Open, label: string, ItemIcon: Icon, on = true, grave = false) => (
    <Menu.Item leftSection={<ItemIcon size={16} />} onClick={() => setOpen(name)} disabled={!on} {...(grave ? { c: "red" } : {})}>
      {label}
    </Menu.Item>
  );
  return (
    <Group gap="xs">
      <Offered by="update_profile">
        <Button component={Link} to={`/profiles/${id}/edit`} variant="default" size="sm" leftSection={<IconPencil size={16} />}>
          Edit
        </Button>
      </Offered>
      {(mayWrite || mayConsent || mayDelete || mayTake) && (
        <Menu position="bottom-end" withinPortal={false} withInitialFocusPlaceholder={false}>
          <Menu.Target>
            <Button variant="default" size="sm" rightSection={<IconChevronDown size={15} />}>
              More
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {mayConsent && (
              <>
                {item("subscribe", "Subscribe …", IconMailCheck, reachable)}
                {item("unsubscribe", "Unsubscribe …", IconMailX, reachable)}
                {item("suppress", suppressed ? "Lift the suppression …" : "Suppress …", IconBan, person.email !== null)}
                {!reachable && <Menu.Label>Without an e-mail address or a phone number there is no consent.</Menu.Label>}
                <Menu.Divider />
              </>
            )}
            {mayList && item("list", "Add to a list …", IconUsersPlus)}
            {mayWrite && item("merge", "Merge with another …", IconArrowMerge)}
            {mayTake && (
              <Menu.Item component="a" href={everythingOf(id)} download leftSection={<IconDownload size={16} />}>
                Download all that is held
              </Menu.Item>
            )}
            {mayDelete && (
              <>
                <Menu.Divider />
                {item("delete", "Delete …", IconTrash, true, true)}
              </>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
      {open === "subscribe" && <Subscribe people={[person]} close={close} />}
      {open === "unsubscribe" && <Unsubscribe people={[person]} close={close} />}
      {open === "suppress" && person.email && <Suppress email={person.email} lift={suppressed} close={close} />}
      {open === "list" && <AddToList people={[id]} close={close} />}
      {open === "merge" && <Merge profile={profile} close={close} />}
      {open === "delete" && <Delete profile={profile} close={close} />}
    </Group>
  );
}

function Suppress({ email, lift, close }: { email: string; lift: boolean; close: () => void }) {
  const suppress = useSuppress();
  const unsuppress = useUnsuppress();
  const act = lift ? unsuppress : suppress;
  const done = () => {
    announce(lift ? `${email} may be written to again, where there is consent.` : `${email} is suppressed.`);
    close();
  };
  return (
    <Confirm
      opened
      close={close}
      title={lift ? `Lift the suppression of ${email}?` : `Suppress ${email}?`}
      action={lift ? "Lift the suppression" : "Suppress the address"}
      onConfirm={() => act.mutate([email], { onSuccess: done })}
      pending={act.isPending}
      error={act.error}
      grave={!lift}
    >
      {lift
        ? "What was suppressed by hand is lifted. Whoever bounced, complained or unsubscribed stays out until they agree anew."
        : "Nothing of marketing is sent to this address any more, whatever it has agreed to, until the suppression is lifted."}
    </Confirm>
  );
}

function Delete({ profile, close }: { profile: Resource<Profile>; close: () => void }) {
  const remove = useDeleteProfile(profile.id);
  const navigate = useNavigate();
  const handle = handleOf(profile);
  const name = nameOf(profile.attributes) || handle;
  const done = () => {
    announce(`${name} is being deleted.`);
    void navigate("/profiles");
  };
  return (
    <Confirm
      opened
      close={close}
      title={`Delete ${name}?`}
      action={`Delete ${name}`}
      onConfirm={() => remove.mutate(undefined, { onSuccess: done })}
      pending={remove.isPending}
      error={remove.error}
    >
      The profile {name === handle ? "" : `(${handle}) `}goes with its events, messages and consent. That is what a person may ask for by law, and nothing brings it back.
      <Text span size="sm" display="block" mt="xs">
        To keep the person and only stop writing to them, unsubscribe or suppress them instead.
      </Text>
    </Confirm>
  );
}
