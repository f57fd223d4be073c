import { Tooltip } from "@mantine/core";
import { useAccount } from "../api/account";
import { ago, exact } from "./format";

/** A moment, told relative to now; the exact one in the account's timezone on hover. */
export function Time({ at, full }: { at: string | null | undefined; full?: boolean }) {
  const { timezone } = useAccount();
  if (!at) return <span>–</span>;
  if (full) return <time dateTime={at}>{exact(at, timezone)}</time>;
  return (
    <Tooltip label={`${exact(at, timezone)} (${timezone})`}>
      <time dateTime={at}>{ago(at, timezone)}</time>
    </Tooltip>
  );
}
