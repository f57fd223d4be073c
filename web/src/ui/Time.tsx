import { Tooltip } from "@mantine/core";
import { useAccount } from "../api/account";
import { ago, exact, until } from "./format";

interface TimeProps {
  at: string | null | undefined;
  full?: boolean;
  /** It is to come: "in 25 sec.". */
  ahead?: boolean;
}

/** A moment, told relative to now; the exact one in the account's timezone on hover. */
export function Time({ at, full, ahead }: TimeProps) {
  const { timezone } = useAccount();
  if (!at) return <span>–</span>;
  if (full) return <time dateTime={at}>{exact(at, timezone)}</time>;
  return (
    <Tooltip label={`${exact(at, timezone)} (${timezone})`}>
      <time dateTime={at}>{ahead ? until(at, timezone) : ago(at, timezone)}</time>
    </Tooltip>
  );
}
