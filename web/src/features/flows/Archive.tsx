import { Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { ask } from "../../api/ask";
import { announce } from "../../ui/announce";
import { Confirm } from "../../ui/Confirm";
import { count } from "../../ui/format";
import { useArchive } from "./queries";

export interface Archivable {
  readonly id: string;
  readonly name: string;
  readonly status: string;
}

interface Asked extends Archivable {
  readonly inside: number;
}

/** Into the archive and out of it; asked first where that turns something off or somebody is inside. */
export function useArchiving(): { archive: (flow: Archivable) => void; restore: (flow: Archivable) => void; isBusy: boolean; dialog: ReactNode } {
  const client = useQueryClient();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [isAsking, setIsAsking] = useState(false);
  const set = useArchive();
  const failed = (error: Error) => announce(error.message);
  const store = (flow: Archivable, onError?: (error: Error) => void) =>
    set.mutate(
      { id: flow.id, archived: true },
      {
        onSuccess: () => {
          setAsked(null);
          announce(`${flow.name} is archived: it is out of the list, and found there under “Archived”.`);
        },
        ...(onError ? { onError } : {}),
      },
    );
  const archive = async (flow: Archivable) => {
    setIsAsking(true);
    try {
      const overview = await client.fetchQuery({ ...ask("get_flow_overview", { path: { id: flow.id } }), staleTime: 0 });
      const { active, status } = overview.data.attributes;
      if (active > 0 || status !== "draft") setAsked({ ...flow, status, inside: active });
      else store(flow, failed);
    } catch (error) {
      failed(error as Error);
    }
    setIsAsking(false);
  };
  return {
    archive: (flow) => void archive(flow),
    restore: (flow) => set.mutate({ id: flow.id, archived: false }, { onSuccess: () => announce(`${flow.name} is in the list again, turned off.`), onError: failed }),
    isBusy: isAsking || set.isPending,
    dialog: asked && (
      <Confirm opened close={() => setAsked(null)} title={`Archive the flow ${asked.name}?`} action="Archive the flow" grave={false} onConfirm={() => store(asked)} pending={set.isPending} error={set.error}>
        {asked.status !== "draft" && <Text size="sm">It is turned off: nobody enters it any more. Taken out of the archive, it stays off until you turn it on.</Text>}
        {asked.inside > 0 && (
          <Text size="sm" mt="xs">
            {asked.inside === 1 ? "One person is in it. They stay until their wait is over, get nothing more from it, and are through then." : `${count(asked.inside)} people are in it. They stay until their wait is over, get nothing more from it, and are through then.`} Whoever still waits when the flow is on again goes on from there. Messages that are queued already are sent.
          </Text>
        )}
      </Confirm>
    ),
  };
}
