import { Skeleton } from "@mantine/core";
import { IconUsersGroup } from "@tabler/icons-react";
import { useParams } from "react-router";
import { useList, useListMembers } from "./queries";
import { count, words } from "../../ui/format";
import { Card, Page } from "../../ui/Page";
import { Empty, Problem } from "../../ui/States";
import { Time } from "../../ui/Time";
import { ProfileTable } from "../profiles";

export function ListPage() {
  const { id = "" } = useParams();
  const query = useList(id);
  const list = query.data?.data.attributes;
  const subtitle = list && (
    <>
      List <code>{id}</code> · {count(list.profile_count)} members
      {list.opt_in_process && ` · ${words(list.opt_in_process).toLowerCase()}`} · updated <Time at={list.updated} />
    </>
  );
  return (
    <Page title={list ? (list.name ?? id) : "List"} subtitle={subtitle} back={["/audiences", "Lists & segments"]}>
      {!list && query.error && <Problem error={query.error} retry={query.refetch} />}
      {!list && !query.error && <Skeleton height={320} radius="lg" />}
      {list && <Members id={id} />}
    </Page>
  );
}

function Members({ id }: { id: string }) {
  return (
    <Card title="Members" flush>
      <ProfileTable
        pages={useListMembers(id)}
        members
        empty={
          <Empty icon={IconUsersGroup} title="Nobody is on it yet">
            Subscribe people with <code>POST /api/profile-subscription-bulk-create-jobs</code>, or add them with{" "}
            <code>POST /api/lists/{id}/relationships/profiles</code>.
          </Empty>
        }
      />
    </Card>
  );
}
