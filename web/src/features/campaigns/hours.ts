/** Hours of a campaign for a picture that is to scale. */

import type { CampaignOverview } from "../../api/types";

type Told = CampaignOverview["series"][number];

export interface Hour extends Omit<Told, "at"> {
  /** milliseconds since 1970 */
  at: number;
}

const HOUR = 3_600_000;
const NOTHING = { sent: 0, opens: 0, clicks: 0, orders: 0, revenue: 0 };

/** Those in which something happened, with zeros around each gap between them: a line that is drawn through them tells
 * the truth, however long nothing happened. Before the first and after the last is a zero, too. */
export function hourly(told: readonly Told[]): Hour[] {
  const hours = told.map(({ at, ...rest }) => ({ ...rest, at: Date.parse(at) }));
  return hours.flatMap((hour, place) => {
    const before = hours[place - 1]?.at ?? -Infinity;
    const after = hours[place + 1]?.at ?? Infinity;
    return [
      ...(hour.at - before > 2 * HOUR ? [{ ...NOTHING, at: hour.at - HOUR }] : []),
      hour,
      ...(after - hour.at > HOUR ? [{ ...NOTHING, at: hour.at + HOUR }] : []),
    ];
  });
}
