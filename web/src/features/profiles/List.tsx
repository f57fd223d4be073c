import { Group } from "@mantine/core";
import { IconUser } from "@tabler/icons-react";
import { useProfiles } from "./queries";
import { useAddress } from "../../ui/address";
import { Card, Page } from "../../ui/Page";
import { SearchBox } from "../../ui/SearchBox";
import { Empty } from "../../ui/States";
import { ProfileTable } from "./Table";

export function Profiles() {
  const [search] = useAddress("q");
  return (
    <Page title="Profiles" subtitle="Everyone the store knows, newest first.">
      <Group>
        <SearchBox name="q" placeholder="E-mail address, phone or ID" />
      </Group>
      <Card flush>
        <ProfileTable pages={useProfiles(search)} empty={search ? <Nobody search={search} /> : <NoneYet />} />
      </Card>
    </Page>
  );
}

function Nobody({ search }: { search: string }) {
  return (
    <Empty icon={IconUser} title={`Nobody found by “${search}”`}>
      The search wants the whole e-mail address, the phone number with its country code (+1…), the profile ID or the external
      ID.
    </Empty>
  );
}

function NoneYet() {
  return (
    <Empty icon={IconUser} title="No profiles yet">
      A profile appears with the first event that names a person. Or bring them along:{" "}
      <code>rapport import profiles FILE</code>.
    </Empty>
  );
}
