import { Skeleton } from "@mantine/core";
import { useAudience, type AudienceKind } from "../api/queries";
import { count } from "../ui/format";

/** The number of members; the API gives it for one list or segment at a time only. */
export function Size({ kind, id }: { kind: AudienceKind; id: string }) {
  const query = useAudience(kind, id);
  if (query.isPending) return <Skeleton height={14} width={40} display="inline-block" />;
  return <>{count(query.data?.data.attributes.profile_count)}</>;
}
