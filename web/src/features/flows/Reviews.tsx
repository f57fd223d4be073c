import { Button, Group, Text } from "@mantine/core";
import { IconSend, IconX } from "@tabler/icons-react";
import { Link } from "react-router";
import { rowsOf } from "../../api/records";
import type { AttributesOf } from "../../api/ask";
import type { Resource } from "../../api/types";
import { announce } from "../../ui/announce";
import { Endless, type Column } from "../../ui/Endless";
import { Card } from "../../ui/Page";
import { Time } from "../../ui/Time";
import { useDecide, useReviews } from "./queries";

type Row = Resource<AttributesOf<"get_flow_reviews">>;

/** Messages of manual steps, which go out when somebody says so. Nothing where none waits. */
export function Reviews({ id }: { id: string }) {
  const pages = useReviews(id);
  const decide = useDecide(id);
  const rows = rowsOf(pages.data) ?? [];
  if (rows.length === 0) return null;
  const say = (decision: "send" | "dismiss", reviews: string[] | null) =>
    decide.mutate({ decision, reviews }, { onSuccess: ({ data }) => announce(`${data.attributes.decided === 1 ? "One message" : `${data.attributes.decided} messages`} ${decision === "send" ? "on the way" : "put aside"}.`) });
  const columns: Column<Row>[] = [
    { label: "To", cell: ({ attributes }) => (attributes.profile_id ? <Link to={`/profiles/${attributes.profile_id}`}>{attributes.profile_name ?? "Somebody"}</Link> : "Deleted person"), phone: "lead" },
    { label: "Message", cell: ({ attributes }) => attributes.name, phone: "line" },
    { label: "Since", cell: ({ attributes }) => <Time at={attributes.created} />, phone: "more", width: 130 },
    {
      label: "Decision",
      cell: ({ id: review, attributes }) => (
        <Group gap={4} wrap="nowrap">
          <Button size="compact-xs" leftSection={<IconSend size={13} />} disabled={decide.isPending} onClick={() => say("send", [review])} aria-label={`Send to ${attributes.profile_name ?? "them"}`}>
            Send
          </Button>
          <Button size="compact-xs" variant="default" leftSection={<IconX size={13} />} disabled={decide.isPending} onClick={() => say("dismiss", [review])} aria-label={`Don’t send to ${attributes.profile_name ?? "them"}`}>
            Don’t
          </Button>
        </Group>
      ),
      phone: "line",
      width: 190,
    },
  ];
  return (
    <Card
      title="Waiting for your review"
      flush
      aside={
        <Button size="xs" variant="default" loading={decide.isPending} onClick={() => say("send", null)}>
          Send all
        </Button>
      }
    >
      {decide.error && (
        <Text size="sm" c="red" role="alert" px="md">
          {decide.error.message}
        </Text>
      )}
      <Endless pages={pages} columns={columns} label="Messages that wait for a review" empty={null} />
    </Card>
  );
}
