import { Skeleton } from "@mantine/core";
import { count } from "./format";

/** A number that comes after the row it stands in. */
export function Count({ of, pending }: { of: number | null | undefined; pending: boolean }) {
  if (pending) return <Skeleton height={14} width={40} display="inline-block" />;
  return <>{count(of)}</>;
}
