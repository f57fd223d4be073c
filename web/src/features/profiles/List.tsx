import { Anchor, Button, Group } from "@mantine/core";
import { IconPlus, IconUpload, IconUser } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import type { Profile, Resource } from "../../api/types";
import { useAddress } from "../../ui/address";
import { Offered } from "../../ui/Offered";
import { Card, Page } from "../../ui/Page";
import { SearchBox } from "../../ui/SearchBox";
import { Empty } from "../../ui/States";
import { NONE } from "../../ui/table/select";
import { useOrder } from "../../ui/table/useOrder";
import { AddToList } from "./AddToList";
import { Subscribe, Unsubscribe } from "./ConsentForms";
import { useProfiles } from "./queries";
import { handleOf, ProfileTable } from "./Table";

const CREATE = (
  <Offered by="create_profile">
    <Button component={Link} to="/profiles/new" leftSection={<IconPlus size={16} />} size="sm">
      Create a profile
    </Button>
  </Offered>
);

type Asked = { what: "list" | "subscribe" | "unsubscribe"; rows: Resource<Profile>[] } | null;

export function Profiles() {
  const [search] = useAddress("q");
  const [order, onOrder] = useOrder("order", "-created");
  const [chosen, choose] = useState(NONE);
  const [asked, setAsked] = useState<Asked>(null);
  const close = () => setAsked(null);
  const people = asked?.rows.map(({ id, attributes }) => ({ id, email: attributes.email ?? null, phone_number: attributes.phone_number ?? null })) ?? [];
  const action = (what: NonNullable<Asked>["what"], label: string, rows: Resource<Profile>[]) => (
    <Button size="xs" variant="default" onClick={() => setAsked({ what, rows })}>
      {label}
    </Button>
  );
  return (
    <Page
      title="Profiles"
      subtitle="Everyone the store knows."
      actions={
        <Group gap="xs">
          <Import />
          {CREATE}
        </Group>
      }
    >
      <Group>
        <SearchBox name="q" placeholder="E-mail address, phone or ID" />
      </Group>
      <Card flush>
        <ProfileTable
          pages={useProfiles(search, order)}
          order={order}
          onOrder={onOrder}
          selection={{
            chosen,
            choose,
            nameOf: handleOf,
            actions: (rows) => (
              <>
                <Offered by="add_profiles_to_list">{action("list", "Add to a list …", rows)}</Offered>
                <Offered by="bulk_subscribe_profiles">{action("subscribe", "Subscribe …", rows)}</Offered>
                <Offered by="bulk_unsubscribe_profiles">{action("unsubscribe", "Unsubscribe …", rows)}</Offered>
              </>
            ),
          }}
          empty={search ? <Nobody search={search} /> : <NoneYet />}
        />
      </Card>
      {asked?.what === "list" && <AddToList people={people.map(({ id }) => id)} close={close} />}
      {asked?.what === "subscribe" && <Subscribe people={people} close={close} />}
      {asked?.what === "unsubscribe" && <Unsubscribe people={people} close={close} />}
    </Page>
  );
}

function Import() {
  return (
    <Offered by="upload_import">
      <Group gap="md">
        <Anchor component={Link} to="/imports" size="sm">
          Former imports
        </Anchor>
        <Button component={Link} to="/imports/new" size="sm" leftSection={<IconUpload size={16} />}>
          Import people
        </Button>
      </Group>
    </Offered>
  );
}

function Nobody({ search }: { search: string }) {
  return (
    <Empty icon={IconUser} title={`Nobody found by “${search}”`}>
      This search wants the whole e-mail address, the phone number with its country code (+1…), the profile ID or the external ID. To find
      somebody by a part of the name, press Ctrl+K or ⌘K.
    </Empty>
  );
}

function NoneYet() {
  return (
    <Empty icon={IconUser} title="No profiles yet" action={CREATE}>
      A profile appears with the first event that names a person. Or bring them along: import a CSV file here, or{" "}
      <code>rapport import profiles FILE</code>.
    </Empty>
  );
}
