import { Alert, Button, Group, Skeleton, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconMoonStars, IconPencil, IconTrash, IconUsersGroup } from "@tabler/icons-react";
import { Link, useNavigate, useParams } from "react-router";
import { useDeleteSegment, useSaveSegment, useSegment, useSegmentMembers } from "./queries";
import type { ConditionGroups, Segment } from "../../api/types";
import { useAddress } from "../../ui/address";
import { count } from "../../ui/format";
import { Confirm } from "../../ui/Confirm";
import { Offered } from "../../ui/Offered";
import { Card, Page } from "../../ui/Page";
import { SearchBox } from "../../ui/SearchBox";
import { Empty, Problem } from "../../ui/States";
import { Time } from "../../ui/Time";
import { Conditions } from "./Conditions";
import { Growth } from "./Growth";
import { ProfileTable } from "../profiles";
import { Building, SegmentState, Star } from "./State";
import { WhyButton, WhyDrawer, WhySomebody } from "./Why";

const BACK: [string, string] = ["/audiences", "Lists & segments"];

export function SegmentPage() {
  const { id = "" } = useParams();
  const query = useSegment(id);
  const segment = query.data?.data.attributes;
  if (segment) return <Known id={id} of={segment} />;
  return (
    <Page title="Segment" back={BACK}>
      {query.error ? <Problem error={query.error} retry={query.refetch} /> : <Skeleton height={320} radius="lg" />}
    </Page>
  );
}

function Known({ id, of }: { id: string; of: Segment }) {
  const subtitle = (
    <>
      Segment <code>{id}</code> · {count(of.profile_count)} members · created <Time at={of.created} /> · updated <Time at={of.updated} />
    </>
  );
  return (
    <Page title={of.name ?? id} mark={<SegmentState id={id} of={of} />} subtitle={subtitle} back={BACK} actions={<Actions id={id} of={of} />}>
      <Building id={id} of={of} />
      {of.is_active === false && <Inactive id={id} />}
      {of.definition && (
        <Card title="Who is in it">
          <Conditions of={of.definition as unknown as ConditionGroups} />
        </Card>
      )}
      {of.created && <Growth id={id} created={of.created} />}
      <WhySomebody />
      <Members id={id} />
      <WhyDrawer segment={id} />
    </Page>
  );
}

function Actions({ id, of }: { id: string; of: Segment }) {
  return (
    <Group gap="xs">
      <Star id={id} starred={of.is_starred === true} />
      <Offered by="update_segment">
        <Button component={Link} to={`/audiences/segments/${id}/edit`} variant="default" size="sm" leftSection={<IconPencil size={16} />}>
          Edit
        </Button>
      </Offered>
      <Offered by="delete_segment">
        <Delete id={id} name={of.name ?? id} />
      </Offered>
    </Group>
  );
}

function Delete({ id, name }: { id: string; name: string }) {
  const [asked, { open, close }] = useDisclosure();
  const remove = useDeleteSegment(id);
  const navigate = useNavigate();
  return (
    <>
      <Button variant="default" size="sm" leftSection={<IconTrash size={16} />} onClick={open}>
        Delete
      </Button>
      <Confirm
        opened={asked}
        close={close}
        title={`Delete “${name}”?`}
        action="Delete"
        onConfirm={() => remove.mutate(undefined, { onSuccess: () => navigate("/audiences") })}
        pending={remove.isPending}
        error={remove.error}
      >
        Its members stay as they are; only the segment goes, and nothing brings it back.
      </Confirm>
    </>
  );
}

function Inactive({ id }: { id: string }) {
  const save = useSaveSegment(id);
  return (
    <Alert color="gray" icon={<IconMoonStars />} title="This segment sleeps" maw={640}>
      <Text size="sm">
        Its members stay as they were, and nobody enters or leaves until it is woken. Segments fall asleep when nothing uses them for a
        long time; starred ones much later.
      </Text>
      {save.error && (
        <Text size="sm" c="red" role="alert">
          {save.error.message}
        </Text>
      )}
      <Offered by="update_segment">
        <Button size="xs" mt="sm" loading={save.isPending} onClick={() => save.mutate({ is_active: true })}>
          Reactivate
        </Button>
      </Offered>
    </Alert>
  );
}

function Members({ id }: { id: string }) {
  const [email] = useAddress("email");
  return (
    <Card title="Members" aside={<SearchBox name="email" placeholder="E-mail address" />} flush>
      <ProfileTable
        pages={useSegmentMembers(id, email)}
        members
        last={{ label: "Why", cell: (row) => <WhyButton profile={row.id} />, right: true, phone: "more", width: 70 }}
        empty={
          <Empty icon={IconUsersGroup} title={email ? `${email} is not in it` : "Nobody is in it yet"}>
            {email ? "The search wants the whole address." : "People enter by themselves as soon as they meet its conditions."}
          </Empty>
        }
      />
    </Card>
  );
}
