import { Skeleton, Text } from "@mantine/core";
import { IconUsersGroup } from "@tabler/icons-react";
import { useParams } from "react-router";
import { useAudience, useMembers, type AudienceKind } from "../api/queries";
import type { Audience } from "../api/types";
import { Lost } from "../app/Lost";
import { count, words } from "../ui/format";
import { Card, Page } from "../ui/Page";
import { Empty, Problem } from "../ui/States";
import { Time } from "../ui/Time";
import { Processing } from "./Audiences";
import { Conditions } from "./Conditions";
import { ProfileTable } from "./ProfileTable";

const KINDS: Record<string, AudienceKind> = { lists: "list", segments: "segment" };

export function AudiencePage() {
  const { kind: plural = "", id = "" } = useParams();
  const kind = KINDS[plural];
  return kind ? <Known kind={kind} id={id} /> : <Lost />;
}

function Known({ kind, id }: { kind: AudienceKind; id: string }) {
  const query = useAudience(kind, id);
  const audience = query.data?.data.attributes;
  return (
    <Page
      title={audience ? (audience.name ?? id) : words(kind)}
      mark={audience?.is_processing && <Processing />}
      subtitle={audience && <Facts of={audience} kind={kind} id={id} />}
      back={["/audiences", "Lists & segments"]}
    >
      {!audience && query.error && <Problem error={query.error} retry={query.refetch} />}
      {!audience && !query.error && <Skeleton height={320} radius="lg" />}
      {audience?.definition && (
        <Card title="Who is in it">
          <Conditions of={audience.definition} />
        </Card>
      )}
      {audience && <Members kind={kind} id={id} />}
    </Page>
  );
}

function Facts({ of, kind, id }: { of: Audience; kind: AudienceKind; id: string }) {
  return (
    <>
      {kind === "list" ? "List" : "Segment"} <code>{id}</code> · {count(of.profile_count)} members
      {of.opt_in_process && ` · ${words(of.opt_in_process).toLowerCase()}`} · updated <Time at={of.updated} />
    </>
  );
}

function Members({ kind, id }: { kind: AudienceKind; id: string }) {
  return (
    <Card title="Members" flush>
      <ProfileTable
        pages={useMembers(kind, id)}
        members
        empty={
          <Empty icon={IconUsersGroup} title="Nobody is in it yet">
            {kind === "list" ? (
              <Text size="sm" inherit>
                Subscribe people with <code>POST /api/profile-subscription-bulk-create-jobs</code>, or add them with{" "}
                <code>POST /api/lists/{id}/relationships/profiles</code>.
              </Text>
            ) : (
              "People enter by themselves as soon as they meet its conditions."
            )}
          </Empty>
        }
      />
    </Card>
  );
}
