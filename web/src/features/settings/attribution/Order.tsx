import { Anchor, Badge, Skeleton, Table, Text } from "@mantine/core";
import { IconTargetArrow } from "@tabler/icons-react";
import { Link, useParams } from "react-router";
import { money } from "../../../ui/format";
import { Facts } from "../../../ui/Facts";
import { Card, Page } from "../../../ui/Page";
import { Empty, Problem } from "../../../ui/States";
import { Time } from "../../../ui/Time";
import { TimeLine } from "./TimeLine";
import { useStory, type Story, type Touch } from "./queries";
import { MODELS, touchWords } from "./words";

/** Why an order, or any other event, was credited as it was. */
export function OrderPage() {
  const { id = "" } = useParams();
  const query = useStory(id);
  const story = query.data?.data.attributes;
  return (
    <Page title={story?.metric ?? "Event"} subtitle={story && <Time at={story.datetime} full />} back={["/settings/attribution", "Attribution"]}>
      {!story && query.error && <Problem error={query.error} retry={query.refetch} />}
      {!story && !query.error && <Skeleton height={320} radius="lg" />}
      {story && <About of={story} />}
      {story && <Touches of={story} />}
    </Page>
  );
}

function About({ of }: { of: Story }) {
  const { value, value_left, value_currency, profile_id, refund_of } = of;
  return (
    <Card>
      <Facts
        facts={[
          ["Value", value !== null && money(value, value_currency)],
          ["Left after refunds", of.refunds.length > 0 && (of.is_taken_back ? "Nothing: it was taken back as a whole" : value_left !== null && money(value_left, value_currency))],
          ["Profile", profile_id && <Anchor key="profile" component={Link} to={`/profiles/${profile_id}`} size="sm">Open the profile</Anchor>],
          ["Takes back", refund_of && <Order key="order" of={refund_of} />],
        ].map(([label, shown]) => [String(label), shown || null])}
      />
    </Card>
  );
}

function Order({ of }: { of: NonNullable<Story["refund_of"]> }) {
  if (!of.event_id) return <>Nothing: it belongs to no order</>;
  return (
    <Anchor component={Link} to={`/orders/${of.event_id}`} size="sm">
      This order
    </Anchor>
  );
}

function Touches({ of }: { of: Story }) {
  if (of.touches.length === 0) {
    return (
      <Card>
        <Empty icon={IconTargetArrow} title={of.is_conversion ? "No message was touched before" : "This is about a message itself"}>
          {of.is_conversion
            ? "In the 90 days before, this person opened and clicked nothing of yours, so nothing is credited."
            : "Opens and clicks belong to their message; what happens after them is credited."}
        </Empty>
      </Card>
    );
  }
  return (
    <>
      <Card title="What happened before">
        <TimeLine of={of} />
      </Card>
      <Card title="What each model gives" flush>
        <Shares of={of} />
      </Card>
    </>
  );
}

function Shares({ of }: { of: Story }) {
  const names = Object.keys(MODELS);
  const taking = of.touches.filter(({ verdict }) => verdict === "open");
  if (taking.length === 0 || of.is_taken_back) {
    return (
      <Text size="sm" c="dimmed" px="md" pb="md">
        {of.is_taken_back ? "It was taken back as a whole, so nothing is credited." : "No window was open, so nothing is credited."}
      </Text>
    );
  }
  return (
    <Table.ScrollContainer minWidth={720} type="native">
      <Table aria-label="What each model gives" horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Touch</Table.Th>
            {names.map((name) => (
              <Table.Th key={name} ta="right">
                {MODELS[name]} {name === of.model && <Badge size="xs">in force</Badge>}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {taking.map((touch) => (
            <Table.Tr key={touch.event_id}>
              <Table.Th scope="row" fw={500}>
                {touchWords(touch)}
              </Table.Th>
              {names.map((name) => (
                <Table.Td key={name} ta="right">
                  {shareWords(touch, name, of)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function shareWords(touch: Touch, model: string, of: Story): string {
  const part = touch.models[model];
  if (!part) return "–";
  if (part.value !== null) return money(part.value, of.value_currency);
  return `${Math.round(part.share * 1000) / 10}%`;
}
