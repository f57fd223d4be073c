import { Badge, Button, Group, Skeleton } from "@mantine/core";
import { IconUpload, IconUsersGroup } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { inParts } from "../../api/parts";
import type { Profile, Resource } from "../../api/types";
import { useAddress } from "../../ui/address";
import { announce } from "../../ui/announce";
import { count, words } from "../../ui/format";
import { Offered } from "../../ui/Offered";
import { Card, Page } from "../../ui/Page";
import { SearchBox } from "../../ui/SearchBox";
import { Empty, Problem } from "../../ui/States";
import { NONE } from "../../ui/table/select";
import { useOrder } from "../../ui/table/useOrder";
import { Time } from "../../ui/Time";
import { handleOf, MOST, ProfileTable, Subscribe, Unsubscribe, useRemoveFromList } from "../profiles";
import { Actions } from "./Actions";
import { useList, useListMembers, useTagsOf } from "./queries";

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
    <Page
      title={list ? (list.name ?? id) : "List"}
      mark={list && <Tagged id={id} />}
      subtitle={subtitle}
      back={["/audiences", "Lists & segments"]}
      actions={
        query.data && (
          <Group gap="xs">
            <Import id={id} />
            <Actions id={id} document={query.data} />
          </Group>
        )
      }
    >
      {!list && query.error && <Problem error={query.error} retry={query.refetch} />}
      {!list && !query.error && <Skeleton height={320} radius="lg" />}
      {list && <Members id={id} name={list.name ?? id} />}
    </Page>
  );
}

function Import({ id }: { id: string }) {
  return (
    <Offered by="upload_import">
      <Button component={Link} to={`/imports/new?list=${id}`} variant="default" size="sm" leftSection={<IconUpload size={16} />}>
        Import people
      </Button>
    </Offered>
  );
}

function Tagged({ id }: { id: string }) {
  const tags = useTagsOf(id).data?.data ?? [];
  return (
    <Group gap={4}>
      {tags.map((tag) => (
        <Badge key={tag.id} color="gray" size="sm" tt="none">
          {tag.attributes.name}
        </Badge>
      ))}
    </Group>
  );
}

type Asked = { what: "subscribe" | "unsubscribe"; rows: Resource<Profile>[] } | null;

function Members({ id, name }: { id: string; name: string }) {
  const [email] = useAddress("q");
  const [order, onOrder] = useOrder("order", "-joined_group_at");
  const [chosen, choose] = useState(NONE);
  const [asked, setAsked] = useState<Asked>(null);
  const remove = useRemoveFromList();
  const takeOff = (rows: Resource<Profile>[]) => {
    const said = rows.length === 1 && rows[0] ? handleOf(rows[0]) : `${count(rows.length)} people`;
    inParts(rows, MOST.members, (part) => remove.mutateAsync({ list: id, people: part.map((row) => row.id) })).then(
      () => {
        choose(NONE);
        announce(`${said} removed from ${name}.`);
      },
      (error: Error) => announce(`Not everybody was removed: ${error.message}`),
    );
  };
  const people = asked?.rows.map((row) => ({ id: row.id, email: row.attributes.email ?? null, phone_number: row.attributes.phone_number ?? null })) ?? [];
  return (
    <Card title="Members" aside={<SearchBox name="q" placeholder="Whole e-mail address" />} flush>
      <ProfileTable
        pages={useListMembers(id, { email, sort: order, rest: chosen.size > 0 })}
        members
        order={order}
        onOrder={onOrder}
        selection={{
          chosen,
          choose,
          nameOf: handleOf,
          actions: (rows) => (
            <>
              <Button size="xs" variant="default" onClick={() => setAsked({ what: "subscribe", rows })}>
                Subscribe …
              </Button>
              <Button size="xs" variant="default" onClick={() => setAsked({ what: "unsubscribe", rows })}>
                Unsubscribe …
              </Button>
              <Button size="xs" color="red" variant="light" loading={remove.isPending} onClick={() => takeOff(rows)}>
                Remove from the list
              </Button>
            </>
          ),
        }}
        empty={
          email ? (
            <Empty icon={IconUsersGroup} title={`“${email}” is not on it`}>
              The search wants the whole address. Clear it to see everybody.
            </Empty>
          ) : (
            <Empty icon={IconUsersGroup} title="Nobody is on it yet">
              Press “Add people” to put somebody on it or to paste addresses, or import a file into it.
            </Empty>
          )
        }
      />
      {asked?.what === "subscribe" && <Subscribe people={people} close={() => setAsked(null)} />}
      {asked?.what === "unsubscribe" && <Unsubscribe people={people} close={() => setAsked(null)} />}
    </Card>
  );
}
